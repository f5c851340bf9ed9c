import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct EvalTests {
    private static let text = #"""
        {"groups": [
          {"name": "facts", "task": "structured", "threshold": 0.5, "schema": "{\"n\": integer 0..9}",
           "cases": [{"id": "a", "input": "one", "expected": {"n": 1}}, {"id": "b", "input": "two", "expected": {"n": 2}}]},
          {"name": "tools", "task": "tool", "threshold": 1, "tools": ["calculator", {"name": "weather",
           "description": "Weather.", "parameters": "{\"city\": string}",
           "examples": [{"request": "Rain in Rome?", "arguments": {"city": "Rome"}}]}],
           "cases": [{"id": "w", "input": "Oslo?", "expected": {"tool": "weather", "arguments": {"city": "Oslo"}}}]},
          {"name": "routes", "task": "routing", "threshold": 1, "choices": ["x", "y"],
           "cases": [{"id": "r", "input": "to y", "expected": {"$any_of": ["y"]}}]},
          {"name": "memory", "task": "memory", "threshold": 1,
           "cases": [{"id": "m", "store": ["My dog is Rex."], "input": "My dog?", "expected": {"$contains": "REX"}}]}
        ]}
        """#

    private func dataset() throws -> EvalDataset { try EvalDataset(parsing: Self.text, tools: [Calculator()]) }

    private func report(_ answers: ScriptedModel.Answer...) async throws -> (EvalReport, TestBench) {
        let bench = TestBench(ScriptedModel(answers))
        return (try await EvalRunner(model: bench.model, telemetry: bench.telemetry).run(try dataset()), bench)
    }

    private static let weather = #"{"tool": "weather", "arguments": {"city": "Oslo"}}"#

    @Test func `each case is an eval span around what the agent did`() async throws {
        let (report, bench) = try await report(
            #"{"n": 1}"#,
            #"{"n": 3}"#,
            "\(Self.weather)",
            #"{"choice": "y"}"#,
            "Rex."
        )
        #expect(report.isPassed && report.groups.map(\.score) == [0.5, 1, 1, 1])
        let spans = bench.spans(.eval)
        #expect(spans.map(\.name) == ["facts/a", "facts/b", "tools/w", "routes/r", "memory/m"])
        #expect(spans.map { $0.data["score"] } == [1, 0, 1, 1, 1] && spans.allSatisfy { $0.error == nil })
        #expect(spans[1].data["expected"] == ["n": 2] && spans[1].data["actual"] == ["n": 3])
        #expect(spans[1].data["valid"] == true)
        #expect(
            bench.outline == "eval(agent_step(llm_call)) eval(agent_step(llm_call)) eval(tool_request(llm_call)) "
                + "eval(decision(llm_call)) eval(memory agent_step(memory llm_call))"
        )
        #expect(report.description.contains("facts/b\n  expected {\"n\": 2}\n  found    {\"n\": 3}"))
        #expect(report.json["groups"]?[0]?["cases"]?[1]?["score"] == 0 && report.json["passed"] == true)
    }

    @Test func `an answer that isn't valid fails its group, whatever the threshold`() async throws {
        let (report, bench) = try await report(
            #"{"n": 1}"#,
            "no",
            "no",
            "no",
            "\(Self.weather)",
            #"{"choice": "y"}"#,
            "Rex."
        )
        #expect(!report.isPassed && report.groups.map(\.isPassed) == [false, true, true, true])
        #expect(report.groups[0].score == 0.5 && report.groups[0].valid == 1)
        #expect(bench.spans(.eval)[1].error?.contains("in 3 attempts") == true)
    }

    @Test func `below its threshold, a group fails`() async throws {
        let (report, _) = try await report(
            #"{"n": 1}"#,
            #"{"n": 2}"#,
            #"{"tool": "weather", "arguments": {"city": "Rome"}}"#,
            #"{"choice": "x"}"#,
            "?"
        )
        #expect(report.groups.map(\.isPassed) == [true, false, false, false])
    }

    @Test(
        arguments: [
            ("[", "no JSON"), ("{}", "dataset: groups: must be a list"), (#"{"groups": []}"#, "groups: there is none"),
            (#"{"groups": [{}]}"#, "group 1: name: must be a text"),
            (#"{"groups": [{"name": "g", "threshold": 2}]}"#, "g: threshold: must be a number in 0…1"),
            (#"{"groups": [{"name": "g", "threshold": 1, "task": "x"}]}"#, "g: task: x is none of"),
            (#"{"groups": [{"name": "g", "threshold": 1, "task": "structured", "schema": "{"}]}"#, "g: "),
            (#"{"groups": [{"name": "g", "threshold": 1, "task": "tool", "tools": ["oracle"]}]}"#, "no tool oracle"),
            (#"{"groups": [{"name": "g", "threshold": 1, "task": "memory", "cases": []}]}"#, "g: cases: there is none"),
            (
                #"{"groups": [{"name": "g", "threshold": 1, "task": "memory", "cases": [{"id": "c", "input": "i"}]}]}"#,
                "g/c: expected: is missing"
            ),
            (
                #"{"groups": [{"name": "g", "threshold": 1, "task": "memory", "cases": [{"id": "c", "expected": 1}]}]}"#,
                "g/c: input: must be a text"
            ),
            (
                #"{"groups": [{"name": "g", "threshold": 1, "task": "memory", "cases": [{"id": "c", "input": "", "expected": {"$is": 1}}]}]}"#,
                "g/c: $is: is none of"
            ),
        ]
    )
    func `a mistake in a dataset is named with its place`(_ text: String, _ message: String) throws {
        let error = try #require(throws: EvalError.self) { try EvalDataset(parsing: text) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func `groups and cases can be chosen, and must exist`() throws {
        let some = try dataset().filtered(groups: ["facts", "memory"], cases: ["b"])
        #expect(some.groups.map(\.name) == ["facts"] && some.groups[0].cases.map(\.id) == ["b"])
        #expect(throws: EvalError.self) { try dataset().filtered(groups: ["nope"], cases: nil) }
        #expect(throws: EvalError.self) { try dataset().filtered(groups: nil, cases: ["nope"]) }
    }

    @Test(
        arguments: [
            (["a": 1], ["a": 1.0, "b": 2], true), (["a": 1], ["b": 1], false), ([1, 2], [1, 2, 3], false),
            (["$contains": ["é", "B"]], "abE", true), (["$contains": "x"], "abc", false),
            (["$contains": "1"], 1, false),
            (["$contains": "a", "$lacks": "b"], "a", true), (["$contains": "a", "$lacks": "b"], "ab", false),
            (["$any_of": [1, ["$contains": "z"]]], "xyz", true), (["$any_of": [1]], 2, false), ([:], ["a": 1], true),
            ([:], "a", false), ("Oslo", "oslo", false),
        ] as [(JSONValue, JSONValue, Bool)]
    )
    func `what is expected holds or doesn't`(_ expected: JSONValue, _ actual: JSONValue, _ holds: Bool) {
        #expect(Expectation.holds(expected, of: actual) == holds)
    }
}
