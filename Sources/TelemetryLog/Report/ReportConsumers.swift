internal import Telemetry

/// The first pass: all figures, and what is known of traces.
struct ReportConsumer: LineConsumer {
    private let times: (since: Int64, until: Int64)
    private(set) var summary: SummaryConsumer
    private(set) var timeline = Timeline()
    private(set) var traces: TraceTable

    init(_ options: ReportOptions) {
        times = (options.since?.microseconds ?? .min, options.until?.microseconds ?? .max)
        summary = SummaryConsumer(.type, users: nil, since: options.since, until: options.until)
        traces = TraceTable(most: options.mostTraces)
    }

    mutating func take(_ line: inout LineFields, at place: LinePlace) {
        summary.take(&line, at: place)
        guard line.timestamp >= times.since, line.timestamp < times.until, !line.isAboutTheLog else { return }
        timeline.add(line, label: line.label)
        traces.add(line)
    }

    mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) {
        guard line.timestamp >= times.since, line.timestamp < times.until else { return }
        traces.add(line)
    }

    mutating func merge(_ other: ReportConsumer) {
        summary.merge(other.summary)
        timeline.merge(other.timeline)
        traces.merge(other.traces)
    }
}

/// The second pass: the lines of the traces that are shown.
struct TraceCollector: LineConsumer {
    /// The most lines of one trace: a page can't show more.
    static let mostLines = 2000

    struct Lines {
        var first = Int64.max
        var lines: [(place: LinePlace, bytes: [UInt8])] = []
        var leftOut = 0
    }

    let keys: Set<TraceTable.Key>
    private(set) var traces: [TraceTable.Key: Lines] = [:]

    init(_ keys: Set<TraceTable.Key>) { self.keys = keys }

    mutating func take(_ line: inout LineFields, at place: LinePlace) {
        let key = TraceTable.Key(line)
        guard keys.contains(key), !line.isAboutTheLog else { return }
        // A root comes last, and is what all others stand in.
        traces[key, default: Lines()].add(line, at: place, isRoot: line.parentID == 0)
    }

    mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) { take(&line, at: place) }

    mutating func merge(_ other: TraceCollector) {
        traces.merge(other.traces) { a, b in
            Lines(first: min(a.first, b.first), lines: a.lines + b.lines, leftOut: a.leftOut + b.leftOut)
        }
    }
}

extension TraceCollector.Lines {
    fileprivate mutating func add(_ line: LineFields, at place: LinePlace, isRoot: Bool) {
        first = min(first, line.timestamp)
        guard lines.count < TraceCollector.mostLines || isRoot && lines.count < 2 * TraceCollector.mostLines else {
            leftOut += 1
            return
        }
        lines.append((place, Array(UnsafeBufferPointer(start: line.base, count: line.count))))
    }

    /// The spans as a tree.
    var trace: Trace? {
        let spans = lines.sorted { $0.place < $1.place }.compactMap { line in
            line.bytes.withUnsafeBytes { LineFields.span($0) }
        }
        return spans.isEmpty ? nil : Trace(records: Trace.Record.unique(spans))
    }
}
