internal import Telemetry

extension Trace: CustomStringConvertible {
    /// The trace as a tree with a waterfall, as ``text(_:isFull:)`` gives it by default.
    public var description: String { text() }

    /// The trace as a tree with a waterfall, which ends with a line end.
    ///
    /// - Parameters:
    ///   - style: The width and colours of the text.
    ///   - isFull: Whether each span's id and data are shown too.
    public func text(_ style: TextStyle = TextStyle(), isFull: Bool = false) -> String {
        heading(style) + "\n" + TraceText(trace: self, style: style, isFull: isFull).text
    }

    private func heading(_ style: TextStyle) -> String {
        let name = root?.name.map { "  " + Escaping.plain($0) } ?? ""
        var text = TextWidth.fit("trace \(id)\(name)", style.width)
        text = style.paint("trace ", .faint) + style.paint(String(text.dropFirst(6)), .heading) + "\n"
        var facts = ["\(style.time(start, decimals: 3))\(style.zone)", Format.duration(duration)]
            .map { TextTable.Cell($0) }
        facts.append(TextTable.Cell(Format.plural(nodes.count, "span")))
        let failed = failures.count
        if failed > 0 { facts.append(TextTable.Cell("\(failed) failed", .error)) }
        let retries = nodes.count { $0.attempt > 1 }
        if retries > 0 { facts.append(TextTable.Cell("\(retries) \(retries == 1 ? "retry" : "retries")", .warning)) }
        let unfinished = nodes.count(where: \.isUnfinished)
        if unfinished > 0 { facts.append(TextTable.Cell("\(unfinished) unfinished", .warning)) }
        let orphans = nodes.count(where: \.isOrphan)
        if orphans > 0 { facts.append(TextTable.Cell("\(orphans) without their parent", .warning)) }
        if let user = nodes.lazy.compactMap({ $0.span.data["user_id"]?.string }).first {
            facts.append(TextTable.Cell("user \(Escaping.plain(user))"))
        }
        text += style.flow(facts)
        if let bottleneck {
            let parts = bottleneck.description.split(separator: ", ").map { TextTable.Cell(String($0)) }
            text += style.flow(parts, after: "Bottleneck: ")
        }
        return text
    }
}

/// Draws a trace.
private struct TraceText {
    let trace: Trace
    let style: TextStyle
    let isFull: Bool

    private struct Row {
        var node: Int
        var prefix: String
        /// What stands before the lines below the span's own.
        var below: String
    }

    /// How deeply spans are indented; what is deeper says how deep it is.
    private var deepest: Int { style.width / 13 }

    var text: String {
        let rows = rows
        let labels = rows.map { label($0) }
        let barWidth = style.width >= 60 ? min(40, max(12, style.width / 4)) : 0
        let room = style.width - 9 - 9 - (barWidth > 0 ? barWidth + 1 : 0)
        let width = min(max(9, labels.map { TextWidth.columns($0.text) }.max() ?? 0), max(20, room))
        var text = style.paint(
            TextWidth.padded("", width) + TextWidth.aligned("took", 9) + TextWidth.aligned("self", 9) + "\n",
            .faint
        )
        for (row, label) in zip(rows, labels) {
            let node = trace.nodes[row.node]
            let shown = TextWidth.fit(label.text, width)
            let prefix = shown.prefix(row.prefix.count)
            var line = style.paint(String(prefix), .faint)
            line += style.paint(String(shown.dropFirst(prefix.count)), label.role)
            line += String(repeating: " ", count: max(0, width - TextWidth.columns(shown)))
            line += TextWidth.aligned(Format.shortDuration(node.duration), 9)
            let own = node.children.isEmpty ? "" : Format.shortDuration(node.selfTime)
            line += style.paint(TextWidth.aligned(own, 9), .faint)
            if barWidth > 0 { line += " " + bar(node, barWidth) }
            text += trimmed(line) + "\n"
            if let error = node.span.error { text += errorLines(error, row) }
            if isFull {
                text += style.paint("\(row.below)span \(node.span.id)\n", .faint)
                text += data(of: node.span, row)
            }
        }
        return text
    }

