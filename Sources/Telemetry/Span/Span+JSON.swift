// The log line, schema 1: its keys, their order, and their types.

extension ByteBuffer {
    /// Appends the span as one JSON object without a line end.
    mutating func append(_ span: Span, limits: Limits) {
        let start = count
        var limits = limits
        // The line and its data are two levels themselves, and the reader has a limit of its own.
        limits.depth = min(limits.depth, JSONValue.maximumDepth - 2)
        append("{\"span_id\":\"" as StaticString)
        appendHex(span.id.bits)
        append("\",\"trace_id\":\"" as StaticString)
        appendHex(span.traceID.high)
        appendHex(span.traceID.low)
        if let parent = span.parentID {
            append("\",\"parent_span_id\":\"" as StaticString)
            appendHex(parent.bits)
        }
        append("\",\"event_type\":" as StaticString)
        appendJSON(span.eventType.rawValue, limit: limits.labelBytes)
        if let name = span.name {
            append(",\"name\":" as StaticString)
            appendJSON(name, limit: limits.labelBytes)
        }
        append(",\"timestamp\":\"" as StaticString)
        append(span.timestamp)
        append(UInt8(ascii: "\""))
        if let duration = span.duration {
            append(",\"duration_ms\":" as StaticString)
            append(millisecondsOf: duration)
        }
        // The error stands last, and its room is kept free: why a span failed matters more than what it carried.
        let room = limits.lineBytes - (count - start) - 64 - limits.errorBytes(of: span.error)
        append(data: span.data, limits: limits, room: room)
        if let error = span.error {
            append(",\"error\":" as StaticString)
            appendJSON(error, limit: limits.errorBytes)
        }
        append(UInt8(ascii: "}"))
    }

    /// Appends `,"data":{…}` within `room` bytes; members that don't fit are left out, and counted in a last one.
    private mutating func append(data: JSONObject, limits: Limits, room: Int, omitted: Int = 0) {
        guard !data.isEmpty || omitted > 0 else { return }
        let start = count
        append(",\"data\":{" as StaticString)
        var omitted = omitted
        var isFirst = true
        for (key, value) in data {
            let end = count
            if !isFirst { append(UInt8(ascii: ",")) }
            appendJSON(key, limit: limits.labelBytes)
            append(UInt8(ascii: ":"))
            appendJSON(value, limits: limits)
            if count - start > room {
                truncate(to: end)
                omitted += 1
            } else {
                isFirst = false
            }
        }
        if omitted > 0, data["truncated"] as JSONValue? != nil {
            // A key stands once: the program's own makes way.
            truncate(to: start)
            var rest = data
            rest["truncated"] = nil
            return append(data: rest, limits: limits, room: room, omitted: 1)
        }
        if omitted > 0 {
            append(isFirst ? "\"truncated\":" : ",\"truncated\":")
            appendDigits(UInt64(omitted))
        }
        append(UInt8(ascii: "}"))
    }

    /// Appends milliseconds with at most 3 decimals, rounded half up, without trailing zeros.
    ///
    /// Negative ones become 0.
    mutating func append(millisecondsOf duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return append(UInt8(ascii: "0")) }
        let rounded = duration + .nanoseconds(500)
        let microseconds = UInt64(rounded.wholeMicroseconds)
        appendDigits(microseconds / 1000)
        var decimals = microseconds % 1000
        guard decimals > 0 else { return }
        append(UInt8(ascii: "."))
        var width = 3
        while decimals % 10 == 0 {
            decimals /= 10
            width -= 1
        }
        appendDigits(decimals, width: width)
    }
}

extension Limits {
    /// The most bytes of an event type, a name or a key: they identify, and a kilobyte is plenty for that.
    ///
    /// An event type and a name, each byte escaped to six, leave room on the shortest line too.
    var labelBytes: Int { min(fieldBytes, 1 << 10, lineBytes / 32) }

    /// The most bytes of an error's text, so that with all else cut the line still fits.
    var errorBytes: Int { min(fieldBytes, lineBytes / 16) }

    /// The room that an error may take when every byte of it has to be escaped.
    fileprivate func errorBytes(of error: String?) -> Int {
        guard let error else { return 0 }
        return 6 * min(error.utf8.count, errorBytes) + 64
    }
}

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
