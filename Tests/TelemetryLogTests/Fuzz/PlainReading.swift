import Telemetry

@testable import TelemetryLog

/// A log as the rules say it is to be read, in the plainest way: line by line, each by the general parser.
struct PlainReading {
    /// Finished spans, each once, in the log's order.
    private(set) var spans: [Span] = []
    /// The numbers of lines that are not spans.
    private(set) var badLines: [Int] = []
    private(set) var lines = 0
    private(set) var duplicates = 0
    private(set) var isTorn = false
    /// All records as they come, also those that come twice.
    private(set) var records: [Span] = []
    /// Those that say something new: that a span began, or that it ended.
    private(set) var newRecords: [Span] = []
    private var running: Set<SpanID> = []
    private var finished: Set<SpanID> = []

    var unfinished: Int { running.count }

    init(_ bytes: [UInt8]) {
        let pieces = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (number, piece) in pieces.enumerated() {
            let hasMark = number == 0 && piece.starts(with: [0xEF, 0xBB, 0xBF])
            let line = hasMark ? piece.dropFirst(3) : piece
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            if let span = Agreement.span(line) {
                lines += 1
                add(span)
            } else if number == pieces.count - 1 {
                isTorn = true
            } else {
                lines += 1
                badLines.append(number + 1)
            }
        }
    }

    private mutating func add(_ span: Span) {
        records.append(span)
        let isNew: Bool
        if span.duration == nil, span.data["status"] == "running" {
            isNew = !finished.contains(span.id) && running.insert(span.id).inserted
        } else {
            isNew = finished.insert(span.id).inserted
            running.remove(span.id)
            if isNew { spans.append(span) }
        }
        if isNew { newRecords.append(span) } else { duplicates += 1 }
    }

    /// What `reader` reads otherwise of the same log; `nil` if nothing.
    func difference(from reader: LogReader) throws -> String? {
        var found: [Span] = []
        let report = try reader.forEachSpan { found.append($0) }
        if let wrong = difference(from: report) { return wrong }
        guard found == spans else { return "other spans" }
        let summary = try reader.summary()
        if let wrong = difference(from: summary.report) { return "the summary has " + wrong }
        let aboutTheLog: Set<EventType> = ["spans_dropped", .tornLine]
        guard summary.spans == spans.count(where: { !aboutTheLog.contains($0.eventType) }) else {
            return "the summary counts other spans"
        }
        return try traceDifference(from: reader)
    }

    private func difference(from report: ReadingReport) -> String? {
        if report.lines != lines { return "\(report.lines) lines for \(lines)" }
        if report.badLines.map(\.line) != badLines { return "bad lines \(report.badLines.map(\.line)) for \(badLines)" }
        if report.duplicates != duplicates { return "\(report.duplicates) duplicates for \(duplicates)" }
        if report.unfinished != unfinished { return "\(report.unfinished) unfinished spans for \(unfinished)" }
        return report.tornLines == (isTorn ? 1 : 0) ? nil : "\(report.tornLines) torn lines for \(isTorn ? 1 : 0)"
    }

    private func traceDifference(from reader: LogReader) throws -> String? {
        let traces = Dictionary(grouping: records, by: \.traceID)
        for (id, records) in traces.prefix(3) {
            let trace = try reader.trace(id.description)
            let expected = Trace(records: Trace.Record.unique(records))
            guard trace.spans == expected.spans else { return "another trace \(id)" }
            guard trace.outline.count == trace.nodes.count else { return "a trace of another size than its tree" }
            if let harm = Self.harm(in: trace.text(isFull: true)) { return "\(harm) in the text of a trace" }
        }
        return nil
    }

    /// A character that acts on a terminal, by its number.
    static func harm(in text: String) -> String? {
        text.unicodeScalars.first {
            $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.isBidiControl)
        }.map { "U+" + String($0.value, radix: 16, uppercase: true) }
    }
}
