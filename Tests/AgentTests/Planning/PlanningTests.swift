import AgentTesting
import Foundation
import Telemetry
import Testing

@testable import Agent

@Suite struct PlanningTests {
    private static let plan = Plan(
        goal: "(1 + 2) * 7",
        steps: [
            .init(id: "sum", action: "calculator", inputs: ["operation": "add", "a": 1, "b": 2]),
            .init(
                id: "product",
                action: "calculator",
                description: "Multiplies.",
                inputs: ["operation": "multiply", "a": ["result_of": "sum"], "b": 7],
                dependsOn: ["sum"]
            ),
        ]
    )

    private func calculation(_ id: String, _ b: JSONValue, dependsOn: [String] = []) -> Plan.Step {
        .init(id: id, action: "calculator", inputs: ["operation": "divide", "a": 1, "b": b], dependsOn: dependsOn)
    }

    @Test func `a plan goes through JSON, ours and Foundation's`() throws {
        #expect(Plan(json: try JSONValue(parsing: Self.plan.json.description)) == Self.plan)
        let data = try JSONEncoder().encode(Self.plan)
        #expect(try JSONDecoder().decode(Plan.self, from: data) == Self.plan)
        #expect(Plan(json: try JSONValue(parsing: String(decoding: data, as: UTF8.self))) == Self.plan)
        #expect(
            Plan(json: ["goal": "g", "steps": [["id": "a", "action": "b"]]])?.steps == [.init(id: "a", action: "b")]
        )
        #expect(Plan(json: ["goal": "g", "steps": [["id": "a"]]]) == nil && Plan(json: nil) == nil)
    }

    @Test func `values of any kind go through Foundation's coding`() throws {
        let value: JSONValue = ["a": [nil, true, -3, 1.5, "x\n"], "b": [:], "c": []]
        #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(JSONObject.self, from: Data("[1]".utf8)) }
    }

    @Test func `results are inputs of later steps, and the spans show the structure`() async throws {
        let bench = TestBench(tools: [Calculator()])
        let result = try await bench.agent.execute(Self.plan)
        #expect(result.results == ["sum": 3, "product": 21] && result.isComplete)
        #expect(bench.outline == "plan(action(tool_call) action(tool_call))")
        let actions = bench.spans(.action)
        #expect(actions.map { $0.data["step"] } == ["sum", "product"])
        #expect(actions.map { $0.data["depends_on"] } == [[], ["sum"]])
        #expect(
            actions[1].data["inputs"] == ["operation": "multiply", "a": 3, "b": 7] && actions[1].data["result"] == 21
        )
        let plan = bench.spans(.plan)[0]
        #expect(plan.traceID == result.traceID && plan.error == nil)
        #expect(plan.data == ["goal": "(1 + 2) * 7", "steps": 2, "succeeded": 2, "failed": 0, "skipped": 0])
    }

    @Test func `a step that fails stops its dependants only, and both are recorded`() async throws {
        let bench = TestBench(tools: [Calculator()])
        let steps = [calculation("bad", 0), calculation("next", 1, dependsOn: ["bad"]), calculation("good", 2)]
        let result = try await bench.agent.execute(Plan(goal: "g", steps: steps))
        #expect(result.results == ["good": 0.5] && !result.isComplete)
        guard case .failed(let error) = result.outcomes["bad"], case .skipped("bad") = result.outcomes["next"] else {
            return #expect(Bool(false), "\(result.outcomes)")
        }
        #expect((error as? AgentError)?.code == .tool)
        let skipped = try #require(bench.spans(.action).first { $0.data["step"] == "next" })
        #expect(skipped.data["outcome"] == "skipped" && skipped.data["reason"] == "needs bad, which failed")
        #expect(skipped.duration == nil && skipped.error == nil)
        let plan = bench.spans(.plan)[0]
        #expect(plan.error == "failed: bad; 1 skipped" && plan.data["skipped"] == 1 && plan.data["succeeded"] == 1)
    }

    @Test func `a result that doesn't fit as an input fails its step before the tool is called`() async throws {
        let words = Probe { _ in "no number" }
        let bench = TestBench(tools: [words, Calculator()])
        let plan = Plan(
            goal: "g",
            steps: [.init(id: "a", action: "probe", inputs: ["text": "x"]), calculation("b", ["result_of": "a"])]
        )
        let result = try await bench.agent.execute(plan)
        guard case .failed(let error as AgentError) = result.outcomes["b"] else { return #expect(Bool(false)) }
        #expect(error.message.contains("$.b: expected number, found \"no number\""), "\(error)")
        #expect(bench.spans(.toolCall).count == 1)
    }

    @Test(
        arguments: [
            ([.init(id: "a", action: "oracle")], "oracle: no such tool."),
            ([.init(id: "a", action: "calculator", inputs: ["operation": "add", "a": 1])], "$.b: expected number"),
            (
                [.init(id: "a", action: "calculator", inputs: ["operation": "add", "a": 1, "b": 2, "c": 3])],
                "no other keys"
            ),
            (
                [
                    .init(id: "a", action: "calculator", inputs: ["operation": "add", "a": 1, "b": 2]),
                    .init(id: "b", action: "probe", inputs: ["text": "x", "more": ["result_of": "a"]]),
                ], "no other keys"
            ),
            ([.init(id: "a", action: "probe", inputs: ["text": ["result_of": "z"]])], "a depends on z"),
            ([.init(id: "a", action: "probe", inputs: ["text": ["result_of": "a"]])], "a → a"),
            (
                [
                    .init(id: "a", action: "probe", inputs: ["text": "x"]),
                    .init(id: "a", action: "probe", inputs: ["text": "y"]),
                ], "a stands twice"
            ),
        ] as [([Plan.Step], String)]
    )
    func `a plan with a mistake is rejected before anything runs`(_ steps: [Plan.Step], _ reason: String) async throws {
        let probe = Probe()
        let bench = TestBench(tools: [probe, Calculator()])
        let first = Plan.Step(id: "first", action: "probe", inputs: ["text": "x"])
        let error = try await #require(throws: AgentError.self) {
            try await bench.agent.execute(Plan(goal: "g", steps: [first] + steps))
        }
        #expect(error.code == .invalidPlan && error.message.contains(reason), "\(error)")
        #expect(probe.calls == 0 && bench.outline == "plan!")
    }

    @Test func `an action is checked when it is made`() async throws {
        let bench = TestBench(tools: [Calculator()])
        let action = try Action("calculator", inputs: ["operation": "add", "a": 1, "b": 2], of: bench.agent.tools)
        #expect(try await bench.agent.execute(action) == 3 && bench.outline == "action(tool_call)")
        let unknown = try #require(throws: ToolError.self) { try Action("oracle", of: bench.agent.tools) }
        #expect(unknown.code == .unknownTool)
        let invalid = try #require(throws: ToolError.self) { try Action("calculator", of: bench.agent.tools) }
        #expect(invalid.code == .invalidArguments)
    }

    @Test func `a model makes a plan, and is asked again when its dependencies are wrong`() async throws {
        let step = #"{"action": "calculator", "inputs": {"operation": "add", "a": 1, "b": 2}"#
        let use = #"{"action": "calculator", "inputs": {"operation": "add", "a": {"result_of": "1"}, "b": 2}"#
        let bench = TestBench(
            #"{"1": \#(step)}, "3": \#(step), "depends_on": ["2"]}}"#,
            #"{"1": \#(step)}, "2": \#(use), "depends_on": []}}"#,
            tools: [Calculator()]
        )
        let plan = try await bench.agent.plan("Add.", maxSteps: 3)
        #expect(plan.goal == "Add." && plan.steps.map(\.id) == ["1", "2"])
        #expect(try await bench.agent.execute(plan).results == ["1": 3, "2": 5])
        #expect(bench.outline == "plan(llm_call! llm_call) plan(action(tool_call) action(tool_call))")
        #expect(bench.spans(.llmCall).map { $0.data["failure"] } == ["rejected", nil])
        let made = bench.spans(.plan)[0]
        #expect(made.data["attempts"] == 2 && made.data["steps"] == plan.json["steps"])
    }

    @Test func `The default model's plan passes all checks, and can be carried out`() async throws {
        let bench = TestBench()
        let agent = Agent(model: try await TestModel.shared, telemetry: bench.telemetry, tools: [Calculator()])
        let plan = try await agent.plan("Add 3 and 4. Then multiply 6 by 9.", maxSteps: 2)
        #expect((1...2).contains(plan.steps.count) && plan.steps.allSatisfy { $0.action == "calculator" })
        let result = try await agent.execute(plan)
        #expect(result.outcomes.count == plan.steps.count)
        #expect(bench.spans(.plan).map(\.name) == ["make", "execute"])
    }

    @Test func `without tools there is nothing to plan with`() async throws {
        let error = try await #require(throws: AgentError.self) { try await TestBench().agent.plan("g") }
        #expect(error.code == .tool)
    }
}
