import Telemetry
import Testing

/// What a recorder keeps, and forgets.
struct RecorderTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    @Test func `the recent spans come in the order in which they ended`() {
        telemetry.withSpan("outer") { _ in _ = telemetry.log("inner") }
        telemetry.log("last")
        #expect(telemetry.recentSpans().map(\.eventType) == ["inner", "outer", "last"])
        #expect(telemetry.recentSpans() == recorder.sink.spans)
    }

    @Test(arguments: [(-1, 0), (0, 0), (1, 1), (4, 4), (5, 5), (6, 5), (.max, 5), (.min, 0)])
    func `as many recent spans as asked for are the latest ones`(asked: Int, count: Int) {
        for place in 0..<5 { telemetry.log("x", name: "\(place)") }
        #expect(telemetry.recentSpans(asked).map(\.name) == (5 - count..<5).map { "\($0)" })
    }

    @Test func `a trace's spans are found, and no others`() {
        let first = telemetry.startTrace()
        telemetry.log("x", name: "1")
        telemetry.withTrace { _ in _ = telemetry.log("x", name: "2") }
        telemetry.log("x", name: "3")
        #expect(telemetry.spans(in: first).map(\.name) == ["1", "3"])
        #expect(telemetry.spans(in: TraceID(high: 1, low: 1)!).isEmpty)
    }

    @Test func `what is kept is bounded, and the latest stays`() {
        let recorder = DeterministicRecorder(recentBytes: 2000)
        for place in 0..<100 { recorder.telemetry.log("x", name: "\(place)") }
        let names = recorder.telemetry.recentSpans().map(\.name)
        #expect((5..<20).contains(names.count))
        #expect(names == (100 - names.count..<100).map { "\($0)" })
        #expect(recorder.sink.lines.count == 100)
        #expect(recorder.telemetry.metrics.spans == 100)
    }

    @Test(arguments: [0, 1, 3, 4, 100, -5])
    func `a recorder that keeps nothing still records`(recentBytes: Int) {
        let recorder = DeterministicRecorder(recentBytes: recentBytes)
        let trace = recorder.telemetry.startTrace()
        recorder.telemetry.log("x")
        #expect(recorder.telemetry.recentSpans().isEmpty)
        #expect(recorder.telemetry.spans(in: trace).isEmpty)
        #expect(recorder.sink.lines.count == 1)
    }

    @Test func `clearing forgets what was recorded, and lets running spans go on`() {
        let trace = telemetry.startTrace()
        let running = telemetry.startSpan("running")
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .seconds(1))
        let ended = telemetry.startSpan("ended")
        ended.end()
        ended.end()
        telemetry.clear()
        #expect(telemetry.metrics == Metrics())
        #expect(telemetry.summary == Metrics().summary)
        #expect(telemetry.recentSpans().isEmpty)
        #expect(recorder.sink.lines.isEmpty)
        running.end()
        telemetry.log("next")
        #expect(telemetry.recentSpans().map(\.eventType) == ["running", "next"])
        #expect(telemetry.recentSpans().allSatisfy { $0.traceID == trace })
        #expect(telemetry.metrics.spans == 2)
    }

    @Test func `clearing counts what is dropped from then on`() {
        telemetry.close()
        telemetry.log("x")
        #expect(telemetry.metrics.droppedSpans == 1)
        telemetry.clear()
        #expect(telemetry.metrics.droppedSpans == 0)
        telemetry.log("x")
        #expect(telemetry.metrics.droppedSpans == 1)
    }

    @Test func `after closing, what is recorded is counted as dropped`() {
        telemetry.log("x")
        #expect(telemetry.flush() == .delivered)
        telemetry.close()
        telemetry.close()
        telemetry.log("x")
        #expect(recorder.sink.lines.count == 1)
        #expect(telemetry.metrics.droppedSpans == 1)
        #expect(telemetry.flush() == .failed("1 span was dropped"))
        #expect(telemetry.metrics.spans == 2)
    }

    @Test func `the same program gives the same log each time`() {
        func record() -> [String] {
            let recorder = DeterministicRecorder()
            recorder.telemetry.withTrace("question", userID: "ann") { _ in
                recorder.time.advance(by: .milliseconds(3))
                recorder.telemetry.logDecision(choices: ["a", "b"], selected: "b")
                recorder.telemetry.withSpan(.llmCall, name: "m") { _ in recorder.time.advance(by: .microseconds(1500)) }
            }
            return recorder.sink.lines
        }
        #expect(record() == record())
        #expect(
            record().last == #"{"span_id":"0000000000000001","trace_id":"00000000000000000000000000000001","#
                + #""event_type":"agent_run","name":"question","timestamp":"2026-01-15T10:30:00.123456Z","#
                + #""duration_ms":4.5,"data":{"user_id":"ann"}}"#
        )
    }
}
