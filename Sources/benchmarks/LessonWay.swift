import Agent
import Foundation
import Telemetry

let lessonSummary = """
    lesson12's tasks by the agent, and by the lesson's own way on the same model: JSON that is asked for in the prompt.
                --model PATH       (models/SmolLM2-135M-Instruct.Q4_1.gguf)
                --threads N        threads that compute (one less than there are cores)
                --runs N           rounds, in which each side does all tasks (3)
    """

/// The three tasks by both sides in turns; what counts is the time for all of them.
func runLesson(_ arguments: [String]) async throws {
    let options = try BenchmarkOptions(
        arguments,
        benchmark: "lesson",
        numbers: ["--threads": max(1, ProcessInfo.processInfo.activeProcessorCount - 1), "--runs": 3]
    )
    func load(reusesPrefixes: Bool) async throws -> LlamaModel {
        let model = try await LlamaModel(
            path: options.model,
            threads: options["--threads"],
            reusesPrefixes: reusesPrefixes
        )
        _ = try await model.generate([.user("Hi")], options: .init(maxTokens: 2))  // Pages the weights in.
        return model
    }
    let runs = max(1, options["--runs"])
    print("lesson: \(runs) rounds, \(options["--threads"]) threads, \(buildKind) build")
    var total = Comparison("agent", over: "lesson's way", "ms", .atMost(0.3))
    var ours = LessonTally("agent")
    var theirs = LessonTally("lesson's way")
    for run in 0..<runs {
        var times = [0.0, 0.0]
        for side in run % 2 == 0 ? [0, 1] : [1, 0] {
            // Loaded anew, so that nothing is left of the last round's prompts.
            let model = try await load(reusesPrefixes: side == 0)
            let results = side == 0 ? try await runAgent(model) : try await LessonWay(model: model).run()
            times[side] = results.reduce(0) { $0 + $1.milliseconds }
            if side == 0 { ours.append(results) } else { theirs.append(results) }
        }
        total.append(times[0], over: times[1])
    }
    print(ours, theirs, "all tasks:", total, separator: "\n")
}

/// What lesson12 asks for, and what a right answer to it is: the same for both sides.
private enum LessonTask: String, CaseIterable {
    case structured = "What is Python?"
    case tool = "What is 42 times 7?"
    case memory = "What is my name?"

    static let fact = "The user's name is Ada."

    func isRight(_ answer: JSONValue?) -> Bool {
        switch self {
        case .structured: answer?["answer"]?.string?.isEmpty == false
        case .tool: answer == 294
        case .memory: answer?.string?.contains("Ada") == true
        }
    }
}

private struct LessonResult {
    var task: LessonTask
    var milliseconds: Double
    /// How often the model was called.
    var calls: Int
    var answer: JSONValue?
}

/// A side's results, by task.
private struct LessonTally: CustomStringConvertible {
    private let side: String
    private var times: [LessonTask: Samples] = [:]
    private var last: [LessonTask: LessonResult] = [:]
    private var right = 0
    private var count = 0

    init(_ side: String) { self.side = side }

    mutating func append(_ results: [LessonResult]) {
        for result in results {
            let name = result.task.rawValue.padding(toLength: 19, withPad: " ", startingAt: 0)
            times[result.task, default: Samples(name, "ms")].append(result.milliseconds)
            last[result.task] = result
            count += 1
            if result.task.isRight(result.answer) { right += 1 }
        }
    }

    var description: String {
        let tasks = LessonTask.allCases.map { task in
            let result = last[task]
            let answer = result?.answer.map { "\($0)" } ?? "nothing"
            let verdict = task.isRight(result?.answer) ? "right" : "wrong"
            return "\(times[task]?.description ?? "")  calls: \(result?.calls ?? 0), \(verdict): \(answer.prefix(60))"
        }
        return (["\(side): \(right) of \(count) tasks right"] + tasks).joined(separator: "\n")
    }
}

