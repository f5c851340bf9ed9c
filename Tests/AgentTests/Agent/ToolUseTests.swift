import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct ToolUseTests {
    private let multiply = #"{"tool": "calculator", "arguments": {"operation": "multiply", "a": 42, "b": 7}}"#
    private let request = ToolRequest(tool: "calculator", arguments: ["operation": "multiply", "a": 42, "b": 7])

    @Test func `a tool is requested, executed, and both are recorded`() async throws {
        let bench = TestBench("\(multiply)", tools: [Calculator()])
        #expect(try await bench.agent.useTool("What is 42 times 7?") == 294)
        #expect(bench.outline == "agent_step(tool_request(llm_call) tool_call)")
        #expect(bench.spans(.agentStep)[0].name == "tool")

        let asked = try #require(bench.spans(.toolRequest).first)
        #expect(asked.data == ["attempts": 1, "tool": "calculator", "arguments": .object(request.arguments)])
        #expect(asked.data.keys == ["attempts", "tool", "arguments"])
        let call = try #require(bench.spans(.toolCall).first)
        #expect(call.name == "calculator" && call.error == nil)
        #expect(call.data == ["tool": "calculator", "arguments": .object(request.arguments), "result": 294])
        #expect(call.data.keys == ["tool", "arguments", "result"])
        let metrics = bench.telemetry.metrics
        #expect(metrics.toolRequests == 1 && metrics.toolCalls == 1 && metrics.toolFailures == 0)
        #expect(metrics.toolSuccessRate == 1)
    }

    @Test func `a request alone calls nothing`() async throws {
        let probe = Probe()
        let bench = TestBench(#"{"tool": "probe", "arguments": {"text": "a"}}"#, tools: [probe])
        #expect(try await bench.agent.requestTool("?") == ToolRequest(tool: "probe", arguments: ["text": "a"]))
        #expect(probe.calls == 0 && bench.outline == "tool_request(llm_call)")
    }

    @Test func `the model is shown the tools' examples, and held to their parameters`() async throws {
        let bench = TestBench("\(multiply)", tools: [Calculator(), Probe()])
        _ = try await bench.agent.requestTool("What is 42 times 7?")
        let asked = try #require(bench.model.requests.first)
        #expect(asked.options.schema == bench.agent.tools.requestSchema)
        #expect(asked.messages.first?.role == .system && asked.messages.last == .user("What is 42 times 7?"))
        #expect(asked.messages[0].content.contains("calculator: ") && asked.messages[0].content.contains("probe: "))
        let examples = asked.messages.dropFirst().dropLast()
        // Where there are several tools, the nearest example stands once more.
        #expect(examples.count == 2 * (Calculator().examples.count + 1))
        for (place, message) in examples.enumerated() {
            #expect(message.role == (place.isMultiple(of: 2) ? .user : .assistant))
            guard message.role == .assistant else { continue }
            #expect(try ToolRequest(json: JSONValue(parsing: message.content))?.tool == "calculator")
        }
    }

    @Test func `several tools show their examples in turn, and the one nearest to the question once more`() async throws
    {
        struct Weather: Tool {
            struct Arguments: Decodable {}
            let name = "weather"
            let description = "Tells the weather."
            let parameters: Schema = "{}"
            let examples = [ToolExample("Rain in Oslo?", arguments: [:])]
            func call(_ arguments: Arguments) -> String { "rain" }
        }
        let bench = TestBench(#"{"tool": "weather", "arguments": {}}"#, tools: [Calculator(), Weather()])
        _ = try await bench.agent.requestTool("Will there be rain?")
        let questions = bench.model.requests[0].messages.filter { $0.role == .user }.map(\.content)
        #expect(questions.prefix(3) == ["What is 12 plus 30?", "Rain in Oslo?", "What is 81 minus 5?"])
        #expect(questions.suffix(2) == ["Rain in Oslo?", "Will there be rain?"] && questions.count == 7)
    }

    @Test func `an agent without tools can't request one`() async throws {
        let bench = TestBench()
        let error = try await #require(throws: AgentError.self) { try await bench.agent.requestTool("?") }
        #expect(error.code == .tool && error.message == "the agent has no tools. Pass some when it is made.")
        #expect(bench.outline == "tool_request!" && bench.model.requests.isEmpty)
    }

    @Test(
        arguments: [
            (ToolRequest(tool: "calculater", arguments: ["a": 1]), "calculater: no such tool. The tools are:"),
            (ToolRequest(tool: ""), ": no such tool."),
            (ToolRequest(tool: "calculator", arguments: ["a": 1]), "calculator: invalid arguments: $.operation"),
            (
                ToolRequest(tool: "calculator", arguments: ["operation": "power", "a": 1, "b": 2]),
                "calculator: invalid arguments: $.operation: expected \"add\""
            ),
            (
                ToolRequest(tool: "calculator", arguments: ["operation": "divide", "a": 1, "b": 0]),
                "calculator: division of 1.0 by zero."
            ),
            (ToolRequest(tool: "probe", arguments: ["text": "boom"]), "probe: the service is down"),
        ]
    )
    func `an execution that fails is a recorded failure`(_ request: ToolRequest, _ message: String) async throws {
        let bench = TestBench(tools: [Calculator(), Probe()])
        let error = try await #require(throws: AgentError.self) { try await bench.agent.execute(request) }
        #expect(error.code == .tool && error.underlying is ToolError)
        #expect(error.message.hasPrefix(message), "\(error)")
        let span = try #require(bench.spans(.toolCall).first)
        #expect(error.traceID == span.traceID && "\(error)".hasSuffix(" (trace \(span.traceID.short))"))
        #expect(span.name == request.tool && span.error == "\(error)" && span.isFailure)
        #expect(span.data == ["tool": .string(request.tool), "arguments": .object(request.arguments)])
        let metrics = bench.telemetry.metrics
        #expect(metrics.toolCalls == 1 && metrics.toolFailures == 1 && metrics.toolFailureRate == 1)
        #expect(metrics.llmCalls == 0)
    }

    @Test func `a tool that is cancelled is recorded so`() async throws {
        let bench = TestBench(tools: [Probe()])
        let task = Task {
            try await bench.agent.execute(ToolRequest(tool: "probe", arguments: ["text": "wait"]))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(bench.spans(.toolCall)[0].error == "cancelled")
    }

    @Test func `what a tool does itself is recorded within its call`() async throws {
        let bench = TestBench("inner answer")
        let model = bench.agent.model
        let asking = Probe { _ in try await model.generate([.user("inner")]).text }
        let agent = Agent(model: model, telemetry: bench.telemetry, tools: [asking])
        #expect(try await agent.execute(ToolRequest(tool: "probe", arguments: ["text": "a"])) == "inner answer")
        #expect(bench.outline == "tool_call(llm_call)")
    }

    @Test func `a request that fails executes nothing`() async throws {
        let probe = Probe()
        let bench = TestBench("?", "?", "?", tools: [probe])
        let error = try await #require(throws: AgentError.self) { try await bench.agent.useTool("?") }
        #expect(error.code == .structuredOutput && probe.calls == 0)
        #expect(bench.outline == "agent_step!(tool_request!(llm_call! llm_call! llm_call!))")
        #expect(bench.telemetry.metrics.toolCalls == 0 && bench.telemetry.metrics.toolSuccessRate == nil)
    }

    @Test func `a result that JSON has no form for is recorded all the same`() async throws {
        struct Strange: Tool {
            struct Arguments: Decodable {}
            let name = "strange \u{1B}[31m\n"
            let description = ""
            let parameters: Schema = "{}"
            func call(_ arguments: Arguments) -> [Double] { [.nan, .infinity, -0.0] }
        }
        let bench = TestBench(tools: [Strange()])
        _ = try await bench.agent.execute(ToolRequest(tool: Strange().name))
        let span = try #require(bench.spans(.toolCall).first)
        #expect(span.data["result"] == ["NaN", "Infinity", -0.0] && span.name == Strange().name)
        #expect(!bench.sink.lines[0].contains("\u{1B}"))
    }
}
