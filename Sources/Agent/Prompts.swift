import Telemetry

/// What the model is told.
///
/// Examples come as earlier turns of the conversation, which is how a small model learns from them best; their JSON has
/// the same form as the JSON that constrained decoding produces.
enum Prompts {
    static func reply(to message: String, instructions: String, memories: [Memory.Item]) -> [Message] {
        guard !memories.isEmpty else { return [.system(instructions), .user(message)] }
        // What is remembered may be anybody's words: as JSON in a message of its own, it is data, and its lines aren't
        // instructions. Newest last: what is nearest to the question weighs most.
        let facts = memories.sorted { $0.id < $1.id }.map(\.text)
        return [
            .system("\(instructions)\nYou remember facts, and use them when they answer the question."),
            .tool((["facts": facts.json] as JSONValue).text), .user(message),
        ]
    }

    static func structured(
        _ prompt: String,
        schema: Schema,
        examples: [Example],
        instructions: String
    ) -> [Message] {
        let system = Message.system("\(instructions)\nYou answer in JSON of this form: \(schema)")
        return [system] + turns(examples) + [.user(prompt)]
    }

    static func decision(
        _ question: String,
        choices: [String],
        examples: [(question: String, choice: String)]
    ) -> [Message] {
        let list = choices.map { "- \($0)" }.joined(separator: "\n")
        let system = Message.system("You choose what fits the user's message best. The choices are:\n\(list)")
        let examples = examples.map { Example($0.question, ["choice": .string($0.choice)]) }
        return [system] + turns(examples) + turns(nearest(to: question, of: examples)) + [.user(question)]
    }

    static func toolRequest(_ prompt: String, tools: ToolBox) -> [Message] {
        let system = Message.system(
            "You choose the tool that the user needs, and its arguments, in JSON.\(list(tools))"
        )
        let examples = examples(of: tools)
        let repeated = tools.tools.count > 1 ? nearest(to: prompt, of: examples) : []
        return [system] + turns(examples) + turns(repeated) + [.user(prompt)]
    }

    static func loop(_ goal: String, tools: ToolBox, instructions: String) -> [Message] {
        guard !tools.tools.isEmpty else {
            return [.system("\(instructions)\nYou answer in JSON of this form: {\"answer\": string}"), .user(goal)]
        }
        let system = Message.system(
            """
            You use tools, one at a time, in JSON. When you know the answer, you give it: {"answer": string}\(list(tools))
            """
        )
        // One tool after the other, other than in a single request: measured, a run with two tools then goes on with the
        // one that it began with.
        let examples = tools.tools.flatMap { tool in tool.examples.map { request($0, of: tool) } }
        let repeated = tools.tools.count > 1 ? nearest(to: goal, of: examples) : []
        return [system] + turns(examples) + turns(repeated) + [.user(goal)]
    }

    static func plan(_ goal: String, tools: ToolBox) -> [Message] {
        let system = Message.system(
            """
            You make a plan in JSON: numbered steps, each with the tool that does it. A later step can use the result of \
            an earlier one: {"result_of": "1"}\(list(tools))
            """
        )
        let examples = tools.tools.flatMap { tool in tool.examples.map { (tool, $0) } }
        func step(_ example: (tool: any Tool, example: ToolExample)) -> JSONObject {
            ["action": .string(example.tool.name), "inputs": .object(example.example.arguments)]
        }
        var plans = examples.prefix(2).map { Example($0.1.request, ["1": .object(step($0))]) }
        if let first = examples.first, let last = examples.last, examples.count > 1 {
            var second = step(last)
            second["depends_on"] = ["1"] as JSONValue
            plans.append(
                Example(
                    "First: \(first.1.request) Then: \(last.1.request)",
                    ["1": .object(step(first)), "2": .object(second)]
                )
            )
        }
        return [system] + turns(plans) + [.user(goal)]
    }

    /// The tools in words.
    ///
    /// Their parameters needn't be explained: they are what constrained decoding holds to, and what the examples show.
    /// Measured on the default model, the notation costs one request in ten.
    private static func list(_ tools: ToolBox) -> String {
        guard tools.tools.count > 1 else { return "" }
        return tools.tools.map { "\n- \($0.name): \($0.description)" }.joined()
    }

    /// The examples of all tools, in turn: a small model favours what it saw several times, or last.
    private static func examples(of tools: ToolBox) -> [Example] {
        let most = tools.tools.map(\.examples.count).max() ?? 0
        return (0..<most).flatMap { round in
            tools.tools.filter { round < $0.examples.count }.map { request($0.examples[round], of: $0) }
        }
    }

    private static func request(_ example: ToolExample, of tool: any Tool) -> Example {
        Example(example.request, ToolRequest(tool: tool.name, arguments: example.arguments).json)
    }

    /// The example that shares most with the question: it stands once more right before it, where it weighs most.
    ///
    /// All examples stay where they are, so that the prompt's beginning is the same each time, and found in the cache.
    private static func nearest(to question: String, of examples: [Example]) -> [Example] {
        var index = WordIndex()
        for example in examples { index.append(example.question) }
        let best = zip(examples, index.scores(of: question)).filter { $0.1 > 0 }.max { $0.1 < $1.1 }
        return best.map { [$0.0] } ?? []
    }

    private static func turns(_ examples: [Example]) -> [Message] {
        examples.flatMap { [.user($0.question), .assistant($0.answer.text)] }
    }
}
