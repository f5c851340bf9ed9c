// The thin, safe wrapper round llama.cpp's C API, and the only file that imports it: no C type leaves it.
import CLlama
import Foundation

/// A token's number in a model's vocabulary.
typealias LlamaToken = Int32

/// What holds for the whole process: the backends and the log.
enum LlamaLibrary {
    private static let started: Void = {
        // A C function can't capture, so whether to print is decided by which function is set.
        if ProcessInfo.processInfo.environment["LLAMA_LOG"] == "1" {
            llama_log_set({ level, text, _ in LlamaLibrary.note(level, text, prints: true) }, nil)
        } else {
            llama_log_set({ level, text, _ in LlamaLibrary.note(level, text, prints: false) }, nil)
        }
        llama_backend_init()
        // A prebuilt llama.cpp may keep its backends in libraries of their own.
        ggml_backend_load_all()
    }()

    /// Prepares llama.cpp, once per process.
    static func start() { _ = started }

    /// llama.cpp's version, for logs and benchmarks.
    static var version: String { String(cString: llama_version()) }

    private static let firstErrorKey = "llama.cpp: first error"

    // llama.cpp tells only its log why it failed. It logs on the thread that called it, so the first error line of a
    // call is kept with the thread, and two models that load at once don't get each other's.
    private static func note(_ level: ggml_log_level, _ text: UnsafePointer<CChar>?, prints: Bool) {
        guard let text else { return }
        if prints { FileHandle.standardError.write(Data(bytes: text, count: strlen(text))) }
        guard level == GGML_LOG_LEVEL_ERROR else { return }
        let dictionary = Thread.current.threadDictionary
        if dictionary[firstErrorKey] == nil { dictionary[firstErrorKey] = String(cString: text) }
    }

    /// Runs a call of llama.cpp and returns, beside its result, the first error that it logged on this thread.
    static func withFirstError<Result>(_ call: () -> Result) -> (result: Result, error: String?) {
        let dictionary = Thread.current.threadDictionary
        dictionary.removeObject(forKey: firstErrorKey)
        let result = call()
        guard let line = dictionary[firstErrorKey] as? String else { return (result, nil) }
        // "gguf_init_from_reader: failed to read magic\n": the name of a C++ function helps nobody.
        let words = line.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let colon = words.range(of: ": "), !words[..<colon.lowerBound].contains(" ") else {
            return (result, words)
        }
        return (result, String(words[colon.upperBound...]))
    }
}

/// A loaded model file: its weights, its vocabulary and its chat template.
///
/// `@unchecked Sendable`, because both pointers are set once in `init`, what they point to is only read afterwards
/// (`llama.h`, on tokenisation: "The API is thread-safe"), and it is freed in `deinit`, when nobody, a context
/// included, holds this object any more.
final class LlamaWeights: @unchecked Sendable {
    fileprivate let model: OpaquePointer
    fileprivate let vocabulary: OpaquePointer

    /// How long the texts were on which the model was trained, in tokens.
    let trainedContextSize: Int
    /// The vocabulary: what each token is, by its number.
    let kinds: [Kind]
    /// The texts that the tokeniser would turn into control tokens.
    let controlTexts: [[UInt8]]
    /// A token that ends a turn, if the model has one.
    let endToken: LlamaToken?

    /// What a token is for.
    enum Kind: UInt8 {
        case text
        /// Renders as nothing: a turn's begin, padding, reserved ones.
        case control
        /// The model's way to say that it's done.
        case end
    }

