import Foundation

/// A chat model in a GGUF file, run by llama.cpp in this process.
///
/// For example:
/// ```swift
/// let model = try await LlamaModel(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf")
/// let answer = try await model.generate([.user("What is a span?")])
/// print(answer.text)
/// ```
///
/// The model has a thread of its own, on which it loads, computes and calls back; it never occupies a thread of Swift's
/// cooperative pool. It is safe to use from several tasks at once and answers them one after the other, in the
/// order in which they asked. A cancelled task leaves the queue at once, or stops the model within a token.
///
/// The memory is freed when the last reference is gone. llama.cpp's own log is silent; with `LLAMA_LOG=1` in the
/// environment it goes to the standard error.
public final class LlamaModel: EmbeddingModel {
    /// The file's name without directories and ending.
    public let name: String
    /// How many tokens a prompt and its answer may have together.
    public let contextSize: Int
    /// How long the texts were on which the model was trained, in tokens: the largest ``contextSize``.
    public let trainedContextSize: Int
    /// Whether the prompt is a plain "User: … Assistant:", as the file has no chat template that llama.cpp knows.
    public let usesPlainTemplate: Bool

    let thread: SerialThread<LlamaSession>
    private let prompts: LlamaPrompts

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - path: A file in the GGUF format.
    ///   - contextSize: How many tokens a prompt and its answer may have together; by default what the model was
    ///     trained for, but at most 4096. Memory grows with it.
    ///   - threads: How many threads compute; by default one less than there are cores, at most 16. They wait by
    ///     spinning: on cores that other programs keep busy, fewer are faster, and one is never slowed down by it.
    ///   - reusesPrefixes: Whether the model keeps what it computed of the newest prompts, for others that begin with the
    ///     same messages: up to nine, of twice ``contextSize`` tokens together, the least recently used going first.
    ///     Answers are the same with and without; ``Generation/cachedTokens`` tells what was kept.
    ///   - onProgress: Called with growing fractions that end with 1, on the model's thread.
    /// - Throws: ``ModelError`` with ``ModelError/Code/modelNotFound``, ``ModelError/Code/notAModel``,
    ///   ``ModelError/Code/damagedModel`` or ``ModelError/Code/invalidOptions``; `CancellationError` when the task was
    ///   cancelled while loading.
    public init(
        path: String,
        contextSize: Int? = nil,
        threads: Int? = nil,
        reusesPrefixes: Bool = true,
        onProgress: (@Sendable (Double) -> Void)? = nil
    ) async throws {
        try Task.checkCancellation()
        let name = LlamaFile.name(of: path)
        let (thread, loaded) = try await SerialThread.start(name: "LlamaModel") { flag in
            try Self.load(path, contextSize, threads, reusesPrefixes, onProgress, flag)
        }
        self.name = name
        self.thread = thread
        self.contextSize = loaded.contextSize
        prompts = loaded.prompts
        trainedContextSize = loaded.prompts.weights.trainedContextSize
        usesPlainTemplate = loaded.prompts.template.isFallback
    }

    private struct Loaded: Sendable {
        var contextSize: Int
        var prompts: LlamaPrompts
    }