    private func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    /// The spans in the order in which they are drawn; a retry stands below the first try of its call.
    private var rows: [Row] {
        var rows: [Row] = []
        // The stack is our own: a log may be nested as deeply as it likes.
        var stack: [(node: Int, depth: Int, first: String, rest: String)] = []
        func push(_ group: [Int], depth: Int, _ rest: String, isRoot: Bool) {
            for (index, node) in group.enumerated().reversed() {
                let isLast = index == group.count - 1
                if isRoot {
                    stack.append((node, depth, "", ""))
                } else if depth > deepest {
                    stack.append((node, depth, rest + "… \(depth) ", rest))
                } else {
                    stack.append((node, depth, rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  ")))
                }
            }
        }
        push(visible(trace.roots), depth: 0, "", isRoot: true)
        while let (place, depth, first, rest) = stack.popLast() {
            let node = trace.nodes[place]
            let within = node.retries + visible(node.children)
            rows.append(Row(node: place, prefix: first, below: rest + (within.isEmpty ? "   " : "│  ")))
            push(within, depth: depth + 1, rest, isRoot: false)
        }
        return rows
    }

    private func visible(_ group: [Int]) -> [Int] { group.filter { trace.nodes[$0].retryOf == nil } }

    private func label(_ row: Row) -> (text: String, role: TextStyle.Role) {
        let node = trace.nodes[row.node]
        var text = row.prefix
        if node.span.isFailure { text += "✗ " }
        if node.retryOf != nil {
            text += "↻ attempt \(node.attempt)"
        } else {
            text += Escaping.plain(node.span.eventType.rawValue)
            if let name = node.span.name { text += " " + Escaping.plain(name) }
            if node.attempt > 1 { text += " ↻ attempt \(node.attempt)" }
        }
        if node.lane > 0 { text += " ∥\(node.lane + 1)" }
        if node.isUnfinished { text += " (unfinished)" }
        if node.isOrphan { text += " (parent missing)" }
        let role: TextStyle.Role =
            node.span.isFailure ? .error : node.attempt > 1 || node.isUnfinished ? .warning : .plain
        return (text, role)
    }

    /// When the span ran, within the trace.
    private func bar(_ node: Trace.Node, _ width: Int) -> String {
        let total = max(1, trace.duration.milliseconds * 1000)
        let first = trace.start.microseconds
        func column(_ time: Int64) -> Int { Int(Double(time - first) / total * Double(width)) }
        let from = min(width - 1, column(node.interval.lowerBound))
        let to = min(width, max(from + 1, column(node.interval.upperBound)))
        let mark = node.interval.lowerBound == node.interval.upperBound ? "▏" : node.isCritical ? "█" : "▒"
        let role: TextStyle.Role = node.span.isFailure ? .error : node.isCritical ? .accent : .faint
        return String(repeating: " ", count: from) + style.paint(String(repeating: mark, count: to - from), role)
    }

    private func errorLines(_ error: String, _ row: Row) -> String {
        let width = style.width - row.below.count
        let lines = isFull ? Escaping.lines(error) : [TextWidth.fit(Escaping.plain(error), width)]
        return lines.map { style.paint(row.below, .faint) + style.paint($0, .error) + "\n" }.joined()
    }

    private func data(of span: Span, _ row: Row) -> String {
        SpanText.data(of: span).map { label, line in
            style.paint(row.below, .faint) + style.paint(label, .faint) + line + "\n"
        }.joined()
    }
}

/// A span's data as lines.
enum SpanText {
    /// For each line what stands before it, a key or the space of one, and the line.
    static func data(of span: Span) -> [(label: String, line: String)] {
        let width = min(24, span.data.keys.map { TextWidth.columns(Escaping.plain($0)) + 2 }.max() ?? 0)
        return span.data.flatMap { key, value in
            let lines = value.string.map(Escaping.lines) ?? [value.description]
            return lines.enumerated().map { number, line in
                (TextWidth.padded(number == 0 ? Escaping.plain(key) + ": " : "", width), line)
            }
        }
    }

    /// All that is known of a span.
    static func text(_ span: Span, isUnfinished: Bool, _ style: TextStyle) -> String {
        var facts: [(String, String)] = [("span", span.id.description), ("trace", span.traceID.description)]
        if let parent = span.parentID { facts.append(("parent", parent.description)) }
        facts.append(("type", Escaping.plain(span.eventType.rawValue)))
        if let name = span.name { facts.append(("name", Escaping.plain(name))) }
        facts.append(("began", style.time(span.timestamp, decimals: 6) + style.zone))
        if let duration = span.duration { facts.append(("took", Format.duration(duration))) }
        if isUnfinished { facts.append(("took", "unfinished")) }
        var text = facts.map { style.paint(TextWidth.padded($0, 8), .faint) + $1 + "\n" }.joined()
        if let error = span.error {
            for (number, line) in Escaping.lines(error).enumerated() {
                text += style.paint(TextWidth.padded(number == 0 ? "error" : "", 8), .faint)
                text += style.paint(line, .error) + "\n"
            }
        }
        let data = data(of: span)
        if !data.isEmpty { text += "\n" }
        return text + data.map { style.paint($0, .faint) + $1 + "\n" }.joined()
    }
}
