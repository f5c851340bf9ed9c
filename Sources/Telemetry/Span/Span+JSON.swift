// Reading the log line, schema 1.

extension Span {
    /// Reads a line of the log.
    ///
    /// Keys that schema 1 doesn't know are ignored. A line that has one of schema 1's keys twice is none: which of the two
    /// counts, readers of JSON don't agree on (RFC 8259, section 4). Within `data` the last one counts.
    ///
    /// - Throws: ``JSONError`` when the line is not JSON, or a key is missing, stands twice or has the wrong type; it names
    ///   the key.
    public init(line: some StringProtocol) throws(JSONError) {
        var text = String(line)
        // `withUTF8` rethrows untyped: the result carries the typed error out.
        let result = text.withUTF8 { utf8 in
            Result { () throws(JSONError) in try Span(line: UnsafeRawBufferPointer(utf8)) }
        }
        self = try result.get()
    }

    /// Reads a line of the log, as a ``SpanSink`` gets it.
    public init(line: RawSpan) throws(JSONError) {
        let result = line.withUnsafeBytes { bytes in Result { () throws(JSONError) in try Span(line: bytes) } }
        self = try result.get()
    }

    private init(line: UnsafeRawBufferPointer) throws(JSONError) {
        var parser = JSONParser(bytes: line)
        let json = try parser.text()
        var seen: Set<String> = []
        for key in parser.keysWithRepeats where Self.keys.contains(key) && !seen.insert(key).inserted {
            throw JSONError(offset: 0, reason: "\(key): stands twice")
        }
        try self.init(json: json)
    }

    /// The keys of schema 1.
    private static let keys: Set<String> = [
        "span_id", "trace_id", "parent_span_id", "event_type", "name", "timestamp", "duration_ms", "data", "error",
    ]

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
