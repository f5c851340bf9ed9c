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
        let spans = spans(now)
        var lines = style.flow(heading(spans)).split(separator: "\n").map(String.init) + [""]
        lines += table(spans, style)
        let open = open
        if !open.isEmpty {
            lines += ["", style.paint("Running", .faint) + "  \(Format.count(open.count))"]
            for span in open.prefix(max(1, (rows - lines.count) / 3)) {
                let age = age(of: span, now)
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

    /// The figures for `now`, as `agentlog top --json` prints them; see <doc:JSONShapes>.
    public func json(now: Timestamp) -> JSONValue {
        let spans = spans(now)
        let roots = spans.filter { $0.parentID == nil }
        return [
            "window_ms": .milliseconds(window), "spans": .integer(spans.count), "traces": .integer(roots.count),
            "failed_traces": .integer(roots.count(where: \.isFailure)),
            "rows": .array(
                Self.rows(of: spans).map { name, statistics in
                    .object(JSONObject([("name", .string(name))] + Array(statistics.json)))
                }
            ),
            "running": .array(
                open.map { span in
                    var line = span.lineJSON
                    line["age_ms"] = JSONValue.milliseconds(age(of: span, now))
                    return .object(line)
                }
            ),
            "failed_spans": .array(spans.filter(\.isFailure).suffix(100).reversed().map { .object($0.lineJSON) }),
        ]
    }

    /// What ended in the window before `now`.
    private func spans(_ now: Timestamp) -> [Span] {
        let begin = now - window
        return recent.filter { $0.timestamp + ($0.duration ?? .zero) >= begin }
    }

    /// What runs, the oldest first.
    private var open: [Span] { running.values.sorted { $0.timestamp < $1.timestamp } }

    private func age(of span: Span, _ now: Timestamp) -> Duration {
        .microseconds(max(0, now.microseconds - span.timestamp.microseconds))
    }

    /// The figures of each event type, from the most frequent on.
    private static func rows(of spans: [Span]) -> [(name: String, statistics: SpanStatistics)] {
        var rows: [EventType: SpanStatistics] = [:]
        for span in spans { rows[span.eventType, default: SpanStatistics()].add(span) }
        return rows.map { ($0.key.rawValue, $0.value) }.sorted { a, b in (a.1.count, b.0) > (b.1.count, a.0) }
    }

    private func heading(_ spans: [Span]) -> [TextTable.Cell] {
        let seconds = max(1, window.milliseconds / 1000)
        let roots = spans.filter { $0.parentID == nil }
        let failed = roots.count(where: \.isFailure)
        let tokens = Self.rows(of: spans).reduce(0) { $0.addingSaturating($1.statistics.completionTokens) }
        let counts = "\(Format.plural(spans.count, "span")) in \(Format.plural(roots.count, "trace"))"
        var parts = [TextTable.Cell("last \(Format.duration(window))", .faint), TextTable.Cell(counts)]
        if failed > 0 { parts.append(TextTable.Cell("\(Format.count(failed)) failed", .error)) }
        if tokens > 0 {
            let tenths = Int(min(Double(tokens) / seconds, 1e9) * 10 + 0.5)
            parts.append(TextTable.Cell("\(tenths / 10).\(tenths % 10) tokens/s out"))
        }
        return parts
    }

    private func table(_ spans: [Span], _ style: TextStyle) -> [String] {
        guard !spans.isEmpty else { return [style.paint("Nothing yet. Waiting for spans…", .faint)] }
        var columns = [TextTable.Column(title: "operation", isText: true, isFlexible: true)]
        let others =
            [("a minute", nil), ("errors", nil), ("retries", 1), ("p50", 3), ("p95", nil), ("p99", 2)] as [(_, Int?)]
        columns += others.map { TextTable.Column(title: $0, leftOut: $1) }
        var table = TextTable(columns: columns)
        let minutes = max(1 / 60, window.milliseconds / 60_000)
        for (type, figures) in Self.rows(of: spans).prefix(12) {
            let tenths = Int(Double(figures.count) / minutes * 10 + 0.5)
            let latency = figures.latency
            table.rows.append(
                [
                    TextTable.Cell(Escaping.plain(type), .heading), "\(tenths / 10).\(tenths % 10)",
                    figures.failures > 0
                        ? TextTable.Cell(Format.percent(figures.errorRate), .error) : TextTable.Cell("-", .faint),
                    figures.retries > 0
                        ? TextTable.Cell("\(figures.retries)", .warning) : TextTable.Cell("-", .faint),
                ] + [latency.p50, latency.p95, latency.p99].map { TextTable.Cell($0.map(Format.shortDuration) ?? "-") }
            )
        }
        return table.text(style).split(separator: "\n").map(String.init)
    }
}

extension SpanStatistics {
    fileprivate mutating func add(_ span: Span) {
        func tokens(_ key: String) -> Int { max(0, span.data[key]?.integer ?? 0) }
        count += 1
        if span.isFailure { failures += 1 }
        if span.data["attempt"]?.integer ?? 1 > 1 { retries += 1 }
        if let duration = span.duration {
            latency.add(nanoseconds: UInt64(max(0, min(duration.milliseconds, 1e12) * 1e6)))
        }
        promptTokens = promptTokens.addingSaturating(tokens("prompt_tokens"))
        cachedTokens = cachedTokens.addingSaturating(tokens("cached_tokens"))
        completionTokens = completionTokens.addingSaturating(tokens("completion_tokens"))
    }
}
