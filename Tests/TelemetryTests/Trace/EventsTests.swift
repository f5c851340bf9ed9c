import Telemetry
import Testing

/// The `log…` methods.
struct EventsTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    @Test func `a model call has the schema's data in the schema's order`() throws {
        let id = telemetry.logLLMCall(
            model: "a model",
            promptLength: 256,
            responseLength: 89,
            duration: .microseconds(1_523_450),
            promptTokens: 64,
            cachedTokens: 32,
            completionTokens: 20,
            attempt: 2,
            data: ["temperature": 0.5]
        )
        let span = try #require(recorder.sink.spans.first)
        #expect(span.id == id)
        #expect(span.eventType == .llmCall)
        #expect(span.name == "a model")
        #expect(span.duration == .microseconds(1_523_450))
        #expect(span.timestamp == recorder.time.wallTime() - .microseconds(1_523_450))
        #expect(
            span.data.description == #"{"model":"a model","prompt_length":256,"response_length":89,"prompt_tokens":64,"#
                + #""cached_tokens":32,"completion_tokens":20,"attempt":2,"success":true,"temperature":0.5}"#
        )
    }

    @Test func `a model call without the optional parts leaves their keys out`() {
        telemetry.logLLMCall(promptLength: 1, responseLength: 2, duration: .zero)
        #expect(
            recorder.sink.spans.first?.data.description
                == #"{"prompt_length":1,"response_length":2,"attempt":1,"success":true}"#
        )
        #expect(recorder.sink.spans.first?.name == nil)
    }

    @Test func `a model call with its texts has their lengths, unless others are given`() {
        telemetry.logLLMCall(prompt: "ünï", response: "no", responseLength: 7, duration: .zero)
        telemetry.logLLMCall(prompt: "ünï", duration: .zero, data: ["seed": 1])
        #expect(
            recorder.sink.spans.map(\.data.description) == [
                #"{"prompt_length":3,"response_length":7,"attempt":1,"success":true,"prompt":"ünï","response":"no"}"#,
                #"{"prompt_length":3,"attempt":1,"success":true,"prompt":"ünï","seed":1}"#,
            ]
        )
    }

    @Test(arguments: ["a \"quoted\" mødel\n", "Bearer abcdefgh12345678", "", String(repeating: "long ", count: 400)])
    func `the name stands in the data as it is, with its secrets masked`(name: String) throws {
        telemetry.logToolCall(name, duration: .zero)
        let span = try #require(recorder.sink.spans.first)
        let expected = Redaction().masked(name) ?? name
        #expect(span.data["tool"] == .string(expected))
        if name.utf8.count <= 64 { #expect(span.name == expected) }
    }

    @Test(arguments: [(true, nil, true), (false, nil, false), (true, "timeout", false), (false, "timeout", false)])
    func `a model call with an error never was a success`(success: Bool, error: String?, recorded: Bool) {
        telemetry.logLLMCall(promptLength: 1, responseLength: 0, duration: .zero, success: success, error: error)
        #expect((recorder.sink.spans.first?.data["success"] as Bool?) == recorded)
        #expect(recorder.sink.spans.first?.error == error)
        #expect(telemetry.metrics.llmFailures == (recorded ? 0 : 1))
    }

    @Test func `tools, memory and decisions have the schema's data`() {
        telemetry.logToolRequest("calculator", arguments: ["a": 42, "operation": "multiply"])
        telemetry.logToolCall("calculator", arguments: ["a": 42], result: 294, duration: .microseconds(5230))
        telemetry.logToolCall("calculator", duration: .zero, error: "division by zero")
        telemetry.logMemoryOperation(.add, data: ["fact": "x"], duration: .milliseconds(1))
        telemetry.logMemoryOperation(.clear)
        telemetry.logDecision(choices: ["search", "answer"], selected: "answer")
        telemetry.logDecision(choices: [], selected: nil, error: "nothing to choose")
        let spans = recorder.sink.spans
        #expect(
            spans.map(\.eventType) == [.toolRequest, .toolCall, .toolCall, .memory, .memory, .decision, .decision]
        )
        #expect(spans.map(\.name) == ["calculator", "calculator", "calculator", "add", "clear", "answer", nil])
        #expect(
            spans.map(\.data.description) == [
                #"{"tool":"calculator","arguments":{"a":42,"operation":"multiply"}}"#,
                #"{"tool":"calculator","arguments":{"a":42},"result":294}"#,
                #"{"tool":"calculator","arguments":{}}"#,
                #"{"operation":"add","data":{"fact":"x"}}"#,
                #"{"operation":"clear"}"#,
                #"{"choices":["search","answer"],"selected":"answer"}"#,
                #"{"choices":[]}"#,
            ]
        )
        #expect(
            spans.map(\.duration) == [nil, .microseconds(5230), .zero, .milliseconds(1), nil, nil, nil]
        )
        #expect(spans.map(\.error) == [nil, nil, "division by zero", nil, nil, nil, "nothing to choose"])
    }

    @Test(arguments: [Duration.seconds(-1), .seconds(Int64.max), .seconds(Int64.min), .nanoseconds(-1)])
    func `an absurd duration doesn't trap`(duration: Duration) throws {
        telemetry.log("x", duration: duration)
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: duration)
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: duration)
        let recorded = try #require(telemetry.recentSpans().first?.duration)
        #expect(recorded >= .zero)
        #expect(!telemetry.summary.isEmpty)
    }

    @Test func `data of ten thousand members is recorded in good time`() {
        let data = JSONObject((0..<10_000).map { ("key\($0)", JSONValue.integer($0)) })
        telemetry.startTrace(userID: "ann")
        telemetry.log("x", data: data)
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .zero, data: data)
        #expect(recorder.sink.spans.map(\.data.count) == [10_001, 10_005])
    }
}
