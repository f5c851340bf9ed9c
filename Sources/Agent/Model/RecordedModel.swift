import Synchronization
public import Telemetry

/// A model whose every call is an `llm_call` span, whoever makes it.
///
/// An ``Agent`` wraps its model so. Around a model that is used alone, it does the same:
/// ```swift
/// let model = RecordedModel(try await LlamaModel(path: path), telemetry: telemetry)
/// let answer = try await model.generate([.user("What is Python?")])
/// ```
public struct RecordedModel: LanguageModel {
    /// The model that answers.
    public let base: any LanguageModel
    /// The recorder that gets the spans.
    public let telemetry: Telemetry

    /// Records the calls of `base` with `telemetry`.
    ///
    /// A model that the same recorder records already is unwrapped, so that no call counts twice. One that another
    /// recorder records goes on to be recorded there, too.
    public init(_ base: any LanguageModel, telemetry: Telemetry) {
        if let recorded = base as? RecordedModel, recorded.telemetry === telemetry {
            self.base = recorded.base
        } else {
            self.base = base
        }
        self.telemetry = telemetry
    }

    /// The model's own name.
    public var name: String { base.name }

    /// Answers the messages, and records the call.
    public func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        try await generate(messages, options: options, attempt: 1, onPiece: onPiece) { $0 }
    }

    /// Answers the messages, reads the answer, and records both as one call: an answer that can't be read is a failed
    /// call.
    ///
    /// A failed call's span says why in its error, and names the kind of failure at `failure`, for counting: the
    /// ``UnusableAnswer/Reason``, the ``ModelError/Code``, `cancelled`, or `other`. What the model had said by then is at
    /// `response`.
    ///
    /// - Parameters:
    ///   - messages: The conversation so far.
    ///   - options: How to generate.
    ///   - attempt: 1 for the first try, 2 for its first repetition, and so on.
    ///   - onPiece: Gets the answer's pieces as they are produced.
    ///   - read: Makes of the answer what the caller wants, or throws what is wrong with it.
    /// - Throws: What the model throws, or `read`.
    public func generate<Result>(
        _ messages: [Message],
        options: GenerationOptions,
        attempt: Int,
        onPiece: (@Sendable (String) -> Void)? = nil,
        read: (Generation) throws -> Result
    ) async throws -> Result {
        var data: JSONObject = ["model": .string(name)]
        data["prompt_length"] = messages.reduce(0) { $0 + $1.content.count }
        return try await telemetry.withSpan(.llmCall, name: name, data: data) { span in
            var generation: Generation?
            var failure: String? = "other"
            let said = Mutex("")
            // The answer's figures stand before the options and the texts: all of it is set when the call has ended,
            // however it did.
            let start = ContinuousClock.now
            defer {
                if let generation { span.setFigures(of: generation, duration: .now - start) }
                span["attempt"] = attempt
                span["success"] = failure == nil
                span["failure"] = failure
                span.set(options)
                span["prompt"] = messages.map(\.json)
                let partial = said.withLock { $0 }
                if let text = generation?.text ?? (partial.isEmpty ? nil : partial) { span["response"] = text }
            }
            do {
                let answer = try await base.generate(messages, options: options) { piece in
                    said.withLock { $0 += piece }
                    onPiece?(piece)
                }
                generation = answer
                let result = try read(answer)
                failure = nil
                return result
            } catch {
                failure = Self.kind(of: error)
                throw error
            }
        }
    }
}

extension RecordedModel {
    /// Tells what texts are about, and records that as one call, with `embed` at `operation`; `nil` if the model can't.
    ///
    /// - Throws: What the model throws.
    func embed(_ texts: [String]) async throws -> [[Float]]? {
        guard let embedder else { return nil }
        let data: JSONObject = [
            "model": .string(name), "operation": "embed",
            "prompt_length": .integer(texts.reduce(0) { $0 + $1.count }),
        ]
        return try await telemetry.withSpan(.llmCall, name: name, data: data) { span in
            var failure: String?
            defer {
                span["attempt"] = 1
                span["success"] = failure == nil
                span["failure"] = failure
                span["prompt"] = texts
            }
            do {
                let embeddings = try await embedder(texts)
                span["prompt_tokens"] = embeddings.promptTokens
                span["cached_tokens"] = embeddings.cachedTokens
                span["completion_tokens"] = 0
                let vectors = embeddings.vectors
                guard vectors.count == texts.count, Set(vectors.map(\.count)).count <= 1 else {
                    throw ModelError(
                        .generationFailed,
                        "\(name): \(vectors.count) vectors for \(texts.count) texts, or of different lengths. Mend its embed(_:)."
                    )
                }
                return vectors
            } catch {
                failure = Self.kind(of: error)
                throw error
            }
        }
    }

    private var embedder: (([String]) async throws -> Embeddings)? {
        if let base = base as? any EmbeddingModel { return { try await base.embed($0) } }
        // What another recorder records is recorded there, too.
        guard let base = base as? RecordedModel, base.embedder != nil else { return nil }
        return { Embeddings(vectors: try await base.embed($0) ?? []) }
    }

    /// A failure's kind, as the log counts it.
    private static func kind(of error: any Error) -> String {
        switch error {
        case let error as UnusableAnswer: error.reason.rawValue
        case let error as ModelError: error.code.description
        case is CancellationError: "cancelled"
        default: "other"
        }
    }
}

extension Message {
    fileprivate var json: JSONValue { ["role": .string(role.rawValue), "content": .string(content)] }
}

extension ActiveSpan {
    fileprivate func setFigures(of generation: Generation, duration: Duration) {
        self["response_length"] = generation.text.count
        self["prompt_tokens"] = generation.promptTokens
        self["cached_tokens"] = generation.cachedTokens
        self["completion_tokens"] = generation.completionTokens
        self["forced_tokens"] = generation.forcedTokens
        if let first = generation.timeToFirstToken {
            self["time_to_first_token_ms"] = rounded(first.milliseconds)
            // The rate is that of the tokens that the model chose; the first of them comes with the prompt.
            let chosen = generation.completionTokens - generation.forcedTokens
            let rest = ((generation.timeToLastToken ?? duration) - first).milliseconds / 1000
            if chosen > 1, rest > 0 {
                self["tokens_per_second"] = rounded(Double(chosen - 1) / rest)
            }
        }
        self["finish_reason"] = generation.finishReason.rawValue
    }

    fileprivate func set(_ options: GenerationOptions) {
        self["max_tokens"] = options.maxTokens
        self["temperature"] = options.temperature
        if options.temperature > 0 {
            self["top_k"] = options.topK
            self["top_p"] = options.topP
            self["min_p"] = options.minP
            self["seed"] = Int(options.seed)
        }
        if !options.stop.isEmpty { self["stop"] = options.stop }
        if let schema = options.schema { self["schema"] = schema.description }
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
