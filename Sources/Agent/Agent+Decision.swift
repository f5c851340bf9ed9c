import Telemetry

extension Agent {
    /// Chooses one of several things.
    ///
    /// The span is a `decision` with the choices and what was selected; each attempt is an `llm_call` within it.
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
            let answer = try await ask(messages, schema: schema, in: span)
            guard let selected = answer["choice"]?.string else {
                throw AgentError(.structuredOutput, "decide: the answer \(answer) has no choice.", in: span)
            }
            span.name = selected
            span["selected"] = selected
            return selected
        }
    }
}