    /// Loads a file, or stops and returns `nil` when `report`, which gets fractions up to 1, says `false`.
    init?(path: String, report: (Double) -> Bool) throws(ModelError) {
        LlamaLibrary.start()
        let (model, error) = withoutActuallyEscaping(report) { report in
            let progress = Progress(report)
            var parameters = llama_model_default_params()
            parameters.progress_callback = { fraction, context in
                guard let context else { return true }
                return Unmanaged<Progress>.fromOpaque(context).takeUnretainedValue().report(Double(fraction))
            }
            parameters.progress_callback_user_data = Unmanaged.passUnretained(progress).toOpaque()
            let loaded = LlamaLibrary.withFirstError { llama_model_load_from_file(path, parameters) }
            return withExtendedLifetime(progress) { (loaded.result, progress.wasStopped ? nil : loaded.error ?? "") }
        }
        guard let model else {
            guard let error else { return nil }
            throw ModelError(
                .damagedModel,
                "\(path): llama.cpp can't load it\(error.isEmpty ? "" : " (\(error))"). The file is cut off, damaged, or "
                    + "of a newer kind. Download it again; models/setup.sh does that for the default model."
            )
        }
        guard let vocabulary = llama_model_get_vocab(model), llama_model_has_decoder(model) else {
            llama_model_free(model)
            throw ModelError(.damagedModel, "\(path): this model doesn't generate text. Pass a chat model.")
        }
        self.model = model
        self.vocabulary = vocabulary
        trainedContextSize = Int(llama_model_n_ctx_train(model))

        var kinds: [Kind] = []
        var controlTexts: [[UInt8]] = []
        for token in 0..<llama_vocab_n_tokens(vocabulary) {
            let attributes = llama_vocab_get_attr(vocabulary, token).rawValue
            let isHidden = attributes & (LLAMA_TOKEN_ATTR_CONTROL.rawValue | LLAMA_TOKEN_ATTR_UNKNOWN.rawValue) != 0
            let kind: Kind = llama_vocab_is_eog(vocabulary, token) ? .end : isHidden ? .control : .text
            kinds.append(kind)
            if kind != .text, let text = llama_vocab_get_text(vocabulary, token), text.pointee != 0 {
                controlTexts.append(Array(String(cString: text).utf8))
            }
        }
        self.kinds = kinds
        self.controlTexts = controlTexts
        endToken = kinds.firstIndex(of: .end).map { LlamaToken($0) }
    }

    deinit { llama_model_free(model) }

    private final class Progress {
        private let body: (Double) -> Bool
        private(set) var wasStopped = false

        init(_ body: @escaping (Double) -> Bool) { self.body = body }

        func report(_ fraction: Double) -> Bool {
            let goesOn = body(fraction)
            if !goesOn { wasStopped = true }
            return goesOn
        }
    }

    /// The token that the model expects before everything else, if any.
    var beginToken: LlamaToken? {
        guard llama_vocab_get_add_bos(vocabulary) else { return nil }
        let token = llama_vocab_bos(vocabulary)
        return token >= 0 ? token : nil
    }

    /// The tokens of a text, without a begin token; texts of control tokens become these if `parsesControl`.
    func tokenize(_ text: some Collection<UInt8>, parsesControl: Bool) -> [LlamaToken] {
        // A token has at least one byte, but a tokeniser may put a space in front.
        var tokens = [LlamaToken](repeating: 0, count: text.count + 8)
        let bytes = text.map { CChar(bitPattern: $0) }
        while true {
            let count = Int(
                llama_tokenize(
                    vocabulary,
                    bytes,
                    Int32(bytes.count),
                    &tokens,
                    Int32(tokens.count),
                    false,
                    parsesControl
                )
            )
            if count >= 0 { return Array(tokens.prefix(count)) }
            guard -count > tokens.count, count != Int(Int32.min) else { return [] }
            tokens = [LlamaToken](repeating: 0, count: -count)
        }
    }

    /// Appends the bytes of a token's text: none for a control token, maybe only a part of a character.
    func append(_ token: LlamaToken, to bytes: inout [UInt8]) {
        guard token >= 0, token < kinds.count else { return }
        var capacity = 32
        while true {
            let needed = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
                let count = Int(llama_token_to_piece(vocabulary, token, buffer.baseAddress, Int32(capacity), 0, false))
                if count > 0 { bytes.append(contentsOf: UnsafeRawBufferPointer(buffer).prefix(count)) }
                return -count
            }
            if needed <= 0 { return }
            capacity = needed
        }
    }

    /// Whether the file has a chat template.
    var hasChatTemplate: Bool { llama_model_chat_template(model, nil) != nil }

    /// Messages in the model's chat template, open for an answer; `nil` if it has none that llama.cpp knows.
    func applyChatTemplate(_ messages: [(role: String, content: String)]) -> String? {
        guard let template = llama_model_chat_template(model, nil) else { return nil }
        let strings = messages.flatMap { [strdup($0.role), strdup($0.content)] }
        defer { strings.forEach { free($0) } }
        let chat = messages.indices.map {
            llama_chat_message(role: strings[2 * $0], content: strings[2 * $0 + 1])
        }
        var capacity = 1024
        while true {
            var bytes = [UInt8](repeating: 0, count: capacity)
            let length = bytes.withUnsafeMutableBytes { buffer in
                Int(
                    llama_chat_apply_template(
                        template,
                        chat,
                        chat.count,
                        true,
                        buffer.bindMemory(to: CChar.self).baseAddress,
                        Int32(capacity)
                    )
                )
            }
            if length < 0 { return nil }
            if length <= capacity { return String(decoding: bytes.prefix(length), as: UTF8.self) }
            capacity = length
        }
    }
}

