import Telemetry

extension Agent {
    /// Chooses one of several things.
    ///
    /// Where each choice has an example and the model is an ``EmbeddingModel``, as ``LlamaModel`` is, the question is
    /// compared with the examples, and the choice is the one whose examples it is most like; how much, is in the span at
    /// `scores`. With the default model, 14 of the 15 golden routing cases of `lesson12 evals` come out right so, and 6
    /// where it writes the choice. Otherwise, or if ``Configuration/comparesExamples`` is false, the model writes the
    /// choice, held to those that there are.
    ///
    /// The span is a `decision` with the choices and what was selected; each call of the model is an `llm_call` within it.
    ///
    /// - Parameters:
    ///   - question: What is to be decided.
    ///   - choices: What there is to choose from: one or more, distinct.
    ///   - examples: Questions with the right choice. Small models need one for each choice, and do better with three.
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
            let selected: String
            let alike = choices.map { choice in examples.filter { $0.choice == choice }.map(\.question) }
            if let index = try await mostAlike(question, among: alike, names: choices, in: span) {
                selected = choices[index]
            } else {
                selected = try await write(question, choices, examples, in: span)
            }
            span.name = selected
            span["selected"] = selected
            return selected
        }
    }

    /// Lets the model write a choice.
    private func write(
        _ question: String,
        _ choices: [String],
        _ examples: [(question: String, choice: String)],
        in span: ActiveSpan
    ) async throws -> String {
        let schema = Schema.object([.required("choice", .oneOf(choices.map(JSONValue.string)))])
        let messages = Prompts.decision(question, choices: choices, examples: examples)
        let answer = try await ask(messages, schema: schema, in: span)
        guard let selected = answer["choice"]?.string else {
            throw AgentError(.structuredOutput, "decide: the answer \(answer) has no choice.", in: span)
        }
        return selected
    }

    /// The group of texts that a text is most like; `nil` if that can't be told, or there is nothing to tell.
    ///
    /// - Parameters:
    ///   - names: The groups' names, for the span's `scores`.
    ///   - span: Gets the scores.
    func mostAlike(
        _ text: String,
        among groups: [[String]],
        names: [String],
        in span: ActiveSpan
    ) async throws -> Int? {
        guard configuration.comparesExamples, groups.count > 1, !groups.contains(where: \.isEmpty) else { return nil }
        let vectors = try await failing(.model, in: span) { try await model.embed(groups.flatMap { $0 } + [text]) }
        guard var rest = vectors?[...], let vector = rest.popLast() else { return nil }
        let classifier = ExampleClassifier(
            groups.map { group in
                defer { rest = rest.dropFirst(group.count) }
                return Array(rest.prefix(group.count))
            }
        )
        let scores = classifier.scores(of: vector)
        span["scores"] = JSONObject(zip(names, scores.map { .number(($0 * 1000).rounded() / 1000) }))
        return scores.indices.max { scores[$0] < scores[$1] }
    }
}
