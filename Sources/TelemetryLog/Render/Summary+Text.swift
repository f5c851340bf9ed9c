internal import Telemetry

extension LogSummary {
    /// The figures as text, which ends with a line end.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        guard spans > 0 else { return emptyText + lossText(style) }
        var text = heading(style) + "\n" + table(style)
        let facts = tokensText(style) + slowestText(style)
        if !facts.isEmpty { text += "\n" + facts }
        return text + failuresText(style) + lossText(style)
    }

    private func tokensText(_ style: TextStyle) -> String {
        let tokens = rows.map(\.statistics)
        let prompt = tokens.reduce(0) { $0.addingSaturating($1.promptTokens) }
        let completion = tokens.reduce(0) { $0.addingSaturating($1.completionTokens) }
        let cached = tokens.reduce(0) { $0.addingSaturating($1.cachedTokens) }
        guard prompt > 0 || completion > 0 else { return "" }
        let share = prompt > 0 && cached > 0 ? " (\(Format.percent(Double(cached) / Double(prompt))) cached)" : ""
        let parts = ["\(Format.count(prompt)) in\(share)", "\(Format.count(completion)) out"]
        return style.flow(parts.map { TextTable.Cell($0) }, after: "Tokens   ")
    }

    private func slowestText(_ style: TextStyle) -> String {
        guard let slowest else { return "" }
        let (took, began) = (Format.duration(slowest.duration), style.shortTime(slowest.start))
        let room = style.width - 9 - took.count - 2 - 8 - 2 - began.count - 2
        let name = slowest.name.map { "  " + TextWidth.fit(Escaping.plain($0), room) } ?? ""
        return style.paint("Slowest  ", .faint) + "\(took)  \(style.paint(slowest.id.short, .accent))  \(began)"
            + (room < 8 ? "" : name) + "\n"
    }

    private var emptyText: String {
        let names = report.files.map(Escaping.plain).joined(separator: ", ")
        return "\(names): no spans yet.\n"
    }

    private func heading(_ style: TextStyle) -> String {
        let file = report.files.last.map { $0 == "-" ? "standard input" : Escaping.plain($0) } ?? ""
        let others = report.files.count > 1 ? " and \(Format.plural(report.files.count - 1, "more file"))" : ""
        let room = style.width - others.count
        var text = style.paint(TextWidth.fitEnd(file, room), .heading) + others + "\n"
        var counts = [TextTable.Cell("\(Format.plural(spans, "span")) in \(Format.plural(traces, "trace"))")]
        if failedTraces > 0 {
            let share = Format.percent(Double(failedTraces) / Double(traces))
            counts.append(TextTable.Cell("\(Format.count(failedTraces)) failed (\(share))", .error))
        }
        if let start, let end {
            counts.append(TextTable.Cell(Format.bytes(report.bytes)))
            let took = Format.duration(.microseconds(end.microseconds &- start.microseconds))
            let times = "\(style.time(start)) to \(style.time(end, after: start))\(style.zone) (\(took))"
            text += style.flow(counts) + style.paint(TextWidth.fit(times, style.width), .faint) + "\n"
        }
        return text
    }

    private var title: String {
        switch grouping {
        case .type: "operation"
        case .hour: "hour"
        default: grouping.rawValue
        }
    }

    private func table(_ style: TextStyle) -> String {
        let hasTokens = rows.contains { $0.statistics.promptTokens > 0 || $0.statistics.completionTokens > 0 }
        let hasRetries = rows.contains { $0.statistics.retries > 0 }
        var columns = [TextTable.Column(title: title, isText: true, isFlexible: true)]
        columns += ["count", "errors"].map { TextTable.Column(title: $0) }
        if hasRetries { columns.append(TextTable.Column(title: "retries", leftOut: 3)) }
        columns.append(TextTable.Column(title: "p50", leftOut: 4))
        columns.append(TextTable.Column(title: "p95"))
        columns.append(TextTable.Column(title: "p99", leftOut: 2))
        if hasTokens { columns += ["in", "out"].map { TextTable.Column(title: $0, leftOut: 1) } }
        var table = TextTable(columns: columns)
        for row in rows {
            table.rows.append(cells(row, indent: "", style, hasRetries: hasRetries, hasTokens: hasTokens))
            // A single part says nothing new, unless it is a model or a tool, whose name does.
            let isTelling = row.parts.count > 1 || row.name != EventType.memory.rawValue
            for part in row.parts.prefix(isTelling ? 10 : 0) {
                table.rows.append(cells(part, indent: "  ", style, hasRetries: hasRetries, hasTokens: hasTokens))
            }
            if row.parts.count > 10 {
                let rest = TextTable.Cell("  … \(row.parts.count - 10) more", .faint)
                table.rows.append([rest] + columns.dropFirst().map { _ in "" })
            }
        }
        return table.text(style)
    }

    private func cells(
        _ row: Row,
        indent: String,
        _ style: TextStyle,
        hasRetries: Bool,
        hasTokens: Bool
    ) -> [TextTable.Cell] {
        let figures = row.statistics
        var name = Escaping.plain(row.name)
        if grouping == .hour, let hour = Timestamp(row.name) { name = String(style.time(hour).prefix(16)) }
        if name.isEmpty { name = grouping == .user ? "(no user)" : "(no name)" }
        var cells = [TextTable.Cell(indent + name, indent.isEmpty ? .heading : .plain)]
        cells.append(
            TextTable.Cell(figures.count < 1_000_000 ? Format.count(figures.count) : Format.shortCount(figures.count))
        )
        cells.append(
            figures.failures > 0
                ? TextTable.Cell(Format.percent(figures.errorRate), .error) : TextTable.Cell("-", .faint)
        )
        if hasRetries {
            let retries = figures.retries
            cells.append(
                retries > 0 ? TextTable.Cell(Format.shortCount(retries), .warning) : TextTable.Cell("-", .faint)
            )
        }
        for latency in [figures.latency.p50, figures.latency.p95, figures.latency.p99] {
            cells.append(latency == nil ? TextTable.Cell("-", .faint) : TextTable.Cell(Format.shortDuration(latency)))
        }
        if hasTokens {
            for count in [figures.promptTokens, figures.completionTokens] {
                cells.append(count > 0 ? TextTable.Cell(Format.shortCount(count)) : TextTable.Cell("-", .faint))
            }
        }
        return cells
    }

    private func failuresText(_ style: TextStyle) -> String {
        guard !failures.isEmpty else { return "" }
        let count = failures.reduce(0) { $0 + $1.count }
        var text = "\n" + style.paint("Errors", .faint)
        text += "   \(Format.count(count)) with \(Format.plural(failures.count, "cause"))\n"
        var table = TextTable(columns: [
            TextTable.Column(title: ""), TextTable.Column(title: "", isText: true, isFlexible: true),
            TextTable.Column(title: "", isText: true),
        ])
        for group in failures.prefix(5) {
            table.rows.append([
                TextTable.Cell("  " + Format.count(group.count), .error), TextTable.Cell(Escaping.plain(group.cause)),
                TextTable.Cell(group.trace.short, .accent),
            ])
        }
        text += table.text(style)
        if failures.count > 5 { text += style.paint("  … \(failures.count - 5) more: agentlog failures\n", .faint) }
        return text
    }

    /// What is not in the figures, or not in the log.
    private func lossText(_ style: TextStyle) -> String {
        var losses: [String] = []
        if droppedSpans > 0 { losses.append("\(Format.plural(droppedSpans, "span")) dropped by the recorder") }
        if report.unfinished > 0 { losses.append("\(Format.plural(report.unfinished, "span")) unfinished") }
        if repairedLines + report.tornLines > 0 {
            losses.append("\(Format.plural(repairedLines + report.tornLines, "line")) torn")
        }
        if report.duplicates > 0 { losses.append("\(Format.plural(report.duplicates, "duplicate")) left out") }
        if report.badLineCount > 0 {
            losses.append("\(Format.plural(report.badLineCount, "line")) unreadable (see agentlog check)")
        }
        guard !losses.isEmpty else { return "" }
        return "\n" + style.flow(losses.map { TextTable.Cell($0, .warning) }, after: "Missing  ")
    }
}
