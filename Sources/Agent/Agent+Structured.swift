public import Telemetry

extension Agent {
    /// Answers in a given shape.
    ///
    /// The model can't produce anything that doesn't fit the schema; what may still happen is that it doesn't come to
    /// an end. Then it is asked again, each time with another seed. The span is an `agent_step` named `structured`, and
    /// each attempt an `llm_call` within it.
    ///
    /// For example:
    /// ```swift
    /// let answer = try await agent.generateStructured("What is Python?", schema: #"{"answer": string}"#)
    /// print(answer["answer"]?.string ?? "")
    /// ```
    ///
    /// - Parameters:
    ///   - prompt: What is asked.
    ///   - schema: The shape of the answer.
    ///   - examples: Questions with answers of that shape. Small models need one or two.
    /// - Returns: A value that fits the schema.
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func generateStructured(
        _ prompt: String,
        schema: Schema,
        examples: [Example] = []
    ) async throws -> JSONValue {
        try await structured(prompt, schema: schema, examples: examples) { value, _ in value }
    }

    /// Answers with a value of a Swift type.
    ///
    /// The model is held to the type's schema, and asked again as in ``generateStructured(_:schema:examples:)``, whose
    /// span this has, too.
    ///
    /// For example:
    /// ```swift
    /// let planets = try await agent.generate([String].self, from: "Name the planets.")
    /// ```
    ///
    /// - Parameters:
    ///   - type: What the answer is decoded as.
    ///   - prompt: What is asked.
    ///   - examples: Questions with answers that fit the type's schema. Small models need one or two.
    /// - Returns: The decoded answer.
    /// - Throws: ``AgentError``, with the code ``AgentError/Code/structuredOutput`` also when an answer that fits the
    ///   type's schema can't be decoded; `CancellationError` when the task was cancelled.
    public func generate<Value: SchemaRepresentable>(
        _ type: Value.Type = Value.self,
        from prompt: String,
        examples: [Example] = []
    ) async throws -> Value {
        try await structured(prompt, schema: Value.schema, examples: examples) { value, span in
            do {
                return try JSONValueDecoder().decode(Value.self, from: value)
            } catch {
                let reason = (error as? DecodingError)?.words ?? "\(error)"
                // Asking again wouldn't help: the schema lets through what the type doesn't take.
                throw AgentError(
                    .structuredOutput,
                    """
                    \(Value.self): can't be decoded from \(value.excerpt), which fits its schema: \(reason). \
                    Make \(Value.self).schema and its decoding agree.
                    """,
                    in: span,
                    underlying: error
                )
            }
        }
    }

    /// Asks for an answer of a given shape, and makes something of it, in one span.
    private func structured<Result>(
        _ prompt: String,
        schema: Schema,
        examples: [Example],
        _ result: (JSONValue, ActiveSpan) throws -> Result
    ) async throws -> Result {
        try await step("structured", data: ["schema": .string(schema.description)]) { span in
            let messages = Prompts.structured(
                prompt,
                schema: schema,
                examples: examples,
                instructions: configuration.instructions
            )
            return try result(try await generate(messages, schema: schema, in: span), span)
        }
    }

    /// Chooses one of several things.
    ///
    /// The span is a `decision` with the choices and what was selected, and the model's call is within it.
    ///
    /// - Parameters:
    ///   - question: What is to be decided.
    ///   - choices: What there is to choose from: one or more, distinct.
    ///   - examples: Questions with the right choice. Small models need one for each choice.
    /// - Returns: One of the choices.
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func decide(
        _ question: String,
        choices: [String],
        examples: [(question: String, choice: String)] = []
    ) async throws -> String {
        let data: JSONObject = ["choices": .array(choices.map(JSONValue.string))]
        return try await telemetry.withSpan(.decision, data: data) { span in
            guard !choices.isEmpty, Set(choices).count == choices.count else {
                let wrong = choices.isEmpty ? "there is nothing to choose from" : "a choice stands twice"
                throw AgentError(.invalidChoices, "decide: \(wrong). Pass one or more distinct choices.", in: span)
            }
            let schema = Schema.object([.required("choice", .oneOf(choices.map(JSONValue.string)))])
            let messages = Prompts.decision(
                question,
                choices: choices,
                examples: examples
            )
            let answer = try await generate(messages, schema: schema, in: span)
            guard let selected = answer["choice"]?.string else {
                throw AgentError(.structuredOutput, "decide: the answer \(answer) has no choice.", in: span)
            }
            span.name = selected
            span["selected"] = selected
            return selected
        }
    }

    /// Asks for an answer of a given shape until there is one.
    func generate(_ messages: [Message], schema: Schema, in span: ActiveSpan) async throws -> JSONValue {
        var options = configuration.options
        options.schema = schema
        var last: (any Error)?
        let maxAttempts = max(1, configuration.maxAttempts)
        for attempt in 1...maxAttempts {
            // Not every model looks whether it was cancelled.
            try Task.checkCancellation()
            if attempt > 1 {
                // What was asked again in the same way would be answered in the same way.
                options.temperature = max(0.5, options.temperature)
                options.seed &+= 1
            }
            do {
                return try await model.generate(messages, options: options, attempt: attempt) { generation in
                    try generation.value(fitting: schema)
                }
            } catch let error as UnfitAnswer {
                last = error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw AgentError(.model, "\(error)", in: span, underlying: error)
            }
        }
        let attempts = maxAttempts == 1 ? "1 attempt" : "\(maxAttempts) attempts"
        let reason = last.map { "\($0)" } ?? "no reason"
        throw AgentError(
            .structuredOutput,
            "no answer that fits \(schema) in \(attempts): \(reason). Allow more tokens, or ask for less.",
            in: span,
            underlying: last
        )
    }
}

/// A question with the answer that is wanted, for the model to go by.
public struct Example: Sendable, Hashable {
    /// What is asked.
    public var question: String
    /// What should be answered.
    public var answer: JSONValue

    /// A question with its answer.
    public init(_ question: String, _ answer: JSONValue) {
        self.question = question
        self.answer = answer
    }
}

/// Why a model's answer is of no use: a reason to ask again.
struct UnfitAnswer: Error, CustomStringConvertible {
    var description: String
}

extension Generation {
    /// The answer as a value of that shape.
    fileprivate func value(fitting schema: Schema) throws(UnfitAnswer) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            let cut = finishReason == .length ? "the answer was cut off after \(completionTokens) tokens: " : ""
            throw UnfitAnswer(description: "\(cut)\(error)")
        }
        do {
            try schema.validate(value)
        } catch {
            throw UnfitAnswer(description: "\(error)")
        }
        return value
    }
}
