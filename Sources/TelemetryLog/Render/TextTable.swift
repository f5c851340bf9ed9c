/// Rows in columns: numbers to the right, and one column of text that gives way where the width is short.
struct TextTable {
    struct Column {
        var title: String
        var isText = false
        /// Whether it is the one that is cut.
        var isFlexible = false
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

    var columns: [Column]
    var rows: [[Cell]] = []

    func text(_ style: TextStyle) -> String {
        var widths = columns.indices.map { column in
            max(TextWidth.columns(columns[column].title), rows.map { TextWidth.columns($0[column].text) }.max() ?? 0)
        }
        var gap = 2
        if let flexible = columns.firstIndex(where: \.isFlexible) {
            let others = widths.reduce(0, +) - widths[flexible]
            let least = min(widths[flexible], 24)
            if others + gap * (columns.count - 1) + least > style.width { gap = 1 }
            widths[flexible] = min(widths[flexible], max(8, style.width - others - gap * (columns.count - 1)))
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
