import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct RecordedModelTests {
    private let bench = TestBench()
    private let question: [Message] = [.system("Be brief."), .user("Why? 👩‍👩‍👧")]

    /// A model with these answers, which the bench's recorder records.
    private func model(_ answers: ScriptedModel.Answer...) -> RecordedModel {
        RecordedModel(ScriptedModel(answers), telemetry: bench.telemetry)
    }

    private func call() throws -> Span { try #require(bench.spans(.llmCall).last) }

    @Test func `a call is a span with all that there is to know, in a sensible order`() async throws {
        let generation = Generation(
            text: "Because 👍🏽",
            finishReason: .length,
            promptTokens: 12,
            cachedTokens: 5,
            completionTokens: 9,
            forcedTokens: 4,
            timeToFirstToken: .microseconds(12_345),
            timeToLastToken: .microseconds(76_345)
        )
        let options = GenerationOptions(
            maxTokens: 9,
            temperature: 0.7,
            topK: 4,
            topP: 0.9,
            minP: 0.1,
            seed: .max,
            stop: ["\n"],
            schema: #"{"answer": string}"#
        )
        let answer = try await model(.generation(generation)).generate(question, options: options)
        #expect(answer == generation)

        let span = try call()
        #expect(span.name == "scripted" && span.error == nil && !span.isFailure)
        #expect(
            span.data.keys == [
                "model", "prompt_length", "response_length", "prompt_tokens", "cached_tokens", "completion_tokens",
                "forced_tokens", "time_to_first_token_ms", "tokens_per_second", "finish_reason", "attempt", "success",
                "max_tokens",
                "temperature", "top_k", "top_p", "min_p", "seed", "stop", "schema", "prompt", "response",
            ]
        )
        #expect(
            span.data == [
                "model": "scripted", "prompt_length": 15, "response_length": 9, "prompt_tokens": 12,
                "cached_tokens": 5, "completion_tokens": 9, "forced_tokens": 4, "time_to_first_token_ms": 12.345,
                "tokens_per_second": 62.5, "finish_reason": "length", "attempt": 1, "success": true, "max_tokens": 9,
                "temperature": 0.7,
                "top_k": 4, "top_p": 0.9, "min_p": 0.1, "seed": 4_294_967_295, "stop": ["\n"],
                "schema": #"{"answer": string}"#,
                "prompt": [
                    ["role": "system", "content": "Be brief."], ["role": "user", "content": "Why? 👩‍👩‍👧"],
                ],
                "response": "Because 👍🏽",
            ]
        )
    }

    @Test func `what doesn't apply is left out`() async throws {
        _ = try await model("").generate([.user("")], options: GenerationOptions())
        #expect(
            try call().data.keys == [
                "model", "prompt_length", "response_length", "prompt_tokens", "cached_tokens", "completion_tokens",
                "forced_tokens", "finish_reason", "attempt", "success", "max_tokens", "temperature", "prompt",
                "response",
            ]
        )
    }

    @Test(arguments: [0, 1])
    func `a rate needs a second token`(_ tokens: Int) async throws {
        _ = try await model(.generation(Generation(text: "a", completionTokens: tokens, timeToFirstToken: .zero)))
            .generate([.user("")])
        #expect(try call().data["tokens_per_second"] as JSONValue? == nil)
    }

    @Test func `the rate of a model that tells only of its first token is an estimate`() async throws {
        let answer = Generation(text: "abc", completionTokens: 3, timeToFirstToken: .milliseconds(1))
        _ = try await model(.generation(answer, after: .milliseconds(11))).generate([.user("")])
        let rate = try #require(try call().data["tokens_per_second"]?.number)
        #expect(rate > 0 && rate <= 200, "the 2 tokens after the first one took at least 10 ms")
    }

    @Test func `a first token that came after the end gives no rate`() async throws {
        let strange = Generation(text: "ab", completionTokens: 2, timeToFirstToken: .seconds(100))
        _ = try await model(.generation(strange)).generate([.user("")])
        #expect(try call().data["tokens_per_second"] as JSONValue? == nil)
    }

    @Test func `the duration is the recorder's, not the model's`() async throws {
        let clock = bench.clock
        let slow = ScriptedModel { _ in
            clock.advance(by: .milliseconds(1523))
            return "yes"
        }
        _ = try await RecordedModel(slow, telemetry: bench.telemetry).generate([.user("Really?")])
        #expect(try call().duration == .milliseconds(1523))
        #expect(bench.telemetry.metrics.totalLatency == .milliseconds(1523))
    }

    @Test func `a failed call is recorded with what was asked`() async throws {
        let failure = ModelError(.promptTooLong, "prompt: has 9 tokens.")
        await #expect(throws: failure) { try await model(.failure(failure)).generate(question) }
        let span = try call()
        #expect(span.error == "prompt: has 9 tokens." && span.isFailure)
        #expect(
            span.data.keys == [
                "model", "prompt_length", "attempt", "success", "failure", "max_tokens", "temperature", "prompt",
            ]
        )
        #expect(span.data["failure"] == "promptTooLong")
        #expect(span.data["success"] == false && span.data["prompt_length"] == 15)
        #expect(bench.telemetry.metrics.llmCalls == 1 && bench.telemetry.metrics.llmFailures == 1)
    }

    @Test func `a cancelled call is recorded as such`() async throws {
        let model = model(.never)
        let task = Task { try await model.generate(question) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let span = try call()
        #expect(span.error == "cancelled" && span.data["success"] == false && span.data["failure"] == "cancelled")
    }

    @Test func `an answer that can't be read is a failed call that keeps the answer`() async throws {
        struct Unreadable: Error, CustomStringConvertible { let description = "no number" }
        await #expect(throws: Unreadable.self) {
            try await model("forty-two").generate(question, options: .init(), attempt: 3) { _ in throw Unreadable() }
        }
        let span = try call()
        #expect(span.error == "no number" && span.data["success"] == false)
        #expect(span.data["response"] == "forty-two" && span.data["response_length"] == 9)
        #expect(span.data["attempt"] == 3 && bench.telemetry.metrics.llmRetries == 1)
    }

    @Test func `pieces pass through as they come`() async throws {
        let pieces = Collected<String>()
        let answer = try await model(.text("Hello 👋🏽!", pieces: ["Hel", "lo ", "👋🏽", "!"]))
            .generate(question, options: .init()) { pieces.append($0) }
        #expect(pieces.all == ["Hel", "lo ", "👋🏽", "!"] && answer.text == pieces.all.joined())
        #expect(bench.spans(.llmCall).count == 1)
    }

    @Test func `a failed call has passed on the pieces that came before`() async throws {
        let pieces = Collected<String>()
        let failing = model(.failure(ModelError(.generationFailed, "broke"), pieces: ["a", "b"]))
        await #expect(throws: ModelError.self) {
            try await failing.generate(question, options: .init()) { pieces.append($0) }
        }
        #expect(pieces.all == ["a", "b"])
        let span = try call()
        #expect(span.data["response"] == "ab", "what was said is in the log")
    }

    @Test func `a stream is one call, within the span that the task is in`() async throws {
        let model = model("Hi!")
        var text = ""
        try await bench.telemetry.withTrace { _ in
            for try await piece in model.stream(question) { text += piece }
            // The stream ends in a task of its own, just after the last piece.
            while bench.spans(.llmCall).isEmpty { await Task.yield() }
        }
        #expect(text == "Hi!" && bench.outline == "agent_run(llm_call)")
    }

    @Test func `a stream that nobody reads on is cancelled, and recorded so`() async throws {
        let model = model(.never)
        let task = Task { for try await _ in model.stream(question) {} }
        task.cancel()
        _ = try? await task.value
        while bench.spans(.llmCall).isEmpty { await Task.yield() }
        #expect(try call().error == "cancelled")
    }

    @Test func `a stream fails as the call did`() async throws {
        let failure = ModelError(.generationFailed, "broke")
        let model = model(.failure(failure, pieces: ["a"]))
        var text = ""
        await #expect(throws: failure) { for try await piece in model.stream(question) { text += piece } }
        #expect(text == "a")
    }

    @Test func `a call is recorded once, however often the model is wrapped`() async throws {
        let base = ScriptedModel("a", "b")
        var model = RecordedModel(base, telemetry: bench.telemetry)
        for _ in 1...3 { model = RecordedModel(model, telemetry: bench.telemetry) }
        _ = try await model.generate(question)
        #expect(bench.spans(.llmCall).count == 1 && model.base is ScriptedModel)
        let agent = Agent(model: model, telemetry: bench.telemetry)
        _ = try await agent.reply(to: "Hi")
        #expect(bench.spans(.llmCall).count == 2 && base.requests.count == 2)
    }

    @Test func `a second recorder takes nothing from the first`() async throws {
        let other = TestBench()
        let model = RecordedModel(model("a"), telemetry: other.telemetry)
        _ = try await model.generate(question)
        #expect(bench.spans(.llmCall).count == 1 && other.spans(.llmCall).count == 1)
    }

    @Test func `the name is the model's own`() {
        #expect(RecordedModel(ScriptedModel([], name: "m"), telemetry: bench.telemetry).name == "m")
    }
}
