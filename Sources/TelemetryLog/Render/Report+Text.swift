public import Telemetry

extension LogReader {
    /// Reads every line, and reports those that are not spans.
    ///
    /// - Throws: ``LogError`` when a file can't be read.
    public func check() throws(LogError) -> ReadingReport { try read { Nothing() }.report }

    private struct Nothing: LineConsumer {
        func take(_ line: inout LineFields, at place: LinePlace) {}
    }
}

extension ReadingReport {
    /// What is wrong, line by line, and a verdict; ends with a line end.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        var text = badLines.map { "\(Escaping.plain($0.description))\n" }.joined()
        let more = badLineCount - badLines.count
        if more > 0 { text += style.paint("… \(Format.count(more)) more\n", .faint) }
        var notes: [String] = []
        if tornLines > 0 { notes.append("\(Format.plural(tornLines, "last line")) torn or still being written") }
        if duplicates > 0 { notes.append("\(Format.plural(duplicates, "duplicate")) left out") }
        if unfinished > 0 { notes.append("\(Format.plural(unfinished, "span")) unfinished") }
        let verdict =
            badLineCount > 0
            ? style.paint("\(Format.count(badLineCount)) of \(Format.plural(lines, "line")) not valid", .error)
            : style.paint("\(Format.plural(lines, "line")), all valid", .good)
        return text + ([verdict] + notes.map { style.paint($0, .warning) }).joined(separator: ", ") + "\n"
    }

    /// What ``json`` has and the first 1,000 bad lines, as `agentlog check --json` prints them; see <doc:JSONShapes>.
    public var checkJSON: JSONValue {
        var object = json
        object["problems"] = JSONValue.array(
            badLines.map { ["file": .string($0.file), "line": .integer($0.line), "reason": .string($0.reason)] }
        )
        return .object(object)
    }
}
