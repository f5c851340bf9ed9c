public import Telemetry

/// What happened in the last minutes, and what is going on: the figures of a screen that is redrawn.
public struct LiveFigures: Sendable {
    /// How far back figures reach.
    public let window: Duration

    private static let mostSpans = 20_000

    /// By when they ended, roughly: in the log's order.
    private var recent: [Span] = []
    private var running: [SpanID: Span] = [:]

    /// Figures of the last five minutes, unless told otherwise.
    public init(window: Duration = .seconds(300)) { self.window = window }

    /// Takes a span as it comes from the log: one that ended, or the record that one began.
    public mutating func add(_ span: Span) {
        if span.duration == nil, span.data["status"] == "running" {
            running[span.id] = span
            return
        }
        running[span.id] = nil
        recent.append(span)
        if recent.count > 2 * Self.mostSpans { recent.removeFirst(recent.count - Self.mostSpans) }
    }

    /// The figures as lines of text, at most `rows`.
    ///
    /// - Parameters:
    ///   - style: The width and colours of the text.
    ///   - rows: The most lines to return.
    ///   - now: The moment that they are for.
    public func lines(_ style: TextStyle, rows: Int, now: Timestamp) -> [String] {
        let begin = now - window
        let spans = recent.filter { $0.timestamp + ($0.duration ?? .zero) >= begin }
        var lines = [style.paint("last \(Format.duration(window))", .faint) + ", " + heading(spans, style), ""]
        lines += table(spans, style)
        let open = running.values.sorted { $0.timestamp < $1.timestamp }
        if !open.isEmpty {
            lines += ["", style.paint("Running", .faint) + "  \(Format.count(open.count))"]
            for span in open.prefix(max(1, (rows - lines.count) / 3)) {
                let age = Duration.microseconds(max(0, now.microseconds - span.timestamp.microseconds))
                let name = [span.eventType.rawValue, span.name ?? ""].map(Escaping.plain).joined(separator: " ")
                let text = TextWidth.aligned(Format.shortDuration(age), 8) + "  "
                lines.append(
                    text + style.paint(span.traceID.short, .accent) + "  " + TextWidth.fit(name, style.width - 20)
                )
            }
        }
        let failures = spans.filter(\.isFailure)
        if !failures.isEmpty, lines.count + 3 <= rows {
            lines += ["", style.paint("Errors", .faint)]
            for span in failures.suffix(rows - lines.count).reversed() {
                lines.append(String(span.line(style).dropLast()))
            }
        }
        return Array(lines.prefix(rows))
    }

    private func heading(_ spans: [Span], _ style: TextStyle) -> String {
        let seconds = max(1, window.milliseconds / 1000)
        let roots = spans.filter { $0.parentID == nil }
        let failed = roots.count(where: \.isFailure)
        let tokens = spans.reduce(0) { $0.addingSaturating(max(0, $1.data["completion_tokens"]?.integer ?? 0)) }
        var parts = ["\(Format.plural(spans.count, "span")) in \(Format.plural(roots.count, "trace"))"]
        if failed > 0 { parts.append(style.paint("\(Format.count(failed)) failed", .error)) }
        if tokens > 0 {
            let tenths = Int(min(Double(tokens) / seconds, 1e9) * 10 + 0.5)
            parts.append("\(tenths / 10).\(tenths % 10) tokens/s out")
        }
        return parts.joined(separator: ", ")
    }

    private func table(_ spans: [Span], _ style: TextStyle) -> [String] {
        guard !spans.isEmpty else { return [style.paint("Nothing yet. Waiting for spans…", .faint)] }
        var columns = [TextTable.Column(title: "operation", isText: true, isFlexible: true)]
        columns += ["a minute", "errors", "retries", "p50", "p95", "p99"].map { TextTable.Column(title: $0) }
        var table = TextTable(columns: columns)
        let minutes = max(1 / 60, window.milliseconds / 60_000)
        let groups = Dictionary(grouping: spans, by: \.eventType).sorted { a, b in
            (a.value.count, b.key.rawValue) > (b.value.count, a.key.rawValue)
        }
        for (type, group) in groups.prefix(12) {
            var latency = LatencyHistogram()
            for duration in group.compactMap(\.duration) {
                latency.add(nanoseconds: UInt64(max(0, min(duration.milliseconds, 1e12) * 1e6)))
            }
            let failures = group.count(where: \.isFailure)
            let retries = group.count { $0.data["attempt"]?.integer ?? 1 > 1 }
            let tenths = Int(Double(group.count) / minutes * 10 + 0.5)
            table.rows.append(
                [
                    TextTable.Cell(Escaping.plain(type.rawValue), .heading), "\(tenths / 10).\(tenths % 10)",
                    failures > 0
                        ? TextTable.Cell(Format.percent(Double(failures) / Double(group.count)), .error)
                        : TextTable.Cell("-", .faint),
                    retries > 0 ? TextTable.Cell("\(retries)", .warning) : TextTable.Cell("-", .faint),
                ] + [latency.p50, latency.p95, latency.p99].map { TextTable.Cell($0.map(Format.shortDuration) ?? "-") }
            )
        }
        return table.text(style).split(separator: "\n").map(String.init)
    }
}
