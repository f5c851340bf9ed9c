import Telemetry
import Testing

/// Which span is whose parent.
struct NestingTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    private func span(_ name: String) throws -> Span {
        try #require(recorder.sink.spans.first { $0.name == name })
    }

    @Test func `a span within a span is its child`() throws {
        telemetry.withSpan("x", name: "outer") { outer in
            telemetry.withSpan("x", name: "middle") { _ in
                telemetry.withSpan("x", name: "inner") { _ in }
                telemetry.log("x", name: "logged")
            }
            #expect(telemetry.currentSpan === outer)
            telemetry.withSpan("x", name: "sibling") { _ in }
        }
        #expect(telemetry.currentSpan == nil)
        #expect(try span("outer").parentID == nil)
        #expect(try span("middle").parentID == span("outer").id)
        #expect(try span("inner").parentID == span("middle").id)
        #expect(try span("logged").parentID == span("middle").id)
        #expect(try span("sibling").parentID == span("outer").id)
        #expect(Set(recorder.sink.spans.map(\.traceID)).count == 1)
    }

    @Test func `spans with neither scope nor trace are traces of their own`() {
        telemetry.log("x")
        telemetry.withSpan("x") { _ in }
        telemetry.startSpan("x").end()
        #expect(Set(recorder.sink.spans.map(\.traceID)).count == 3)
        #expect(recorder.sink.spans.allSatisfy { $0.parentID == nil })
    }

    @Test func `a started span is a child of the current one, and doesn't become current`() throws {
        telemetry.withSpan("x", name: "outer") { outer in
            let started = telemetry.startSpan("x", name: "started")
            #expect(telemetry.currentSpan === outer)
            telemetry.log("x", name: "logged")
            started.end()
        }
        #expect(try span("started").parentID == span("outer").id)
        #expect(try span("logged").parentID == span("outer").id)
    }

    @Test func `async let runs in its parent's span`() async throws {
        await telemetry.withSpan("x", name: "outer") { [telemetry] _ in
            async let one: Void = telemetry.withSpan("x", name: "one") { _ in await Task.yield() }
            async let two: Void = telemetry.withSpan("x", name: "two") { _ in await Task.yield() }
            _ = await (one, two)
        }
        #expect(try span("one").parentID == span("outer").id)
        #expect(try span("two").parentID == span("outer").id)
    }

    @Test func `a group's tasks run in the span that the group is in, and not in each other's`() async throws {
        await telemetry.withSpan("x", name: "outer") { [telemetry] _ in
            await withTaskGroup { group in
                for place in 0..<20 {
                    group.addTask {
                        await telemetry.withSpan("x", name: "task \(place)") { _ in
                            await Task.yield()
                            telemetry.log("x", name: "within \(place)")
                        }
                    }
                }
            }
        }
        for place in 0..<20 {
            #expect(try span("task \(place)").parentID == span("outer").id)
            #expect(try span("within \(place)").parentID == span("task \(place)").id)
        }
    }

    @Test func `an unstructured task runs in the span where it was made, a detached one in none`() async throws {
        await telemetry.withSpan("x", name: "outer") { [telemetry] _ in
            await Task { _ = telemetry.log("x", name: "unstructured") }.value
            await Task.detached { _ = telemetry.log("x", name: "detached") }.value
        }
        #expect(try span("unstructured").parentID == span("outer").id)
        #expect(try span("detached").parentID == nil)
        #expect(try span("detached").traceID != span("outer").traceID)
    }

    @Test func `a span of another recorder is not a parent`() throws {
        let other = DeterministicRecorder()
        telemetry.withSpan("x", name: "outer") { outer in
            other.telemetry.withSpan("y", name: "other") { otherSpan in
                #expect(Telemetry.currentSpan === otherSpan)
                #expect(telemetry.currentSpan === outer)
                telemetry.withSpan("x", name: "inner") { inner in
                    #expect(other.telemetry.currentSpan === otherSpan)
                    other.telemetry.withSpan("y", name: "other's child") { _ in
                        telemetry.log("x", name: "innermost")
                        #expect(telemetry.currentSpan === inner)
                    }
                }
            }
        }
        #expect(try span("inner").parentID == span("outer").id)
        #expect(try span("innermost").parentID == span("inner").id)
        #expect(recorder.sink.spans.count == 3)
        let others = other.sink.spans
        #expect(others.map(\.name) == ["other's child", "other"])
        #expect(others.first?.parentID == others.last?.id)
        #expect(others.last?.parentID == nil)
    }

    @Test func `a trace within a trace stands for itself`() throws {
        telemetry.withTrace("outer") { outer in
            telemetry.withTrace("inner") { inner in
                #expect(inner.traceID != outer.traceID)
                #expect(inner.parentID == nil)
                telemetry.log("x", name: "logged")
            }
            telemetry.log("x", name: "afterwards")
        }
        #expect(try span("logged").parentID == span("inner").id)
        #expect(try span("afterwards").parentID == span("outer").id)
    }

    @Test func `started traces follow each other, and a scope's own trace counts within it`() throws {
        let first = telemetry.startTrace(userID: "ann", sessionID: "s1")
        telemetry.log("x", name: "in first", data: ["a": 1])
        let second = telemetry.startTrace()
        telemetry.withSpan("x", name: "in second") { _ in _ = telemetry.log("x", name: "child") }
        telemetry.withTrace("scoped", userID: "bob") { _ in
            telemetry.startTrace(userID: "eve")
            telemetry.log("x", name: "in scoped")
        }
        telemetry.log("x", name: "in third")
        #expect(first != second)
        #expect(try span("in first").traceID == first)
        #expect(try span("in first").data.description == #"{"user_id":"ann","session_id":"s1","a":1}"#)
        #expect(try span("in second").traceID == second)
        #expect(try span("in second").data == [:])
        #expect(try span("child").traceID == second)
        #expect(try span("scoped").data == ["user_id": "bob"])
        #expect(try span("in scoped").traceID == span("scoped").traceID)
        #expect(try span("in scoped").data == [:])
        #expect(try span("in third").data == ["user_id": "eve"])
    }

    @Test func `a span that outlives the one around it doesn't hold on to it`() {
        weak var outer: ActiveSpan?
        let inner = telemetry.withSpan("x") { span in
            outer = span
            return telemetry.startSpan("x")
        }
        #expect(outer == nil)
        #expect(inner.parentID == recorder.sink.spans.first?.id)
        inner.end()
    }
}
