public import Telemetry

extension Agent {
    /// Answers in a given shape.
    ///
    /// The model can't produce anything that doesn't fit the schema; what may still happen is that it doesn't come to
    /// an end. Then it is asked again, each time with another seed. The span is an `agent_step` named `structured`; each
    /// attempt is an `llm_call` within it, and it says how many there were.
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
            return try result(try await ask(messages, schema: schema, in: span), span)
        }
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
