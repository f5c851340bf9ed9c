public import Telemetry

/// Asks an agent all cases of a dataset, and records each one as an `eval` span with what was expected, what came out,
/// whether it was valid (hard), and its score: 1 as expected, 0 not (soft).
///
/// Each case has an agent of its own, so that none remembers another. What the agent does is recorded within the case's
/// span. A case that isn't valid is a failed span.
public struct EvalRunner: Sendable {
    /// The model.
    public let model: any LanguageModel
    /// The recorder.
    public let telemetry: Telemetry
    /// How the agents work.
    public let configuration: Agent.Configuration

    /// A runner for a model, which is asked one case after the other.
    public init(model: any LanguageModel, telemetry: Telemetry, configuration: Agent.Configuration = .init()) {
        self.model = model
        self.telemetry = telemetry
        self.configuration = configuration
    }

    /// Asks all cases.
    ///
    /// - Throws: `CancellationError` when the task was cancelled. A case that fails is in the report.
    public func run(_ dataset: EvalDataset) async throws -> EvalReport {
        var report = EvalReport(groups: [])
        for group in dataset.groups {
            var results: [EvalReport.Result] = []
            for item in group.cases { results.append(try await run(item, of: group)) }
            report.groups.append(.init(name: group.name, threshold: group.threshold, results: results))
        }
        return report
    }

    private func run(_ item: EvalDataset.Case, of group: EvalDataset.Group) async throws -> EvalReport.Result {
        let data: JSONObject = [
            "group": .string(group.name), "case": .string(item.id), "expected": item.expected,
        ]
        return try await telemetry.withSpan(.eval, name: "\(group.name)/\(item.id)", data: data) { span in
            var result = EvalReport.Result(id: item.id, input: item.input, expected: item.expected)
            let start = ContinuousClock.now
            do {
                let actual = try await answer(item, group.task)
                result.actual = actual
                try Self.validate(actual, group.task)
                result.isValid = true
                result.isPassed = Expectation.holds(item.expected, of: actual)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                result.error = "\(error)"
                span.fail(error)
            }
            result.duration = .now - start
            span["actual"] = result.actual
            span["valid"] = result.isValid
            span["score"] = result.isPassed ? 1 : 0
            return result
        }
    }

    private func answer(_ item: EvalDataset.Case, _ task: EvalDataset.Task) async throws -> JSONValue {
        var tools: ToolBox = []
        if case .tool(let box) = task { tools = box }
        let agent = Agent(model: model, telemetry: telemetry, tools: tools, configuration: configuration)
        switch task {
        case .structured(let schema, let examples):
            return try await agent.generateStructured(item.input, schema: schema, examples: examples)
        case .tool: return try await agent.requestTool(item.input).json
        case .routing(let choices, let examples):
            return .string(try await agent.decide(item.input, choices: choices, examples: examples))
        case .memory:
            for text in item.store { agent.memory.add(text) }
            return .string(try await agent.reply(to: item.input))
        }
    }

    private struct Invalid: Error, CustomStringConvertible { let description: String }

    /// Checks what must hold of every answer, whatever was expected.
    private static func validate(_ actual: JSONValue, _ task: EvalDataset.Task) throws {
        switch task {
        case .structured(let schema, _): try schema.validate(actual)
        case .tool(let tools):
            guard let request = ToolRequest(json: actual) else { throw Invalid(description: "\(actual) is no request") }
            try tools.check(request)
        case .routing(let choices, _):
            guard let choice = actual.string, choices.contains(choice) else {
                throw Invalid(description: "\(actual) is no choice")
            }
        case .memory: if actual == "" { throw Invalid(description: "the reply is empty") }
        }
    }
}
