import Telemetry
import Testing

struct SpanTreeTests {
    private func span(
        _ id: UInt64,
        in parent: UInt64? = nil,
        at time: Int64 = 0,
        name: String? = nil,
        duration: Duration? = nil,
        error: String? = nil
    ) -> Span {
        Span(
            id: SpanID(bits: id)!,
            traceID: TraceID(high: 0, low: 1)!,
            parentID: parent.flatMap { SpanID(bits: $0) },
            eventType: "x",
            name: name ?? "\(id)",
            timestamp: Timestamp(microseconds: time),
            duration: duration,
            error: error
        )
    }

    @Test func `children stand under their parents, by when they began`() {
        let tree = SpanTree([
            span(4, in: 2, at: 4), span(3, in: 1, at: 3), span(2, in: 1, at: 2), span(5, at: 5), span(1, at: 1),
        ])
        #expect(
            tree.description == """
                x 1
                ├─ x 2
                │  └─ x 4
                └─ x 3
                x 5

                """
        )
    }

    @Test func `durations are aligned, and errors shown`() {
        let tree = SpanTree([
            span(1, name: "longer name", duration: .milliseconds(312)),
            span(2, in: 1, duration: .microseconds(950), error: "division\nby zero"),
        ])
        #expect(
            tree.description == """
                x longer name    312ms
                └─ x 2           950us  error: division\\nby zero

                """
        )
    }

    @Test func `spans whose parents are missing or lead in a circle are shown all the same, each once`() {
        let tree = SpanTree([span(1, in: 99), span(2, in: 3), span(3, in: 2), span(4, in: 4), span(5, in: 3)])
        let shown = tree.description.split(separator: "\n").map { String($0.split(separator: " ").last!) }
        #expect(shown.sorted() == ["1", "2", "3", "4", "5"])
    }

    @Test func `nothing that a span carries reaches a terminal as a control`() {
        let tree = SpanTree([span(1, name: "\u{1B}[31m\u{202E}\u{9B}", error: "\u{1B}]0;title\u{7}")])
        #expect(
            !tree.description.unicodeScalars.contains {
                $0 != "\n" && ($0.value < 32 || $0 == "\u{202E}" || $0 == "\u{9B}")
            }
        )
    }

    @Test(.blocking) func `a very deep tree doesn't overflow the stack`() async {
        await #expect(processExitsWith: .success) {
            let spans = (1...50_000 as ClosedRange<UInt64>).map { id in
                Span(
                    id: SpanID(bits: id)!,
                    traceID: TraceID(high: 0, low: 1)!,
                    parentID: SpanID(bits: id - 1),
                    eventType: "x",
                    timestamp: Timestamp(microseconds: Int64(id))
                )
            }
            let lines = SpanTree(spans).description.utf8.count { $0 == UInt8(ascii: "\n") }
            #expect(lines == 50_000)
        }
    }
}
