// Reading the log line, schema 1.

extension Span {
    /// Reads a line of the log.
    ///
    /// Keys that schema 1 doesn't know are ignored.
    ///
    /// - Throws: ``JSONError`` when the line is not JSON, or a key is missing or has the wrong type; it names the key.
    public init(line: some StringProtocol) throws(JSONError) {
        try self.init(json: JSONValue(parsing: line))
    }

    /// Reads a line of the log, as a ``SpanSink`` gets it.
    public init(line: RawSpan) throws(JSONError) {
        let result = line.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        }
        try self.init(json: result.get())
    }

    init(json: JSONValue) throws(JSONError) {
        guard case .object(let line) = json else { throw JSONError(offset: 0, reason: "expected an object") }
        func invalid(_ key: String, _ expected: String) -> JSONError {
            JSONError(offset: 0, reason: "\(key): expected \(expected)")
        }
        func text(_ key: String, _ expected: String) throws(JSONError) -> String? {
            guard let value: JSONValue = line[key], value != .null else { return nil }
            guard let text = value.string else { throw invalid(key, expected) }
            return text
        }
        let sixteen = "16 hexadecimal digits, not all zero"
        guard let id = try text("span_id", sixteen).flatMap({ SpanID($0) }) else { throw invalid("span_id", sixteen) }
        guard let traceID = try text("trace_id", "32 hexadecimal digits").flatMap({ TraceID($0) }) else {
            throw invalid("trace_id", "32 hexadecimal digits, not all zero")
        }
        var parentID: SpanID?
        if let digits = try text("parent_span_id", sixteen) {
            guard let id = SpanID(digits) else { throw invalid("parent_span_id", sixteen) }
            parentID = id
        }
        guard let eventType = try text("event_type", "a string") else { throw invalid("event_type", "a string") }
        guard let timestamp = try text("timestamp", "a time").flatMap({ Timestamp($0) }) else {
            throw invalid("timestamp", "a time as in RFC 3339")
        }
        var duration: Duration?
        if let value: JSONValue = line["duration_ms"], value != .null {
            guard let milliseconds = value.number, milliseconds >= 0, milliseconds < 1e15 else {
                throw invalid("duration_ms", "a number of milliseconds, 0 or more")
            }
            duration = .microseconds(Int64(milliseconds * 1000 + 0.5))
        }
        var data: JSONObject = [:]
        if let value: JSONValue = line["data"], value != .null {
            guard let object = value.object else { throw invalid("data", "an object") }
            data = object
        }
        self.init(
            id: id,
            traceID: traceID,
            parentID: parentID,
            eventType: EventType(rawValue: eventType),
            name: try text("name", "a string"),
            timestamp: timestamp,
            duration: duration,
            data: data,
            error: try text("error", "a string")
        )
    }
}
