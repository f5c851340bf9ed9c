public import Telemetry

/// What a report shows.
public struct ReportOptions: Sendable, Hashable {
    /// Only spans that began at this moment or later.
    public var since: Timestamp?
    /// Only spans that began before this moment.
    public var until: Timestamp?
    /// Whether times are in UTC instead of the reader's own.
    public var isUTC = false
    /// The most traces whose spans the page holds; figures are always of all traces.
    public var mostTraces = 10_000
    /// The most bytes of the log's lines that the page holds.
    public var mostTraceBytes = 48 << 20

    /// Everything that fits, in the reader's own time.
    public init() {}
}

/// What a report holds.
public struct ReportContents: Sendable, Hashable {
    /// How many traces the page shows with their spans.
    public internal(set) var traces = 0
    /// Whether these are all traces of the log.
    public internal(set) var hasAllTraces = true
    /// How many finished spans the figures are of.
    public internal(set) var spans = 0
    /// How many bytes of HTML were written.
    public internal(set) var bytes = 0
}

extension LogReader {
    /// Writes the log as one HTML page that needs no network: figures, charts, and traces as waterfalls.
    ///
    /// Memory doesn't grow with the log: of more traces than fit, the failing, the slowest and the newest ones are shown.
    /// Nothing in the log acts on who opens the page: its Content-Security-Policy admits its own script only, by hash.
    ///
    /// - Parameters:
    ///   - options: What the page shows.
    ///   - write: Takes what was written, piece by piece.
    /// - Throws: ``LogError`` when a file can't be read, or can't be read twice, which this has to.
    public func report(
        _ options: ReportOptions = ReportOptions(),
        write: (String) -> Void
    ) throws(LogError) -> ReportContents {
        if let stream = files.first(where: { $0 == "-" }) {
            throw LogError(
                .invalidArgument,
                "\(stream): standard input can't be read twice, as a report has to. Write it to a file, and name that."
            )
        }
        let (first, report, _) = try read { ReportConsumer(options) }
        var figures = first[0]
        for other in first.dropFirst() { figures.merge(other) }
        let (keys, isAll) = figures.traces.chosen(bytes: options.mostTraceBytes)
        let (second, _, _) = try read { TraceCollector(keys) }
        var collector = second[0]
        for other in second.dropFirst() { collector.merge(other) }

        let summary = figures.summary.summary(report)
        return withoutActuallyEscaping(write) { write in
            Self.writePage(summary, figures.timeline, collector, hasAllTraces: isAll, isUTC: options.isUTC, write)
        }
    }

    private static func writePage(
        _ summary: LogSummary,
        _ timeline: Timeline,
        _ collector: TraceCollector,
        hasAllTraces: Bool,
        isUTC: Bool,
        _ write: @escaping (String) -> Void
    ) -> ReportContents {
        var page = ReportPage(write: write)
        var types = TypeList()
        page.begin(title: summary.report.files.last ?? "")
        var index = PageText()
        let newest = collector.traces.sorted { ($0.value.first, $0.key.low) > ($1.value.first, $1.key.low) }
        for (_, lines) in newest {
            guard let trace = lines.trace else { continue }
            index.index(trace, leftOut: lines.leftOut, types: &types)
            page.add(trace)
        }
        var head: JSONObject = ["summary": summary.json, "timeline": timeline.json]
        head["types"] = JSONValue.array(types.names.map(JSONValue.string))
        head["has_all_traces"] = hasAllTraces
        head["utc"] = isUTC
        page.end(index: index, head: .object(head))
        return ReportContents(
            traces: newest.count,
            hasAllTraces: hasAllTraces,
            spans: summary.spans,
            bytes: page.bytes
        )
    }
}

extension Timeline {
    /// `width_ms`, `outside` (spans too far away in time to be drawn), `starts` (each interval's beginning in microseconds),
    /// and `series`: `event_type`, `label`, and `points`: interval, count, failures, p50, p95 and p99 in milliseconds (or
    /// `null`), and tokens in, cached and out.
    var json: JSONValue {
        let (series, intervals, outside) = points
        func list(_ name: String, _ label: String, _ pick: ([SpanStatistics]) -> SpanStatistics) -> JSONValue {
            let rows = intervals.enumerated().compactMap { place, interval -> JSONValue? in
                let figures = pick(interval.figures)
                guard figures.count > 0 else { return nil }
                let latency = [figures.latency.p50, figures.latency.p95, figures.latency.p99]
                let counts = [figures.promptTokens, figures.cachedTokens, figures.completionTokens]
                return .array(
                    [.integer(place), .integer(figures.count), .integer(figures.failures)]
                        + latency.map { $0.map(JSONValue.milliseconds) ?? .null } + counts.map(JSONValue.integer)
                )
            }
            return ["event_type": .string(name), "label": .string(label), "points": .array(rows)]
        }
        var all: [JSONValue] = []
        for type in Dictionary(grouping: series.indices, by: { series[$0].eventType }).sorted(by: { $0.key < $1.key }) {
            all.append(
                list(type.key, "") { figures in
                    var sum = SpanStatistics()
                    for place in type.value where place < figures.count { sum.merge(figures[place]) }
                    return sum
                }
            )
            for place in type.value where !series[place].label.isEmpty {
                all.append(
                    list(type.key, series[place].label) {
                        place < $0.count ? $0[place] : SpanStatistics()
                    }
                )
            }
        }
        return [
            "width_ms": .integer(Int(width / 1000)), "outside": .integer(outside),
            "starts": .array(intervals.map { .integer(Int($0.start)) }), "series": .array(all),
        ]
    }
}
