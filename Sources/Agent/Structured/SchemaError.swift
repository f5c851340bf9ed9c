/// What was wrong with a schema's notation, and where.
public struct SchemaError: Error, Sendable, Hashable {
    /// What was wrong, and what to write.
    public var message: String
    /// The line, from 1.
    public var line: Int
    /// The place in the line, in characters from 1.
    public var column: Int
    /// The line, and below it a caret under the column; long lines are cut.
    public var excerpt: String

    /// An error at `index` of `notation`.
    init(_ message: String, in notation: String, at index: String.Index) {
        self.message = message
        let before = notation[..<index]
        let start = before.lastIndex(where: \.isNewline).map(notation.index(after:)) ?? notation.startIndex
        let rest = notation[start...]
        let end = rest.firstIndex(where: \.isNewline) ?? rest.endIndex
        line = before.count(where: \.isNewline) + 1
        column = before[start...].count + 1
        excerpt = Self.excerpt(of: Array(notation[start..<end]), column: column)
    }

    private static func excerpt(of line: [Character], column: Int, reach: Int = 50) -> String {
        let first = max(0, column - 1 - reach)
        let last = min(line.count, column - 1 + reach)
        let head = first > 0 ? "…" : ""
        // Tabs and other controls would move the caret or act on the terminal.
        let shown = line[first..<last].map { $0.isControl ? " " : $0 }
        let caret = String(repeating: " ", count: head.count + column - 1 - first) + "^"
        return "    \(head)\(String(shown))\(last < line.count ? "…" : "")\n    \(caret)"
    }
}

extension SchemaError: CustomStringConvertible {
    /// The message, then the excerpt.
    public var description: String { "\(message)\n\(excerpt)" }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control || $0.properties.isBidiControl }
    }
}
