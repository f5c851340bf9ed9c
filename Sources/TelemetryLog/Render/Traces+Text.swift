public import Telemetry

/// Lists of traces and of failures as text.
public enum ListText {
    /// One line for each trace.
    ///
    /// - Parameters:
    ///   - traces: The traces, in the order of the lines.
    ///   - total: How many traces fit, if more than these.
    ///   - style: The width and colours of the text.
    public static func traces(_ traces: [TraceOverview], total: Int, _ style: TextStyle = TextStyle()) -> String {
        guard !traces.isEmpty else { return "No traces fit.\n" }
        var columns = [TextTable.Column(title: "trace", isText: true)]
        columns.append(TextTable.Column(title: "began" + style.zone, isText: true))
        columns += [("took", nil), ("spans", 2), ("errors", 3)].map { TextTable.Column(title: $0, leftOut: $1) }
        let hasRetries = traces.contains { $0.retries > 0 }
        if hasRetries { columns.append(TextTable.Column(title: "retries", leftOut: 1)) }
        columns.append(TextTable.Column(title: "what", isText: true, isFlexible: true))
        var table = TextTable(columns: columns)
        for trace in traces {
            var row = [TextTable.Cell(trace.id.short, .accent), TextTable.Cell(style.shortTime(trace.start))]
            row.append(TextTable.Cell(Format.shortDuration(trace.duration)))
            row.append(TextTable.Cell(Format.count(trace.spans)))
            row.append(
                trace.failures > 0 ? TextTable.Cell(Format.count(trace.failures), .error) : TextTable.Cell("-", .faint)
            )
            if hasRetries {
                let retries = trace.retries
                row.append(retries > 0 ? TextTable.Cell(Format.count(retries), .warning) : TextTable.Cell("-", .faint))
            }
            var what = Escaping.plain(trace.name ?? trace.eventType.rawValue)
            if trace.unfinished > 0 { what = "(running) " + what }
            if let user = trace.user { what += " · " + Escaping.plain(user) }
            row.append(TextTable.Cell(what))
            table.rows.append(row)
        }
        var text = table.text(style)
        if total > traces.count {
            text += style.paint("\(Format.plural(total - traces.count, "older one")): --limit \(total)\n", .faint)
        }
        return text
    }

    /// Two lines for each cause.
    public static func failures(_ groups: [FailureGroup], _ style: TextStyle = TextStyle()) -> String {
        guard !groups.isEmpty else { return "No failures.\n" }
        let total = groups.reduce(0) { $0 + $1.count }
        let width = Format.count(groups[0].count).count
        var text = "\(Format.plural(total, "failure")) with \(Format.plural(groups.count, "cause"))\n\n"
        for group in groups {
            let count = TextWidth.aligned(Format.count(group.count), width)
            text +=
                "\(style.paint(count, .error))  \(TextWidth.fit(Escaping.plain(group.cause), style.width - width - 2))\n"
            let types = group.eventTypes.sorted { ($0.value, $1.key.rawValue) > ($1.value, $0.key.rawValue) }.prefix(3)
                .map { Escaping.plain($0.key.rawValue) }.joined(separator: ", ")
            let times =
                group.count == 1
                ? style.time(group.last) : "\(style.time(group.first)) to \(style.time(group.last, after: group.first))"
            let indent = String(repeating: " ", count: width + 2)
            let facts = [TextTable.Cell(types, .faint), TextTable.Cell(times + style.zone, .faint)]
            text += style.flow(facts + [TextTable.Cell("trace \(group.trace.short)", .accent)], after: indent)
        }
        return text
    }
}

extension Span {
    /// All that the log says of the span, as text.
    ///
    /// - Parameter isUnfinished: Whether it is the record of its beginning.
    public func text(_ style: TextStyle = TextStyle(), isUnfinished: Bool = false) -> String {
        SpanText.text(self, isUnfinished: isUnfinished, style)
    }
}
