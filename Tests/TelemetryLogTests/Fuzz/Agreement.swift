import Telemetry

@testable import TelemetryLog

/// What must hold of any bytes: the fast ways say what the plain one says.
///
/// Each check returns what is wrong, or nothing. Tests use it, and so does the fuzzer; see `fuzz.sh`.
enum Agreement {
    /// The fast parser says of a line what the general one says, or leaves it alone.
    static func ofFields(_ line: [UInt8]) -> String? {
        let general = span(line[...])
        return withFields(line) { fields in
            guard let fields else { return nil }
            guard let general else { return "the fast parser takes a line that is not valid" }
            return difference(fields, general).map { "the fast parser reads another \($0)" }
        }
    }

    private static func difference(_ fields: LineFields, _ span: Span) -> String? {
        let data = span.data
        func text(_ key: String) -> String? { data[key] }
        func number(_ key: String) -> Int { max(0, data[key]?.integer ?? 0) }
        let duration = fields.duration < 0 ? nil : Duration.microseconds(fields.duration)
        let same: [(String, Bool)] = [
            ("span id", fields.spanID == span.id.bits),
            ("trace id", fields.traceHigh == span.traceID.high && fields.traceLow == span.traceID.low),
            ("parent", fields.parentID == span.parentID?.bits ?? 0),
            ("event type", fields.text(fields.eventType) == span.eventType.rawValue),
            ("name", fields.text(fields.name) == span.name), ("error", fields.text(fields.error) == span.error),
            ("timestamp", fields.timestamp == span.timestamp.microseconds), ("duration", duration == span.duration),
            ("success", fields.isFailure == span.isFailure), ("model", fields.text(fields.model) == text("model")),
            ("tool", fields.text(fields.tool) == text("tool")), ("user", fields.text(fields.user) == text("user_id")),
            ("number of prompt tokens", fields.promptTokens == number("prompt_tokens")),
            ("number of cached tokens", fields.cachedTokens == number("cached_tokens")),
            ("number of completion tokens", fields.completionTokens == number("completion_tokens")),
            ("attempt", fields.attempt == data["attempt"]?.integer ?? 1),
            ("status", fields.isRunning == (data["status"] == "running")), ("value", fields.span == span),
        ]
        return same.first { !$0.1 }?.0
    }

    /// The OTLP that is written from a line's bytes is what its values would be.
    ///
    /// Texts that hold JSON (arguments, results) may differ in how they spell it.
    static func ofOTLP(_ line: [UInt8]) -> String? {
        guard let text = otlp(line) ?? nil, let span = span(line[...]) else { return nil }
        guard let bytes = try? JSONValue(parsing: text), let values = try? JSONValue(parsing: OTLP.span(span)) else {
            return "the OTLP is no JSON"
        }
        return resolved(bytes) == resolved(values) ? nil : "the OTLP of the bytes is not that of the values"
    }

    /// The OTLP that is written from a line's bytes: none of a line that the fast parser refuses, and `.some(nil)` of one
    /// that needs values.
    static func otlp(_ line: [UInt8]) -> String?? {
        withFields(line) { fields in
            guard let fields else { return nil }
            var writer = OTLPWriter()
            return .some(writer.write(fields) ? writer.output.text : nil)
        }
    }

    private static func resolved(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(resolved))
        case .object(let members):
            var object: JSONObject = [:]
            for (key, value) in members {
                let inner = key == "stringValue" ? value.string.flatMap { try? JSONValue(parsing: $0) } : nil
                object[key] = resolved(inner ?? value)
            }
            return .object(object)
        default: return value
        }
    }

    static func span(_ line: ArraySlice<UInt8>) -> Span? {
        line.withUnsafeBytes { try? Span(line: RawSpan(_unsafeBytes: $0)) }
    }
}

/// The fields of a line, if the fast parser takes it; with the line's memory, which they point into.
func withFields<Result>(_ line: [UInt8], _ body: (LineFields?) throws -> Result) rethrows -> Result {
    try withPadding(line) { base in
        var fields = LineFields(base)
        return try body(fields.scan(base, count: line.count) ? fields : nil)
    }
}

/// Calls `body` with a line in memory as a reader has it: with its newline, and with room behind it.
func withPadding<Result>(_ line: [UInt8], _ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
    let padded = line + [UInt8](repeating: 0x0A, count: LineLayouts.reach + BlockBuffer.padding)
    return try padded.withUnsafeBufferPointer { try body($0.baseAddress!) }
}
