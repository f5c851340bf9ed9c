import Telemetry
import Testing

struct InMemorySinkTests {
    @Test func `spans are received in the order in which they ended, as lines and as values`() throws {
        let sink = InMemorySink()
        let telemetry = Telemetry(sink: sink)
        telemetry.withSpan("outer") { _ in _ = telemetry.log("inner", data: ["a": "line\nend"]) }
        #expect(sink.spans.map(\.eventType) == ["inner", "outer"])
        #expect(try sink.lines.map { try Span(line: $0) } == sink.spans)
        #expect(sink.lines.allSatisfy { !$0.contains("\n") && $0.hasSuffix("}") })
    }

    @Test func `a sink may serve several recorders`() {
        let sink = InMemorySink()
        let (one, other) = (Telemetry(sink: sink), Telemetry(sink: sink))
        one.log("x")
        other.log("y")
        #expect(sink.spans.map(\.eventType) == ["x", "y"])
        sink.clear()
        #expect(sink.lines.isEmpty)
        sink.close()
        one.log("z")
        #expect(sink.drops.closed == 1 && sink.drops.total == 1)
        #expect(sink.lines.isEmpty)
    }
}
