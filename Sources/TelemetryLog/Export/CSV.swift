internal import Telemetry

/// Spans as comma-separated values (RFC 4180), one a line, for spreadsheets and data frames.
enum CSV {
    static let columns = [
        "span_id", "trace_id", "parent_span_id", "event_type", "name", "timestamp", "duration_ms", "failed", "error",
        "model", "tool", "attempt", "prompt_tokens", "cached_tokens", "completion_tokens", "user_id", "session_id",
        "data",
    ]

    static var header: String { columns.joined(separator: ",") + "\r\n" }

    static func row(_ span: Span) -> String {
        func value(_ key: String) -> String {
            guard let json = span.data[key] as JSONValue? else { return "" }
            return json.string.map(text) ?? quoted(json.description)
        }
        let cells = [
            span.id.description, span.traceID.description, span.parentID?.description ?? "",
            text(span.eventType.rawValue), text(span.name ?? ""), span.timestamp.description,
            span.duration.map { JSONValue.milliseconds($0).description } ?? "", span.isFailure ? "true" : "false",
            text(span.error ?? ""), value("model"), value("tool"), value("attempt"), value("prompt_tokens"),
            value("cached_tokens"), value("completion_tokens"), value("user_id"), value("session_id"),
            span.data.isEmpty ? "" : quoted(span.data.description),
        ]
        return cells.joined(separator: ",") + "\r\n"
    }

    /// A text that no spreadsheet takes for a formula (OWASP, "CSV Injection").
    private static func text(_ text: String) -> String {
        guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return quoted(text) }
        return quoted("'" + text)
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
        var bytes: [UInt8] = [0x22]
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if byte == 0x22 { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(0x22)
        return String(decoding: bytes, as: UTF8.self)
    }
}
