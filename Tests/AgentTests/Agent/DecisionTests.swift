import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct DecisionTests {
    @Test func `what was chosen is recorded with what there was to choose from`() async throws {
        let bench = TestBench(#"{"choice": "search"}"#)
        let choice = try await bench.agent.decide("Who is the mayor of Paris?", choices: ["answer", "search"])
        #expect(choice == "search")
        #expect(bench.outline == "decision(llm_call)")
        let span = try #require(bench.spans(.decision).first)
        #expect(span.data == ["choices": ["answer", "search"], "attempts": 1, "selected": "search"])
        #expect(span.data.keys == ["choices", "attempts", "selected"] && span.error == nil)
        #expect(bench.telemetry.metrics.decisions == 1)
    }

    @Test func `the model is held to the choices, and shown the examples`() async throws {
        let bench = TestBench(#"{"choice": "b \"quoted\""}"#)
        _ = try await bench.agent.decide(
            "Which?",
            choices: ["a", #"b "quoted""#],
            examples: [(question: "The first?", choice: "a")]
        )
        let request = try #require(bench.model.requests.first)
        #expect(request.options.schema?.description == #"{"choice": "a" | "b \"quoted\""}"#)
        #expect(request.messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(request.messages.dropFirst().map(\.content) == ["The first?", #"{"choice": "a"}"#, "Which?"])
        #expect(request.messages[0].content.contains(#"- b "quoted""#))
    }

    @Test(arguments: [([], "there is nothing to choose from"), (["a", "b", "a"], "a choice stands twice")])
    func `choices that are none are an error, without a call`(_ choices: [String], _ reason: String) async throws {
        let bench = TestBench()
        let error = try await #require(throws: AgentError.self) { try await bench.agent.decide("?", choices: choices) }
        #expect(error.code == .invalidChoices)
        #expect(error.message == "decide: \(reason). Pass one or more distinct choices.")
        #expect(bench.model.requests.isEmpty && bench.outline == "decision!")
        let span = bench.spans(.decision)[0]
        #expect(span.data == ["choices": .array(choices.map(JSONValue.string))] && span.error == "\(error)")
        #expect(span.traceID == error.traceID)
    }

    @Test func `one choice is a choice, and the empty text can be one`() async throws {
        let bench = TestBench(#"{"choice": ""}"#)
        #expect(try await bench.agent.decide("?", choices: [""]) == "")
        #expect(bench.spans(.decision)[0].data == ["choices": [""], "attempts": 1, "selected": ""])
    }

    @Test func `a choice that there isn't is asked for again`() async throws {
        let bench = TestBench(#"{"choice": "Search"}"#, #"{"choice": "search"}"#)
        #expect(try await bench.agent.decide("?", choices: ["search", "answer"]) == "search")
        #expect(bench.outline == "decision(llm_call! llm_call)")
    }

    @Test func `a decision that fails has nothing selected`() async throws {
        let bench = TestBench("a", "b", "c")
        let error = try await #require(throws: AgentError.self) { try await bench.agent.decide("?", choices: ["x"]) }
        #expect(error.code == .structuredOutput)
        let span = bench.spans(.decision)[0]
        #expect(span.data.keys == ["choices", "attempts"] && span.error == "\(error)")
    }
}
