import AgentTesting
import Testing

/// The test that a user would write, and what it relies on.
///
/// `AgentTesting` is all that it imports: it hands on the rest.
@Suite struct DeterminismTests {
    @Test func `a scripted agent leaves the same log each time, ids and times included`() async throws {
        func log() async throws -> [String] {
            let (sink, clock) = (InMemorySink(), ManualTimeSource())
            let telemetry = Telemetry(sink: sink, configuration: .deterministic(clock: clock))
            let model = ScriptedModel { request in
                clock.advance(by: .milliseconds(20))
                return request.number == 1
                    ? #"{"tool": "calculator", "arguments": {"operation": "multiply", "a": 42, "b": 7}}"#
                    : #"{"answer": "294"}"#
            }
            let agent = Agent(model: model, telemetry: telemetry, tools: [Calculator()])
            #expect(try await agent.run("What is 42 * 7?").answer == "294")
            #expect(
                SpanTree(sink.spans).outline
                    == "agent_run(agent_step(llm_call tool_request tool_call) agent_step(llm_call))"
            )
            #expect(telemetry.metrics.averageLatency == .milliseconds(20))
            return sink.lines
        }
        let lines = try await log()
        #expect(lines.count == 7)
        #expect(try await log() == lines)
        #expect(lines.allSatisfy { $0.contains(#""trace_id":"00000000000000000000000000000001""#) })
    }

    @Test func `an outline marks failures, whether thrown or declared`() {
        let sink = InMemorySink()
        let telemetry = Telemetry(sink: sink, configuration: .deterministic())
        telemetry.withTrace { _ in
            telemetry.withSpan(.llmCall) { $0["success"] = false }
            telemetry.withSpan(.toolCall) { span in
                span.fail("no network")
                telemetry.log("retrieval")
            }
        }
        telemetry.logDecision(choices: ["a"], selected: "a")
        #expect(SpanTree(sink.spans).outline == "agent_run(llm_call! tool_call!(retrieval)) decision")
        #expect(SpanTree([]).outline == "")
    }
}
