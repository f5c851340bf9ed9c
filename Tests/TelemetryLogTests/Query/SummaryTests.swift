import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct SummaryTests {
    private let folder: Folder
    init() throws { folder = try Folder() }

    private func summary(_ text: String, threads: Int = 1) throws -> LogSummary {
        try LogReader([try folder.write("log.jsonl", text)], threads: threads).summary()
    }

    @Test func `records about the log itself are losses, not spans`() throws {
        let summary = try summary(
            lines(
                try makeSpan(1, .tornLine, error: "a writer died"),
                try makeSpan(2, "spans_dropped", data: ["count": 12]),
                try makeSpan(3, .agentRun, data: ["status": "running"]),
                try makeSpan(4, ms: 1)
            ) + "{\"torn"
        )
        #expect(summary.spans == 1 && summary.droppedSpans == 12 && summary.repairedLines == 1)
        #expect(summary.report.unfinished == 1 && summary.report.tornLines == 1 && summary.failures.isEmpty)
        let text = summary.text()
        #expect(text.contains("Missing  12 spans dropped by the recorder, 1 span unfinished, 2 lines torn"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `any number of threads finds the same`() throws {
        var text = ""
        for id in 1...12_000 as ClosedRange<UInt64> {
            let error: String? = id % 7 == 0 ? "failed after \(id) ms" : nil
            let span = try makeSpan(
                id,
                trace: id / 4 + 1,
                parent: id % 4 == 0 ? nil : id - id % 4,
                id % 2 == 0 ? .llmCall : .toolCall,
                "n\(id % 5)",
                at: Double(id) * 60_000,
                ms: Double(id % 997),
                data: ["prompt_tokens": .integer(Int(id)), "attempt": .integer(Int(id % 3))],
                error: error
            )
            text += "\(span)\n" + (id % 100 == 0 ? "\(span)\n" : "")
        }
        let one = try summary(text)
        #expect(one.spans == 12_000 && one.report.duplicates == 120 && one.failures.map(\.count) == [1714])
        #expect(one.rows.map(\.parts.count) == [5, 5] && one.traces == 3001)
        for threads in 2...3 { #expect(try summary(text, threads: threads) == one) }
        let reader = LogReader([folder.path + "/log.jsonl"], threads: 2)
        let half = try reader.summary(since: try makeSpan(6001, at: 6001 * 60_000).timestamp)
        #expect(half.spans == 6000 && half.start == one.start.map { $0 + .seconds(6000 * 60) })
        #expect(try reader.summary(by: .hour).rows.count == 201)
    }

    @Test func `an empty log has no figures`() throws {
        #expect(try summary("").text().hasSuffix("log.jsonl: no spans yet.\n"))
    }
}