/// What the model has read: the attention's cache and the newest tokens' scores.
///
/// Not `Sendable`: made, used and freed on one thread.
final class LlamaContext {
    let weights: LlamaWeights
    /// How many tokens fit, prompt and answer together.
    let size: Int
    /// How many tokens have been read.
    private(set) var count = 0
    fileprivate let context: OpaquePointer
    private let threadpool: OpaquePointer?
    private var batch: llama_batch
    private static let batchSize = 512

    init(weights: LlamaWeights, size: Int, threads: Int) throws(ModelError) {
        var parameters = llama_context_default_params()
        parameters.n_ctx = UInt32(size)
        parameters.n_batch = UInt32(Self.batchSize)
        parameters.n_ubatch = UInt32(Self.batchSize)
        parameters.n_threads = Int32(threads)
        parameters.n_threads_batch = Int32(threads)
        parameters.no_perf = true
        let (context, error) = LlamaLibrary.withFirstError { llama_init_from_model(weights.model, parameters) }
        guard let context else {
            throw ModelError(
                .invalidOptions,
                "contextSize \(size): llama.cpp can't make such a context\(error.map { " (\($0))" } ?? ""). "
                    + "Pass a smaller contextSize, or free some memory."
            )
        }
        self.weights = weights
        self.context = context
        self.size = min(size, Int(llama_n_ctx(context)))
        batch = llama_batch_init(Int32(Self.batchSize), 0, 1)
        threadpool = threads > 1 ? clama_threadpool_new(Int32(threads)) : nil
        if let threadpool { llama_attach_threadpool(context, threadpool, threadpool) }
    }

    deinit {
        llama_batch_free(batch)
        llama_detach_threadpool(context)
        llama_free(context)
        clama_threadpool_free(threadpool)
    }

    /// Forgets everything.
    func clear() {
        llama_memory_clear(llama_get_memory(context), false)
        count = 0
    }

    /// Forgets all tokens but the first `kept`.
    ///
    /// - Returns: Whether the model can do so; a recurrent one can't, and has then read as much as before.
    func truncate(to kept: Int) -> Bool {
        guard kept < count else { return kept == count }
        if kept == 0 {
            clear()
            return true
        }
        guard llama_memory_seq_rm(llama_get_memory(context), 0, llama_pos(kept), -1) else { return false }
        count = kept
        return true
    }

