import Telemetry
import Testing

/// What `withTrace` and `withSpan` do with their body.
struct ScopeTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    private struct Failure: Error, Equatable {
        var reason = "it broke"
    }

    @Test func `the body's result is handed on, and the span ends after it`() async {
        let number = telemetry.withSpan("x", name: "sync", data: ["a": 1]) { span in
            span["b"] = 2
            recorder.time.advance(by: .milliseconds(5))
            return 42
        }
        let text = await telemetry.withTrace("async", data: ["a": 1]) { trace in
            await Task.yield()
            trace["b"] = 2
            recorder.time.advance(by: .milliseconds(7))
            return "text"
        }
        #expect(number == 42)
        #expect(text == "text")
        #expect(recorder.sink.spans.map(\.name) == ["sync", "async"])
        #expect(recorder.sink.spans.map(\.eventType) == ["x", .agentRun])
        #expect(recorder.sink.spans.map(\.duration) == [.milliseconds(5), .milliseconds(7)])
        #expect(recorder.sink.spans.allSatisfy { $0.data == ["a": 1, "b": 2] && $0.error == nil })
    }

    @Test func `an error is recorded and thrown on`() async {
        #expect(throws: Failure()) { try telemetry.withSpan("x") { _ in throw Failure() } }
        #expect(throws: Failure()) { try telemetry.withTrace { _ in throw Failure() } }
        await #expect(throws: Failure()) {
            try await telemetry.withSpan("x") { _ in
                await Task.yield()
                throw Failure()
            }
        }
        await #expect(throws: Failure()) {
            try await telemetry.withTrace { _ in
                await Task.yield()
                throw Failure()
            }
        }
        #expect(recorder.sink.spans.count == 4)
        #expect(recorder.sink.spans.allSatisfy { $0.error == #"Failure(reason: "it broke")"# })
        #expect(telemetry.currentSpan == nil)
    }

    @Test func `a reason that the body gave itself stands`() {
        #expect(throws: Failure()) {
            try telemetry.withSpan("x") { span in
                span.fail("the disk is full")
                throw Failure()
            }
        }
        #expect(recorder.sink.spans.map(\.error) == ["the disk is full"])
    }

    @Test func `an error that was caught within the body is the body's affair`() throws {
        telemetry.withSpan("x", name: "outer") { _ in
            try? telemetry.withSpan("x", name: "inner") { _ in throw Failure() }
        }
        #expect(recorder.sink.spans.map(\.error) == [#"Failure(reason: "it broke")"#, nil])
    }

    @Test func `cancellation is recorded as such`() async {
        let task = Task { [telemetry] in
            try await telemetry.withTrace("cancelled") { _ in
                try await telemetry.withSpan("x") { _ in
                    while true {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                }
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(recorder.sink.spans.map(\.error) == ["cancelled", "cancelled"])
    }

    @Test func `an actor's method stays on its actor`() async throws {
        let counter = Counter(telemetry: telemetry)
        await counter.countInScopes()
        #expect(await counter.count == 4)
        #expect(recorder.sink.lines.count == 4)
    }

    @MainActor @Test func `the main actor's code stays there, with values that aren't sendable`() async {
        let values = NotSendable()
        await telemetry.withSpan("x") { _ in
            MainActor.assertIsolated()
            await Task.yield()
            MainActor.assertIsolated()
            values.count += 1
        }
        #expect(values.count == 1)
    }

    @Test func `a retry is a span of its own, with its attempt`() {
        telemetry.withTrace("question") { _ in
            for attempt in 1...3 {
                telemetry.withSpan(.llmCall, data: ["attempt": .integer(attempt)]) { span in
                    span["success"] = attempt == 3
                }
            }
        }
        #expect(telemetry.metrics.llmCalls == 3)
        #expect(telemetry.metrics.llmRetries == 2)
        #expect(telemetry.metrics.llmFailures == 2)
    }
}

private final class NotSendable {
    var count = 0
}

private actor Counter {
    let telemetry: Telemetry
    var count = 0

    init(telemetry: Telemetry) { self.telemetry = telemetry }

    func countInScopes() async {
        telemetry.withSpan("x") { _ in count += 1 }
        await telemetry.withSpan("x") { _ in
            assertIsolated()
            await Task.yield()
            assertIsolated()
            count += 1
        }
        telemetry.withTrace { _ in count += 1 }
        await telemetry.withTrace { _ in
            await Task.yield()
            assertIsolated()
            count += 1
        }
    }
}
