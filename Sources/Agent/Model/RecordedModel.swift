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
    public init(_ base: any LanguageModel, telemetry: Telemetry) {
        self.base = (base as? RecordedModel)?.base ?? base
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
        try await telemetry.withSpan(.llmCall, name: name, data: callData(messages, options, attempt)) { span in
            span["success"] = false  // Until it is known to be true: a call that throws has failed.
            let start = ContinuousClock.now
            let generation = try await base.generate(messages, options: options, onPiece: onPiece)
            span.set(generation, duration: .now - start)
            let result = try read(generation)
            span["success"] = true
            return result
        }
    }

    private func callData(_ messages: [Message], _ options: GenerationOptions, _ attempt: Int) -> JSONObject {
        var data: JSONObject = [:]
        data["model"] = name
        data["prompt_length"] = messages.reduce(0) { $0 + $1.content.count }
        data["attempt"] = attempt
        data["max_tokens"] = options.maxTokens
        data["temperature"] = options.temperature
        if options.temperature > 0 {
            data["top_k"] = options.topK
            data["top_p"] = options.topP
            data["min_p"] = options.minP
            data["seed"] = Int(options.seed)
        }
        if let schema = options.schema { data["schema"] = schema.description }
        data["prompt"] = messages.map {
            JSONValue.object(["role": .string($0.role.rawValue), "content": .string($0.content)])
        }
        return data
    }
}

extension ActiveSpan {
    fileprivate func set(_ generation: Generation, duration: Duration) {
        self["response_length"] = generation.text.count
        self["prompt_tokens"] = generation.promptTokens
        self["cached_tokens"] = generation.cachedTokens
        self["completion_tokens"] = generation.completionTokens
        if let first = generation.timeToFirstToken {
            self["time_to_first_token_ms"] = rounded(first.milliseconds)
            // The first token comes with the prompt: the rate is that of the tokens after it.
            let rest = (duration - first).milliseconds / 1000
            if generation.completionTokens > 1, rest > 0 {
                self["tokens_per_second"] = rounded(Double(generation.completionTokens - 1) / rest)
            }
        }
        self["finish_reason"] = generation.finishReason.rawValue
        self["response"] = generation.text
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