    /// What has been read, to be restored later: about as many bytes as the tokens occupy in the cache.
    func savedState() -> [UInt8] {
        let size = llama_state_seq_get_size(context, 0)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = llama_state_seq_get_data(context, buffer.baseAddress, size, 0)
        }
    }

    /// Replaces what has been read by a state of `count` tokens.
    ///
    /// - Returns: Whether that succeeded; otherwise nothing has been read.
    func restore(_ state: [UInt8], count: Int) -> Bool {
        clear()
        guard !state.isEmpty, llama_state_seq_set_data(context, state, state.count, 0) > 0 else {
            clear()
            return false
        }
        self.count = count
        return true
    }

    /// Lets `flag` stop ``evaluate(_:scores:)`` in the middle, while `body` runs.
    func withCancellation<Result>(by flag: CancellationFlag, _ body: () throws -> Result) rethrows -> Result {
        llama_set_abort_callback(
            context,
            { pointer in
                guard let pointer else { return false }
                return Unmanaged<CancellationFlag>.fromOpaque(pointer).takeUnretainedValue().isCancelled
            },
            Unmanaged.passUnretained(flag).toOpaque()
        )
        defer { llama_set_abort_callback(context, nil, nil) }
        return try withExtendedLifetime(flag, body)
    }

    /// Reads tokens, and returns what the model has made of the last one: the state from which it would tell what follows.
    ///
    /// - Throws: What ``evaluate(_:scores:)`` throws.
    func state(behind tokens: [LlamaToken]) throws -> [Float] {
        llama_set_embeddings(context, true)
        defer { llama_set_embeddings(context, false) }
        try evaluate(tokens, scores: tokens.count)
        guard let state = llama_get_embeddings_ith(context, -1) else {
            throw ModelError(.generationFailed, "llama.cpp has no embedding. Set LLAMA_LOG=1 to see llama.cpp's log.")
        }
        return Array(UnsafeBufferPointer(start: state, count: Int(llama_model_n_embd_out(weights.model))))
    }

    /// Reads tokens, and keeps the scores of what may follow each of the last `scores` ones.
    ///
    /// - Throws: `CancellationError` when stopped; the context must then be cleared.
    func evaluate(_ tokens: [LlamaToken], scores: Int = 1) throws {
        var start = 0
        while start < tokens.count {
            // The last two stay together, so that their scores do: nobody wants those of more and of 512 tokens.
            var end = min(start + Self.batchSize, tokens.count)
            if end == tokens.count - 1 { end -= 1 }
            batch.n_tokens = Int32(end - start)
            for index in start..<end {
                let place = index - start
                batch.token[place] = tokens[index]
                batch.pos[place] = llama_pos(count + place)
                batch.n_seq_id[place] = 1
                batch.seq_id[place]?[0] = 0
                batch.logits[place] = index >= tokens.count - scores ? 1 : 0
            }
            try decode()
            count += end - start
            start = end
        }
    }

    private func decode() throws {
        let (status, error) = LlamaLibrary.withFirstError { llama_decode(context, batch) }
        switch status {
        case 0: return
        case 2: throw CancellationError()
        default:
            throw ModelError(
                .generationFailed,
                "llama_decode returned \(status)\(error.map { " (\($0))" } ?? ""). Set LLAMA_LOG=1 to see llama.cpp's log."
            )
        }
    }
}

/// Chooses the next token from a context's scores.
///
/// With a grammar, the choice made without it is kept if the grammar allows it, which is cheap and the usual case;
/// only otherwise is the whole vocabulary tested. llama.cpp's `common_sampler_sample` does the same.
///
/// Not `Sendable`: made, used and freed on one thread.
final class LlamaSampler {
    private let weights: LlamaWeights
    private let chain: UnsafeMutablePointer<llama_sampler>
    private let grammar: UnsafeMutablePointer<llama_sampler>?
    private var candidates: [llama_token_data] = []

    /// A sampler for validated options, and a grammar in llama.cpp's GBNF whose first rule is `root`.
    init(options: GenerationOptions, grammar: String?, weights: LlamaWeights) throws(ModelError) {
        var parameters = llama_sampler_chain_default_params()
        parameters.no_perf = true
        guard let chain = llama_sampler_chain_init(parameters) else {
            throw ModelError(.generationFailed, "llama.cpp can't make a sampler. Free some memory.")
        }
        if options.temperature == 0 {
            llama_sampler_chain_add(chain, llama_sampler_init_greedy())
        } else {
            if options.topK > 0 {
                llama_sampler_chain_add(chain, llama_sampler_init_top_k(Int32(clamping: options.topK)))
            }
            if options.topP < 1 { llama_sampler_chain_add(chain, llama_sampler_init_top_p(Float(options.topP), 1)) }
            if options.minP > 0 { llama_sampler_chain_add(chain, llama_sampler_init_min_p(Float(options.minP), 1)) }
            llama_sampler_chain_add(chain, llama_sampler_init_temp(Float(options.temperature)))
            // The last seed means "a random one" to llama.cpp; to us, every seed is repeatable.
            let seed = options.seed == LLAMA_DEFAULT_SEED ? options.seed - 1 : options.seed
            llama_sampler_chain_add(chain, llama_sampler_init_dist(seed))
        }
        self.weights = weights
        self.chain = chain
        guard let grammar else {
            self.grammar = nil
            return
        }
        let (parsed, error) = LlamaLibrary.withFirstError {
            // llama.cpp takes no rules at all for "anything goes".
            grammar.isEmpty ? nil : llama_sampler_init_grammar(weights.vocabulary, grammar, "root")
        }
        guard let parsed else {
            llama_sampler_free(chain)
            throw ModelError(
                .invalidOptions,
                "schema: llama.cpp can't follow its grammar\(error.map { " (\($0))" } ?? ""). Simplify the schema."
            )
        }
        self.grammar = parsed
    }