    private static func load(
        _ path: String,
        _ contextSize: Int?,
        _ threads: Int?,
        _ reusesPrefixes: Bool,
        _ onProgress: (@Sendable (Double) -> Void)?,
        _ flag: CancellationFlag
    ) throws -> (LlamaSession, Loaded) {
        if let threads, !(1...512).contains(threads) {
            throw ModelError(
                .invalidOptions,
                "threads \(threads): must be in 1…512. Leave it out for one less than there are cores."
            )
        }
        try LlamaFile.check(path)
        var reached = -1.0
        let report = { (fraction: Double) in
            if fraction > reached {
                reached = fraction
                onProgress?(fraction)
            }
            return !flag.isCancelled
        }
        guard let weights = try LlamaWeights(path: path, report: report) else { throw CancellationError() }
        let trained = weights.trainedContextSize
        if let contextSize, !(2...max(trained, 2)).contains(contextSize) {
            throw ModelError(
                .invalidOptions,
                "contextSize \(contextSize): must be in 2…\(trained), for which \(path) was trained. Pass another one."
            )
        }
        let context = try LlamaContext(
            weights: weights,
            size: contextSize ?? min(max(trained, 2), 4096),
            threads: threads ?? min(max(ProcessInfo.processInfo.activeProcessorCount - 1, 1), 16)
        )
        guard report(1) else { throw CancellationError() }
        let prompts = LlamaPrompts(weights: weights)
        let session = LlamaSession(context: context, prompts: prompts, reusesPrefixes: reusesPrefixes)
        return (session, Loaded(contextSize: context.size, prompts: prompts))
    }

    /// Answers the messages.
    ///
    /// The model waits for `onPiece`, which is called on the model's thread, to return. Contents are text only: a
    /// `<|im_end|>` in one doesn't end its turn.
    ///
    /// - Throws: ``ModelError`` with ``ModelError/Code/invalidOptions``, ``ModelError/Code/emptyPrompt``,
    ///   ``ModelError/Code/promptTooLong`` or ``ModelError/Code/generationFailed``; `CancellationError` when the task
    ///   was cancelled.
    public func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        try await generate(messages, options: options, grammar: nil, onPiece: onPiece)
    }

    /// Answers the messages in the language of a grammar, given in llama.cpp's GBNF with a rule `root`, by llama.cpp's own
    /// sampler.
    ///
    /// It's the other side of the benchmarks.
    package func generate(
        _ messages: [Message],
        options: GenerationOptions,
        grammar: String?,
        onPiece: (@Sendable (String) -> Void)? = nil
    ) async throws -> Generation {
        try options.validate()
        guard messages.contains(where: { !$0.content.isEmpty }) else { throw ModelError.emptyPrompt }
        let request = LlamaRequest(messages: messages, options: options, grammar: grammar, onPiece: onPiece)
        return try await thread.run { session, flag in try session.generate(request, flag: flag) }
    }

    /// Tells what texts are about: each vector is the model's state behind `This message: "…" in one word: "`.
    ///
    /// Those of the newest 512 texts are remembered.
    ///
    /// - Throws: ``ModelError`` with ``ModelError/Code/promptTooLong`` or ``ModelError/Code/generationFailed``;
    ///   `CancellationError` when the task was cancelled.
    public func embed(_ texts: [String]) async throws -> Embeddings {
        var result = Embeddings(vectors: [])
        for text in texts {
            let embedding = try await thread.run { session, flag in try session.embed(text, flag: flag) }
            result.vectors += embedding.vectors
            result.promptTokens += embedding.promptTokens
            result.cachedTokens += embedding.cachedTokens
        }
        return result
    }

    /// The tokens of a text, without a begin token; no text becomes a control token.
    ///
    /// Runs on the caller's thread, also while the model answers.
    ///
    /// - Complexity: About linear in the text's length.
    public func tokenize(_ text: String) -> [Int32] {
        prompts.weights.tokenize(Array(text.utf8), parsesControl: false)
    }

    /// The text of tokens; control tokens have none, and bytes that are not UTF-8 become U+FFFD.
    public func text(of tokens: [Int32]) -> String {
        var bytes: [UInt8] = []
        for token in tokens { prompts.weights.append(token, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many tokens a text has.
    public func countTokens(in text: String) -> Int { tokenize(text).count }

    /// How many tokens messages have as a prompt, the chat template's own included.
    public func countTokens(in messages: [Message]) -> Int { prompts.tokens(of: messages).count }

    /// The messages in the model's chat template: the prompt as text, up to where the answer begins.
    public func renderPrompt(_ messages: [Message]) -> String {
        String(decoding: prompts.template.render(messages).text, as: UTF8.self)
    }
}
