import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct LiveFiguresTests {
    private let style = TextStyle(isUTC: true)
    private let begin = Timestamp(microseconds: 1_768_473_000_000_000)

    @Test func `what ended in the window is counted, and what runs is listed`() throws {
        var figures = LiveFigures(window: .seconds(60))
        figures.add(try makeSpan(1, .agentRun, "run", at: 0, data: ["status": "running"]))
        figures.add(try makeSpan(2, parent: 1, .llmCall, "m", at: 1000, ms: 500, data: ["completion_tokens": 30]))
        figures.add(
            try makeSpan(3, parent: 1, .llmCall, "m", at: 2000, ms: 700, data: ["attempt": 2], error: "no\u{1B}[2J")
        )
        let early = figures.lines(style, rows: 23, now: begin + .seconds(5)).joined(separator: "\n")
        #expect(early.contains("2 spans in 0 traces") && early.contains("0.5 tokens/s out"))
        #expect(early.contains("llm_call        2.0  50.0 %        1  501 ms  700 ms  700 ms"), "within 1 %")
        #expect(early.contains("Running  1\n   5.0 s  00000001  agent_run run"))
        #expect(early.contains("✗ no\\u001b[2J") && !early.contains("\u{1B}"))
        figures.add(try makeSpan(1, .agentRun, "run", at: 0, ms: 61_000))
        let late = figures.lines(style, rows: 23, now: begin + .seconds(62)).joined(separator: "\n")
        #expect(late.contains("2 spans in 1 trace") && !late.contains("Running"))
        #expect(figures.lines(style, rows: 23, now: begin + .seconds(600))[2].contains("Nothing yet"))
    }

    @Test(arguments: [1, 5, 10, 23]) func `there are never more lines than rows`(rows: Int) throws {
        var figures = LiveFigures()
        for id in 1...200 as ClosedRange<UInt64> {
            figures.add(try makeSpan(id, EventType(rawValue: "type \(id % 20)"), ms: 1, error: "no"))
            figures.add(try makeSpan(1000 + id, data: ["status": "running"]))
        }
        let lines = figures.lines(style, rows: rows, now: begin)
        #expect(lines.count == rows && lines.allSatisfy { TextWidth.columns($0) <= 80 })
    }

    @Test func `the latest lines that fit are found by any number of threads`() throws {
        let folder = try Folder()
        var text = ""
        for id in 1...20_000 as ClosedRange<UInt64> {
            text += "\(try makeSpan(id, id % 2 == 0 ? .llmCall : .memory, ms: 1))\n"
        }
        let log = try folder.write("log.jsonl", text)
        var filter = LogFilter()
        filter.eventType = .memory
        for threads in 1...3 {
            let reader = LogReader([log], threads: threads)
            #expect(try reader.latest(3).map(\.id.bits) == [19_998, 19_999, 20_000])
            #expect(try reader.latest(2, matching: filter).map(\.id.bits) == [19_997, 19_999])
            #expect(try reader.latest(0).isEmpty)
        }
    }
}
