import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct StructuredTests {
    private let schema: Schema = #"{"answer": string 1..20}"#

    private func failure(_ bench: TestBench, schema: Schema? = nil) async throws -> AgentError {
        try await #require(throws: AgentError.self) {
            try await bench.agent.generateStructured("What is Python?", schema: schema ?? self.schema)
        }
    }

    @Test func `an answer that fits comes at once`() async throws {
        let bench = TestBench(#"{"answer": "A language."}"#)
        let answer = try await bench.agent.generateStructured("What is Python?", schema: schema)
        #expect(answer == ["answer": "A language."])
        #expect(bench.outline == "agent_step(llm_call)")
        let step = try #require(bench.spans(.agentStep).first)
        #expect(step.name == "structured" && step.data["schema"] == .string(schema.description))
        #expect(step.parentID == nil && bench.spans(.llmCall)[0].parentID == step.id)
        let metrics = bench.telemetry.metrics
        #expect(metrics.llmCalls == 1 && metrics.llmFailures == 0 && metrics.llmRetries == 0)
    }

    @Test func `the model is told the schema, the examples and the question, and is held to the schema`() async throws {
        let bench = TestBench(#"{"answer": "A language."}"#)
        _ = try await bench.agent.generateStructured(
            "What is Python?",
            schema: schema,
            examples: [Example("What is tea?", ["answer": "A drink."])]
        )
        let request = try #require(bench.model.requests.first)
        #expect(request.messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(request.messages[0].content.contains(schema.description))
        #expect(
            request.messages.dropFirst().map(\.content) == [
                "What is tea?", #"{"answer": "A drink."}"#, "What is Python?",
            ]
        )
        #expect(request.options.schema == schema && request.options.temperature == 0)
    }

    @Test(
        arguments: [
            ("", "at byte 0"), ("Python is a language.", "at byte 0"), (#"{"answer": "#, "at byte 11"),
            (#"{"answer": "a"} {"answer": "b"}"#, "at byte 16"), (#"{"answer": 1}"#, "$.answer: expected string 1..20"),
            (#"{"answer": ""}"#, "0 characters"), (#"{"Answer": "a"}"#, "$.answer"), ("[]", "expected"),
            (#"{"answer": "a", "more": 1}"#, "no other keys"), ("null", "null"),
            (String(repeating: "[", count: 100_000), "at byte "),
        ]
    )
    func `an answer of no use is asked for again`(_ text: String, _ reason: String) async throws {
        let bench = TestBench("\(text)", #"{"answer": "A language."}"#)
        let answer = try await bench.agent.generateStructured("What is Python?", schema: schema)
        #expect(answer == ["answer": "A language."])

        #expect(bench.outline == "agent_step(llm_call! llm_call)")
        let calls = bench.spans(.llmCall)
        #expect(calls.map { $0.data["attempt"]?.integer } == [1, 2])
        #expect(calls.map { $0.data["success"]?.bool } == [false, true])
        let error = try #require(calls[0].error)
        #expect(error.contains(reason), "\(error)")
        let metrics = bench.telemetry.metrics
        #expect(metrics.llmCalls == 2 && metrics.llmFailures == 1 && metrics.llmRetries == 1)
        #expect(metrics.llmSuccessRate == 0.5)
    }

    @Test func `a repetition is another question, or the answer would be the same`() async throws {
        let bench = TestBench("", "", #"{"answer": "yes"}"#)
        _ = try await bench.agent.generateStructured("Really?", schema: schema)
        let options = bench.model.requests.map(\.options)
        #expect(options.map(\.temperature) == [0, 0.5, 0.5])
        #expect(options.map(\.seed) == [0, 1, 2])
        #expect(options.allSatisfy { $0.schema == schema && $0.maxTokens == 256 })
        #expect(Set(bench.model.requests.map(\.messages)).count == 1)
    }

    @Test func `a seed at its end begins anew, and a higher temperature stays`() async throws {
        let options = GenerationOptions(temperature: 0.9, seed: .max)
        let bench = TestBench(ScriptedModel("", #"{"answer": "yes"}"#), configuration: .init(options: options))
        _ = try await bench.agent.generateStructured("Really?", schema: schema)
        #expect(bench.model.requests.map(\.options.seed) == [.max, 0])
        #expect(bench.model.requests.map(\.options.temperature) == [0.9, 0.9])
    }

    @Test func `an answer that was cut off is called so`() async throws {
        let cut = ScriptedModel.Answer.text(#"{"answer": "A lan"#, finishReason: .length)
        let bench = TestBench(cut, #"{"answer": "A language."}"#)
        _ = try await bench.agent.generateStructured("What is Python?", schema: schema)
        let call = bench.spans(.llmCall)[0]
        let error = try #require(call.error)
        #expect(error.hasPrefix("the answer was cut off after 17 tokens: "), "\(error)")
        #expect(call.data["finish_reason"] == "length" && call.data["response"] == #"{"answer": "A lan"#)
    }

    @Test func `a last attempt that was cut off is an error of its own, with the text so far`() async throws {
        let cut = ScriptedModel.Answer.text(#"{"answer": "A lan"#, finishReason: .length)
        let bench = TestBench("no", "{}", cut)
        let error = try await failure(bench)
        #expect(error.code == .cutOff)
        let unusable = try #require(error.underlying as? UnusableAnswer)
        #expect(unusable.reason == .cutOff && unusable.text == #"{"answer": "A lan"#)
        #expect(bench.spans(.llmCall).map { $0.data["failure"] } == ["not_json", "unfit", "cut_off"])
        #expect(bench.spans(.agentStep)[0].data["attempts"] == 3)
    }

    @Test func `an answer that is complete at the last token is not cut off`() async throws {
        let bench = TestBench(.text(#"{"answer": "yes"}"#, finishReason: .length))
        #expect(try await bench.agent.generateStructured("Really?", schema: schema)["answer"] == "yes")
    }

    @Test func `after the last attempt the error says why, what to do, and in which trace`() async throws {
        let bench = TestBench("no", "still no", #"{"answer": 7}"#)
        let error = try await failure(bench)
        #expect(error.code == .structuredOutput)
        let reason = #"{"answer": string 1..20} in 3 attempts: $.answer: expected string 1..20, found 7"#
        #expect(error.message.contains(reason))
        #expect(error.message.hasSuffix("Allow more tokens, or ask for less."))
        #expect(error.traceID == bench.sink.spans[0].traceID)
        #expect("\(error)" == "\(error.message) (trace \(error.traceID.short))")
        #expect(bench.outline == "agent_step!(llm_call! llm_call! llm_call!)")
        #expect(bench.spans(.agentStep)[0].error == "\(error)")
        #expect(bench.telemetry.metrics.llmRetries == 2 && bench.telemetry.metrics.llmSuccessRate == 0)
    }

    @Test(arguments: [1, 0, -7, Int.min])
    func `there is at least one attempt`(_ attempts: Int) async throws {
        var configuration = Agent.Configuration()
        configuration.maxAttempts = attempts
        let bench = TestBench(ScriptedModel("no", #"{"answer": "yes"}"#), configuration: configuration)
        let error = try await failure(bench)
        #expect(error.message.contains("in 1 attempt: "), "\(error)")
        #expect(bench.model.requests.count == 1)
    }

    @Test func `a model that fails isn't asked again`() async throws {
        let broken = ModelError(.promptTooLong, "prompt: has 9 tokens, and must fit in 8. Shorten the messages.")
        let bench = TestBench(.failure(broken), #"{"answer": "yes"}"#)
        let error = try await failure(bench)
        #expect(error.code == .model && error.message == broken.message && error.underlying as? ModelError == broken)
        #expect(bench.model.requests.count == 1 && bench.outline == "agent_step!(llm_call!)")
        #expect(bench.spans(.llmCall)[0].error == broken.message)
    }

    @Test func `a cancelled task gives up, and says so in the log`() async throws {
        let bench = TestBench(.never, #"{"answer": "yes"}"#)
        let task = Task { try await bench.agent.generateStructured("Really?", schema: schema) }
        try await bench.model.waitUntilCalled()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(bench.sink.spans.map(\.error) == ["cancelled", "cancelled"])
        #expect(bench.model.requests.count == 1)
    }

    @Test func `cancelled between attempts, it doesn't ask again`() async throws {
        // A model that doesn't look whether it was cancelled.
        struct Deaf: LanguageModel {
            let name = "deaf"
            let asked = Collected<[Message]>()
            func generate(
                _ messages: [Message],
                options: GenerationOptions,
                onPiece: (@Sendable (String) -> Void)?
            ) async throws -> Generation {
                asked.append(messages)
                withUnsafeCurrentTask { $0?.cancel() }
                return Generation(text: "no")
            }
        }
        let (model, bench) = (Deaf(), TestBench())
        let agent = Agent(model: model, telemetry: bench.telemetry)
        let task = Task { try await agent.generateStructured("Really?", schema: schema) }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(model.asked.all.count == 1 && bench.spans(.agentStep)[0].error == "cancelled")
    }

    @Test(arguments: [("true", true), ("-3", -3), ("[1, 2]", [1, 2]), ("null", nil)] as [(String, JSONValue)])
    func `an answer may be any JSON`(_ text: String, _ value: JSONValue) async throws {
        let bench = TestBench("\(text)")
        #expect(try await bench.agent.generateStructured("?", schema: "boolean | integer | [integer] | null") == value)
    }

    @Test func `an empty question is the model's to refuse`() async throws {
        let bench = TestBench(#"{"answer": "What?"}"#)
        #expect(try await bench.agent.generateStructured("", schema: schema)["answer"] == "What?")
    }
}
