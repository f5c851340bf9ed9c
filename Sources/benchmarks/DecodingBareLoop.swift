import CLlama

/// What a C program would do with llama.cpp and no library of ours: the peer of ``runDecoding(_:)``, and, with a grammar,
/// of ``runStructured(_:)``.
///
/// It has what helps ours, a pool of threads that outlives a token, so that only our own work makes a difference.
final class BareLoop {
    static let contextSize = 1024

    private let model: OpaquePointer
    private let vocabulary: OpaquePointer
    private let context: OpaquePointer
    private let threadpool: OpaquePointer?

    init(path: String, threads: Int) throws {
        llama_log_set({ _, _, _ in }, nil)
        llama_backend_init()
        ggml_backend_load_all()
        guard let model = llama_model_load_from_file(path, llama_model_default_params()) else {
            throw DecodingError("\(path): llama.cpp can't load it. Run models/setup.sh, or pass --model PATH.")
        }
        var parameters = llama_context_default_params()
        parameters.n_ctx = UInt32(Self.contextSize)
        parameters.n_batch = 512
        parameters.n_threads = Int32(threads)
        parameters.n_threads_batch = Int32(threads)
        parameters.no_perf = true
        guard let context = llama_init_from_model(model, parameters), let vocabulary = llama_model_get_vocab(model)
        else {
            throw DecodingError("\(path): llama.cpp can't make a context for it. Free some memory.")
        }
        self.model = model
        self.context = context
        self.vocabulary = vocabulary
        threadpool = threads > 1 ? clama_threadpool_new(Int32(threads)) : nil
        if let threadpool { llama_attach_threadpool(context, threadpool, threadpool) }
    }

    deinit {
        llama_free(context)
        clama_threadpool_free(threadpool)
        llama_model_free(model)
    }

    /// Answers a rendered prompt greedily, in the language of a grammar if there is one; the rate is that of the tokens
    /// after the first.
    func run(prompt: String, tokens count: Int, grammar: String? = nil) throws -> (
        tokensPerSecond: Double, text: String
    ) {
        llama_memory_clear(llama_get_memory(context), false)
        var tokens = [llama_token](repeating: 0, count: prompt.utf8.count + 8)
        let length = llama_tokenize(
            vocabulary,
            prompt,
            Int32(prompt.utf8.count),
            &tokens,
            Int32(tokens.count),
            true,
            true
        )
        let sampler = llama_sampler_chain_init(llama_sampler_chain_default_params())
        llama_sampler_chain_add(sampler, llama_sampler_init_greedy())
        let rules = grammar.flatMap { llama_sampler_init_grammar(vocabulary, $0, "root") }
        defer {
            llama_sampler_free(sampler)
            if let rules { llama_sampler_free(rules) }
        }
        guard grammar == nil || rules != nil else { throw DecodingError("bare loop: llama.cpp can't read the grammar") }
        guard length > 0, length <= 512, llama_decode(context, llama_batch_get_one(&tokens, length)) == 0 else {
            throw DecodingError("bare loop: the prompt can't be read")
        }
        var text: [UInt8] = []
        var piece = [CChar](repeating: 0, count: 256)
        var produced = 0
        var token = next(sampler, rules)
        let clock = ContinuousClock()
        let start = clock.now
        while !llama_vocab_is_eog(vocabulary, token) {
            produced += 1
            let size = llama_token_to_piece(vocabulary, token, &piece, Int32(piece.count), 0, false)
            text += piece.prefix(Int(max(size, 0))).map { UInt8(bitPattern: $0) }
            if produced == count { break }
            guard llama_decode(context, llama_batch_get_one(&token, 1)) == 0 else {
                throw DecodingError("bare loop: a token can't be read")
            }
            token = next(sampler, rules)
        }
        let seconds = (clock.now - start) / .seconds(1)
        return (Double(produced - 1) / seconds, String(decoding: text, as: UTF8.self))
    }

    /// The sampler's pick if the rules allow it, and otherwise its pick among what they allow of the whole vocabulary: as
    /// llama.cpp's `common_sampler_sample` does it.
    private func next(
        _ sampler: UnsafeMutablePointer<llama_sampler>?,
        _ rules: UnsafeMutablePointer<llama_sampler>?
    ) -> llama_token {
        var token = llama_sampler_sample(sampler, context, -1)
        guard let rules else { return token }
        var pick = [llama_token_data(id: token, logit: 1, p: 0)]
        choose(among: &pick) { llama_sampler_apply(rules, &$0) }
        if !pick[0].logit.isFinite, let scores = llama_get_logits_ith(context, -1) {
            var all = (0..<llama_vocab_n_tokens(vocabulary)).map {
                llama_token_data(id: $0, logit: scores[Int($0)], p: 0)
            }
            choose(among: &all) { array in
                llama_sampler_apply(rules, &array)
                llama_sampler_apply(sampler, &array)
                token = array.data[Int(max(0, array.selected))].id
            }
        }
        llama_sampler_accept(rules, token)
        return token
    }

    private func choose(among candidates: inout [llama_token_data], _ body: (inout llama_token_data_array) -> Void) {
        candidates.withUnsafeMutableBufferPointer { buffer in
            var array = llama_token_data_array(
                data: buffer.baseAddress,
                size: buffer.count,
                selected: -1,
                sorted: false
            )
            body(&array)
        }
    }
}
