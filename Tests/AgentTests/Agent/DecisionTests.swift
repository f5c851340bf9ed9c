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

    // MARK: By examples

    private static let examples = [
        (question: "Pay me.", choice: "billing"), (question: "It broke.", choice: "technical"),
        (question: "It hangs.", choice: "technical"),
    ]

    private func decide(
        _ model: Compass,
        _ bench: TestBench,
        configuration: Agent.Configuration = .init(),
        examples: [(question: String, choice: String)] = examples
    ) async throws -> String {
        try await Agent(model: model, telemetry: bench.telemetry, configuration: configuration)
            .decide("It crashed.", choices: ["billing", "technical"], examples: examples)
    }

    @Test func `a model that can compare decides by what the question is most like`() async throws {
        let bench = TestBench()
        #expect(try await decide(Compass(), bench) == "technical")
        #expect(bench.outline == "decision(llm_call)")
        let span = bench.spans(.decision)[0]
        #expect(span.name == "technical" && span.data.keys == ["choices", "scores", "selected"])
        let scores = try #require(span.data["scores"]?.object)
        #expect(scores.keys == ["billing", "technical"])
        #expect(try #require(scores["technical"]?.number) > #require(scores["billing"]?.number))
        let call = bench.spans(.llmCall)[0]
        #expect(call.name == "compass" && call.data["operation"] == "embed" && call.data["success"] == true)
        #expect(call.data["prompt_tokens"] == 12 && call.data["cached_tokens"] == 4)
        #expect(call.data["prompt"] == ["Pay me.", "It broke.", "It hangs.", "It crashed."])
        #expect(bench.telemetry.metrics.llmCalls == 1 && bench.telemetry.metrics.decisions == 1)
    }

    @Test(arguments: [true, false])
    func `without an example of each choice, or when told so, the model writes the choice`(_ isTold: Bool) async throws
    {
        let bench = TestBench()
        var configuration = Agent.Configuration()
        configuration.comparesExamples = !isTold
        let examples = isTold ? Self.examples : Array(Self.examples.dropFirst())
        #expect(try await decide(Compass(), bench, configuration: configuration, examples: examples) == "billing")
        #expect(bench.spans(.decision)[0].data.keys == ["choices", "attempts", "selected"])
    }

    @Test func `a model that can't compare after all fails the decision`() async throws {
        let bench = TestBench()
        var broken = Compass()
        broken.vectors["Pay me."] = nil
        let error = try await #require(throws: AgentError.self) { try await decide(broken, bench) }
        #expect(error.code == .model && error.message.contains("Mend its embed(_:)"))
        #expect(bench.outline == "decision!(llm_call!)")
        #expect(bench.spans(.llmCall)[0].data["failure"] == "generationFailed")
        #expect(bench.spans(.llmCall)[0].data["success"] == false)
    }

    @Test func `a model that two recorders record is compared with, too, in both logs`() async throws {
        let (inner, outer) = (TestBench(), TestBench())
        let model = RecordedModel(Compass(), telemetry: inner.telemetry)
        let agent = Agent(model: model, telemetry: outer.telemetry)
        let choice = try await agent.decide(
            "It crashed.",
            choices: ["billing", "technical"],
            examples: Self.examples
        )
        #expect(choice == "technical" && outer.outline == "decision(llm_call)" && inner.outline == "llm_call")
    }
}

/// A model that knows where some texts lie, and always writes `billing`.
private struct Compass: EmbeddingModel {
    let name = "compass"
    var vectors: [String: [Float]] = [
        "Pay me.": [5, 1], "It broke.": [5, -1], "It hangs.": [5.5, -1], "It crashed.": [5.1, -2],
    ]

    func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) -> Generation { Generation(text: #"{"choice": "billing"}"#) }

    func embed(_ texts: [String]) -> Embeddings {
        Embeddings(vectors: texts.compactMap { vectors[$0] }, promptTokens: 3 * texts.count, cachedTokens: texts.count)
    }
}
