import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct FindTests {
    private let folder: Folder
    init() throws { folder = try Folder() }

    private func reader(_ text: String) throws -> LogReader { LogReader([try folder.write("log.jsonl", text)]) }

    @Test func `a line with two trace ids has neither, for every question`() throws {
        let good = try makeSpan(1, trace: 0xA)
        let other = try makeSpan(2, trace: 0xB)
        // Both orders: one begins as our own lines do, the other one doesn't.
        let doubled = "\(other)".dropLast() + #","trace_id":"\#(good.traceID)"}"#
        let turned = #"{"trace_id":"\#(good.traceID)",\#("\(other)".dropFirst())"#
        let reader = try reader("\(good)\n\(doubled)\n\(turned)\n")
        #expect(try reader.traces().traces.map(\.id) == [good.traceID])
        #expect(try reader.trace("\(good.traceID)").spans == [good])
        #expect(throws: LogError.self) { try reader.trace("\(other.traceID)") }
        let report = try reader.summary().report
        #expect(report.badLines.map(\.line) == [2, 3])
        #expect(report.badLines.allSatisfy { $0.reason.contains("trace_id: stands twice") })
    }

    @Test func `a line that isn't a span makes no id ambiguous`() throws {
        let spans = [try makeSpan(1, trace: 0xA), try makeSpan(2, trace: 0xA, parent: 1)]
        let broken = "\(try makeSpan(3, trace: 0xB))".dropLast(2)
        let reader = try reader("\(broken)\n" + lines(spans[0], spans[1]))
        #expect(try reader.trace("0").spans == spans)
    }

    @Test func `one path is enough for a reader, and an id for a trace`() throws {
        let spans = [try makeSpan(1, trace: 0xA), try makeSpan(2, trace: 0xB)]
        let path = try folder.write("log.jsonl", lines(spans[0], spans[1]))
        let reader = LogReader(path, threads: 2)
        #expect(reader.files == [path] && reader.threads == 2)
        #expect(try spans.map { try reader.trace($0.traceID).spans } == spans.map { [$0] })
        let unknown = try #require(TraceID(high: 0, low: 1))
        #expect(throws: LogError.self) { try reader.trace(unknown) }
    }

    @Test func `what a filter is made with must hold all together`() throws {
        let wanted = [
            try makeSpan(1, trace: 0xA, .agentRun, at: 5, ms: 30, data: ["user_id": "ada"], error: "timeout"),
            try makeSpan(2, trace: 0xA, parent: 1, .toolCall, "search", at: 6, ms: 20, error: "timeout"),
        ]
        let reader = try reader(wanted.map { "\($0)\n" }.joined())
        let (early, late) = (wanted[0].timestamp, wanted[0].timestamp + .milliseconds(1))
        let everything = LogFilter(
            isFailed: true,
            slowerThan: .milliseconds(29),
            user: "ada",
            eventType: .toolCall,
            text: "timeout",
            since: early,
            until: late
        )
        for filter in [LogFilter(), everything] { #expect(try reader.traces(matching: filter).total == 1, "\(filter)") }
        let others = [
            LogFilter(slowerThan: .milliseconds(30), user: "ada"), LogFilter(isFailed: true, user: "grace"),
            LogFilter(user: "ada", eventType: .memory), LogFilter(user: "ada", text: "refused"),
            LogFilter(user: "ada", since: late), LogFilter(user: "ada", until: early),
        ]
        for filter in others { #expect(try reader.traces(matching: filter).total == 0, "\(filter)") }
    }

    @Test func `ids in upper case are found, in whatever form the line is`() throws {
        let span = try makeSpan(0xABCD_EF01_2345_6789, trace: 0xFACE)
        for text in ["\(span)", "\u{FEFF}\(span)", "{ " + "\(span)".dropFirst()] {
            for (id, found) in [("\(span.id)", "abcdef01"), ("\(span.traceID)", "0000face")] {
                let reader = try reader(text.replacingOccurrences(of: id, with: id.uppercased()) + "\n")
                let isTrace = id.count == 32
                #expect(try isTrace ? reader.trace(found).spans == [span] : reader.span(found).span == span, "\(text)")
            }
        }
    }
}
