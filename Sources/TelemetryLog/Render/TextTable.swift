/// Rows in columns: numbers to the right, and one column of text that gives way where the width is short; where that isn't
/// enough, others are left out.
struct TextTable {
    struct Column {
        var title: String
        var isText = false
        /// Whether it is the one that is cut.
        var isFlexible = false
        /// When it is left out where the width is too short: those with 1 first; `nil` to keep it.
        var leftOut: Int?
    }

    struct Cell: ExpressibleByStringInterpolation {
        var text: String
        var role = TextStyle.Role.plain

        init(_ text: String, _ role: TextStyle.Role = .plain) {
            self.text = text
            self.role = role
        }

        init(stringLiteral value: String) { text = value }
    }

    /// What the column that gives way has at least.
    private static let leastFlexible = 8

    var columns: [Column]
    var rows: [[Cell]] = []

    private func width(of column: Int) -> Int {
        max(TextWidth.columns(columns[column].title), rows.map { TextWidth.columns($0[column].text) }.max() ?? 0)
    }

    private var leastWidth: Int {
        columns.indices.reduce(columns.count - 1) { sum, column in
            sum + (columns[column].isFlexible ? min(width(of: column), Self.leastFlexible) : width(of: column))
        }
    }

    private func without(_ rank: Int) -> TextTable {
        let kept = columns.indices.filter { columns[$0].leftOut != rank }
        return TextTable(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
    }

    func text(_ style: TextStyle) -> String {
        if leastWidth > style.width, let rank = columns.compactMap(\.leftOut).min() {
            return without(rank).text(style)
        }
        var widths = columns.indices.map { width(of: $0) }
        var gap = 2
        if let flexible = columns.firstIndex(where: \.isFlexible) {
            let others = widths.reduce(0, +) - widths[flexible]
            let least = min(widths[flexible], 24)
            if others + gap * (columns.count - 1) + least > style.width { gap = 1 }
            widths[flexible] = min(
                widths[flexible],
                max(Self.leastFlexible, style.width - others - gap * (columns.count - 1))
            )
        }
        let header = columns.map { Cell($0.title, .faint) }
        let hasTitles = columns.contains { !$0.title.isEmpty }
        return ((hasTitles ? [header] : []) + rows).map { row in
            var line = ""
            var pending = 0
            for (column, cell) in row.enumerated() {
                let text = TextWidth.fit(cell.text, widths[column])
                let space = widths[column] - TextWidth.columns(text)
                let isText = columns[column].isText
                let before = pending + (column > 0 ? gap : 0) + (isText ? 0 : space)
                if text.isEmpty {
                    pending = before + (isText ? space : 0)
                    continue
                }
                line += String(repeating: " ", count: before) + style.paint(text, cell.role)
                pending = isText ? space : 0
            }
            return line + "\n"
        }.joined()
    }
}

extension TextStyle {
    /// Parts after a label, with commas between them, on as many lines as they need; each ends with a line end.
    func flow(_ parts: [TextTable.Cell], after label: String = "") -> String {
        var text = paint(label, .faint)
        var used = label.count
        for (place, part) in parts.enumerated() {
            let comma = place < parts.count - 1 ? "," : ""
            let shown = TextWidth.fit(part.text, width - label.count - comma.count)
            let columns = TextWidth.columns(shown) + comma.count
            if used + columns + 1 > width, used > label.count {
                text += "\n" + String(repeating: " ", count: label.count)
                used = label.count
            }
            if used > label.count {
                text += " "
                used += 1
            }
            text += paint(shown, part.role) + comma
            used += columns
        }
        return text + "\n"
    }
}