    deinit {
        llama_sampler_free(chain)
        if let grammar { llama_sampler_free(grammar) }
    }

    /// The token that follows what `context` has read.
    func next(in context: LlamaContext) throws(ModelError) -> LlamaToken {
        let pick = llama_sampler_sample(chain, context.context, -1)
        guard let grammar else { return pick }
        let token = allows(pick, grammar) ? pick : try pickAllowed(grammar, in: context)
        // Never with a token that doesn't fit: llama.cpp would throw a C++ exception through Swift's frames.
        llama_sampler_accept(grammar, token)
        return token
    }

    /// One of `tokens` that follows what `context` has read, or what it had read `back` tokens before.
    func next(among tokens: [LlamaToken], in context: LlamaContext, back: Int = 0) throws(ModelError) -> LlamaToken {
        guard let scores = llama_get_logits_ith(context.context, Int32(-1 - back)) else {
            throw ModelError(.generationFailed, "llama.cpp has no scores. Set LLAMA_LOG=1 to see llama.cpp's log.")
        }
        candidates.removeAll(keepingCapacity: true)
        candidates.reserveCapacity(tokens.count)
        for token in tokens { candidates.append(llama_token_data(id: token, logit: scores[Int(token)], p: 0)) }
        return try pickCandidate()
    }

    /// Whether the grammar allows nothing but the end.
    var isComplete: Bool {
        guard let grammar, let end = weights.endToken, allows(end, grammar) else { return false }
        fillCandidates { _ in 0 }
        return !filterCandidates(grammar).contains { weights.kinds[Int($0.id)] != .end }
    }

    private func allows(_ token: LlamaToken, _ grammar: UnsafeMutablePointer<llama_sampler>) -> Bool {
        // The grammar sees the text of control tokens, which the answer won't contain.
        guard weights.kinds[Int(token)] != .control else { return false }
        var candidate = llama_token_data(id: token, logit: 0, p: 0)
        return withUnsafeMutablePointer(to: &candidate) { candidate in
            var array = llama_token_data_array(data: candidate, size: 1, selected: -1, sorted: false)
            llama_sampler_apply(grammar, &array)
            return candidate.pointee.logit.isFinite
        }
    }

    private func pickAllowed(
        _ grammar: UnsafeMutablePointer<llama_sampler>,
        in context: LlamaContext
    ) throws(ModelError) -> LlamaToken {
        let scores = llama_get_logits_ith(context.context, -1)
        fillCandidates { scores?[Int($0)] ?? 0 }
        candidates = filterCandidates(grammar)
        return try pickCandidate()
    }

    private func pickCandidate() throws(ModelError) -> LlamaToken {
        let token: LlamaToken? = candidates.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else { return nil }
            var array = llama_token_data_array(data: base, size: buffer.count, selected: -1, sorted: false)
            llama_sampler_apply(chain, &array)
            return array.selected >= 0 ? array.data[Int(array.selected)].id : nil
        }
        guard let token else {
            throw ModelError(
                .generationFailed,
                "schema: no token of this model fits what the schema wants next. Loosen the schema, or use another model."
            )
        }
        return token
    }

    private func fillCandidates(score: (LlamaToken) -> Float) {
        candidates.removeAll(keepingCapacity: true)
        for (token, kind) in weights.kinds.enumerated() where kind != .control {
            let token = LlamaToken(token)
            candidates.append(llama_token_data(id: token, logit: score(token), p: 0))
        }
    }

    private func filterCandidates(_ grammar: UnsafeMutablePointer<llama_sampler>) -> [llama_token_data] {
        candidates.withUnsafeMutableBufferPointer { buffer in
            var array = llama_token_data_array(
                data: buffer.baseAddress,
                size: buffer.count,
                selected: -1,
                sorted: false
            )
            llama_sampler_apply(grammar, &array)
            return buffer.filter { $0.logit.isFinite }
        }
    }
}
