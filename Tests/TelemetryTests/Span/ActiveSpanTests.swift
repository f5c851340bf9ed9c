import Telemetry
import Testing

struct ActiveSpanTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    @Test func `a name may be given when it is known, until the end`() {
        let sink = InMemorySink()
        let telemetry = Telemetry(sink: sink)
        let span = telemetry.startSpan(.toolRequest)
        #expect(span.name == nil)
        span.name = "calculator"
        span.end()
        span.name = "late"
        #expect(sink.spans.map(\.name) == ["calculator"])
        #expect(telemetry.metrics.ignoredCalls == 1)
    }

    @Test func `a span takes data until it ends`() throws {
        let span = telemetry.startSpan(.llmCall, name: "a model", data: ["first": 1])
        span["prompt_tokens"] = 12
        span["first"] = "changed"
        span["arguments"] = ["a": 42, "b": [7, nil]]
        span["gone"] = true
        span["gone"] = nil
        #expect((span["prompt_tokens"] as Int?) == 12)
        #expect((span["arguments"] as JSONObject?)?["a"] == 42)
        #expect((span["none"] as String?) == nil)
        recorder.time.advance(by: .microseconds(1_234_567))
        #expect(recorder.sink.lines.isEmpty)
        span.end()
        let record = try #require(recorder.sink.spans.first)
        #expect(record.id == span.id)
        #expect(record.traceID == span.traceID)
        #expect(record.eventType == .llmCall)
        #expect(record.name == "a model")
        #expect(record.duration == .microseconds(1_234_567))
        #expect(record.timestamp == Timestamp("2026-01-15T10:30:00.123456Z"))
        #expect(record.data.description == #"{"first":"changed","prompt_tokens":12,"arguments":{"a":42,"b":[7,null]}}"#)
        #expect(record.error == nil)
    }

    @Test func `ending twice and setting after the end are ignored and counted`() {
        let span = telemetry.startSpan("x")
        span.end()
        span.end()
        span["late"] = 1
        span["late"] = ["an": "object"]
        span["late"] = nil
        span.fail("late")
        span.fail(Failure())
        #expect(recorder.sink.lines.count == 1)
        #expect(recorder.sink.spans.first?.data == [:])
        #expect(recorder.sink.spans.first?.error == nil)
        #expect(telemetry.metrics.spans == 1)
        #expect(telemetry.metrics.ignoredCalls == 6)
    }

    @Test func `reading after the end is no misuse`() {
        let span = telemetry.startSpan("x", data: ["a": 1])
        span.end()
        #expect((span["a"] as Int?) == 1)
        #expect(telemetry.metrics.ignoredCalls == 0)
    }

    @Test func `ended in its own scope, a span isn't ended again behind it`() {
        telemetry.withSpan("x") { span in span.end() }
        #expect(recorder.sink.lines.count == 1)
        #expect(telemetry.metrics.ignoredCalls == 0)
    }

    @Test func `released without an end, a span is recorded as failed`() {
        do { telemetry.startSpan("x")["a"] = 1 }
        #expect(recorder.sink.spans.map(\.error) == ["the span was released without being ended"])
        #expect(recorder.sink.spans.first?.data == ["a": 1])
    }

    @Test func `released after its end, a span is recorded once`() {
        do { telemetry.startSpan("x").end() }
        #expect(recorder.sink.spans.map(\.error) == [nil])
        #expect(telemetry.metrics.ignoredCalls == 0)
    }

    @Test func `of several failures the last one counts`() {
        let span = telemetry.startSpan("x")
        span.fail("first")
        span.fail(Failure())
        span.end()
        #expect(recorder.sink.spans.map(\.error) == ["it broke"])
    }

    @Test func `from eight tasks at once, a span ends exactly once`() async {
        for round in 1...50 {
            let span = telemetry.startSpan("x")
            await withTaskGroup { group in
                for _ in 0..<8 { group.addTask { span.end() } }
            }
            #expect(recorder.sink.lines.count == round)
            #expect(telemetry.metrics.ignoredCalls == round * 7)
        }
    }

    @Test func `what eight tasks set at once is all there`() async throws {
        let span = telemetry.startSpan("x")
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask { for place in 0..<50 { span["\(task).\(place)"] = place } }
            }
        }
        span.end()
        let data = try #require(recorder.sink.spans.first?.data)
        #expect(data.count == 400)
        #expect((data["7.49"] as Int?) == 49)
    }

    @Test func `a value of the program's own may look at the span that it goes to`() {
        let span = telemetry.startSpan("x", data: ["a": 1])
        span["b"] = Curious(span: span)
        #expect((span["b"] as Int?) == 1)
        span.end()
    }

    @Test func `the wall clock may go back: the duration doesn't`() throws {
        let span = telemetry.startSpan("x")
        recorder.time.advance(by: .seconds(2))
        recorder.time.setWallTime(Timestamp(microseconds: 0))
        span.end()
        #expect(recorder.sink.spans.map(\.duration) == [.seconds(2)])
    }
}

private struct Failure: Error, CustomStringConvertible {
    var description: String { "it broke" }
}

/// A value that reads the span while it is being set on it.
private struct Curious: JSONRepresentable {
    let span: ActiveSpan?
    init(span: ActiveSpan) { self.span = span }
    init?(json: JSONValue) { span = nil }
    var json: JSONValue { span?["a"] ?? nil }
}