/// The tasks as lesson12 does them; the time is that of all that the agent does, recording included.
private func runAgent(_ model: LlamaModel) async throws -> [LessonResult] {
    let telemetry = Telemetry(sink: InMemorySink())
    let agent = Agent(model: model, telemetry: telemetry, tools: [Calculator()])
    agent.memory.add(LessonTask.fact)
    var results: [LessonResult] = []
    for task in LessonTask.allCases {
        let calls = telemetry.metrics.llmCalls
        let start = ContinuousClock.now
        let answer: JSONValue? =
            switch task {
            case .structured: try? await agent.generateStructured(task.rawValue, schema: #"{"answer": string 1..200}"#)
            case .tool: try? await agent.useTool(task.rawValue)
            case .memory: (try? await agent.reply(to: task.rawValue)).map { .string($0) }
            }
        let time = milliseconds(since: start)
        results.append(.init(task: task, milliseconds: time, calls: telemetry.metrics.llmCalls - calls, answer: answer))
    }
    return results
}

/// The lesson's own way: JSON is asked for in the prompt, generated freely, looked for in what comes back, and asked for
/// again, up to three times in all, unless it has the keys that the task needs.
///
/// As in the lesson's code, an answer has at most 512 tokens, is greedy in every attempt, and ends at an empty line, too; and
/// the example of a tool request happens to be the very one that is wanted. That code leaves out the model's chat template,
/// which is used here.
private struct LessonWay {
    let model: LlamaModel

    func run() async throws -> [LessonResult] {
        var results: [LessonResult] = []
        for task in LessonTask.allCases {
            let start = ContinuousClock.now
            let (answer, calls) = try await ask(Self.prompt(task), needs: Self.keys(task))
            let time = milliseconds(since: start)
            var result = LessonResult(task: task, milliseconds: time, calls: calls, answer: answer)
            if task == .tool { result.answer = await Self.execute(answer) }
            if task == .memory { result.answer = answer?["reply"] }
            results.append(result)
        }
        return results
    }

    private func ask(_ prompt: String, needs keys: [String]) async throws -> (answer: JSONValue?, calls: Int) {
        let messages = [Message.system("You are a helpful assistant. You answer briefly."), .user(prompt)]
        let options = GenerationOptions(maxTokens: 512, stop: ["\n\n"])
        for attempt in 1...3 {
            let text = try await model.generate(messages, options: options).text
            if let answer = Self.json(in: text), keys.allSatisfy({ answer[$0] != nil }) { return (answer, attempt) }
        }
        return (nil, 3)
    }

    /// The text as JSON, or what is between its first and its last brace.
    private static func json(in text: String) -> JSONValue? {
        if let value = try? JSONValue(parsing: text) { return value }
        guard let start = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}"), start < end else { return nil }
        return try? JSONValue(parsing: text[start...end])
    }

    private static func execute(_ answer: JSONValue?) async -> JSONValue? {
        guard let request = answer.flatMap(ToolRequest.init(json:)) else { return nil }
        return try? await ([Calculator()] as ToolBox).call(request)
    }

    private static func keys(_ task: LessonTask) -> [String] {
        switch task {
        case .structured: ["answer"]
        case .tool: ["tool", "arguments"]
        case .memory: ["reply"]
        }
    }

    private static func prompt(_ task: LessonTask) -> String {
        let rules = """
            Respond with valid JSON only: no explanations, no markdown, no other text. Start with { and end with }.
            """
        let form =
            switch task {
            case .structured:
                #"The schema to follow: {"answer": string}"#
            case .tool:
                """
                You call tools. The tool is calculator, its parameters are a (number), b (number), and operation \
                ("add", "subtract", "multiply" or "divide").
                The format, for example: {"tool": "calculator", "arguments": {"a": 42, "b": 7, "operation": "multiply"}}
                """
            case .memory:
                """
                You have a memory, and use it to answer. You remember the following:
                - \(LessonTask.fact)
                The format: {"reply": "your reply", "save_to_memory": "a fact to remember" or null}
                For example, to "What's my name?" when you remember "The user's name is Alice": \
                {"reply": "Your name is Alice", "save_to_memory": null}
                """
            }
        return "\(form)\n\(rules)\n\nThe user's request: \(task.rawValue)\n\nResponse (JSON only):"
    }
}
