internal import Telemetry

/// Makes text from a log harmless where it is shown.
public enum Escaping {
    /// The text on one line, with whatever could act on a terminal escaped as JSON does: control characters, line
    /// separators and the controls of writing direction.
    public static func plain(_ text: String) -> String {
        let json = JSONValue.string(text).description
        guard json.utf8.contains(0x5C) else { return text }
        // Quotes and backslashes are harmless, and read better as they are.
        var result = ""
        var isEscaped = false
        for scalar in json.unicodeScalars.dropFirst().dropLast() {
            if isEscaped {
                if scalar != "\"", scalar != "\\" { result += "\\" }
                result.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text as it is, but for whatever could act on a terminal; its lines stay lines.
    public static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { plain(String($0)) }
    }
}
