/// Writes one line of the log, schema 1: its keys, their order, their types, and its bounds.
///
/// ``begin(_:error:)`` comes first, then the data's members in order, then ``end(error:)``.
struct LineWriter: ~Copyable {
    private var buffer: ByteBuffer
    private let policy: LinePolicy

    /// Where the data begins, once it has; and how many bytes it may have.
    private var dataStart = -1
    private var room = 0
    private var hasMembers = false
    /// How many members were left out for want of room.
    private var omitted = 0
    /// Where a member stands that the program itself called `truncated`.
    private var ownTruncated: Range<Int>?
    /// Where the name stands, with its quotes, if it is one that no limit has cut.
    private var writtenName: Range<Int>?

    /// A line that begins in `memory`, which must outlive it.
    init(_ memory: UnsafeMutableRawBufferPointer, policy: LinePolicy) {
        buffer = ByteBuffer(memory)
        self.policy = policy
    }

    /// The line so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { buffer.bytes }

    /// What stands before the data.
    mutating func begin(_ head: borrowing SpanHead, error: String?) {
        // What is the same on every line is copied at once; the digits then take their places.
        buffer.append(
            "{\"span_id\":\"0000000000000000\",\"trace_id\":\"00000000000000000000000000000000\"," as StaticString
        )
        buffer.store(hex: head.id.bits, at: 12)
        buffer.store(hex: head.traceID.high, at: 42)
        buffer.store(hex: head.traceID.low, at: 58)
        if let parent = head.parentID {
            buffer.append("\"parent_span_id\":\"0000000000000000\",\"event_type\":" as StaticString)
            buffer.store(hex: parent.bits, at: 94)
        } else {
            buffer.append("\"event_type\":" as StaticString)
        }
        if head.eventType.slot != nil {
            // The package's own names need no second look.
            buffer.append(UInt8(ascii: "\""))
            buffer.append(head.eventType.rawValue)
            buffer.append(UInt8(ascii: "\""))
        } else {
            append(head.eventType.rawValue, limit: policy.limits.labelBytes)
        }
        if let name = head.name {
            buffer.append(",\"name\":" as StaticString)
            let start = buffer.count
            append(name, limit: policy.limits.labelBytes)
            // Masks make 64 bytes at most 230.
            if name.utf8.count <= 64, policy.limits.labelBytes >= 256 { writtenName = start..<buffer.count }
        }
        buffer.append(",\"timestamp\":\"" as StaticString)
        buffer.append(head.timestamp)
        buffer.append(UInt8(ascii: "\""))
        if let nanoseconds = head.nanoseconds {
            buffer.append(",\"duration_ms\":" as StaticString)
            buffer.append(millisecondsOf: nanoseconds)
        }
        // The error stands last, and its room is kept free: why a span failed matters more than what it carried.
        room = policy.limits.lineBytes - buffer.count - 64 - policy.limits.errorBytes(of: error)
    }

    /// A text, with secrets masked before it is cut.
    private mutating func append(_ text: String, limit: Int) {
        if let masked = policy.masked(text) {
            buffer.appendJSON(masked, limit: limit)
        } else {
            buffer.appendJSON(text, limit: limit)
        }
    }

    // MARK: Data

    // Keys that are static are the package's own, and not secret. `member` is for values that aren't content.

    @inline(__always)
    mutating func member(_ key: StaticString, _ value: Int) {
        if policy.replacesMembers { return member(named: "\(key)", .integer(value)) }
        let start = beginMember(key)
        buffer.appendJSON(value)
        endMember(from: start)
    }

    @inline(__always)
    mutating func member(_ key: StaticString, _ value: Bool) {
        if policy.replacesMembers { return member(named: "\(key)", .bool(value)) }
        let start = beginMember(key)
        if value { buffer.append("true" as StaticString) } else { buffer.append("false" as StaticString) }
        endMember(from: start)
    }

    @inline(__always)
    mutating func member(_ key: StaticString, _ value: String) {
        if policy.replacesMembers { return member(named: "\(key)", .string(value)) }
        let start = beginMember(key)
        append(value, limit: policy.limits.fieldBytes)
        endMember(from: start)
    }

    /// A member whose value is the line's name: what stands there is masked and escaped already.
    @inline(__always)
    mutating func member(_ key: StaticString, name: String) {
        guard !policy.replacesMembers, let writtenName else { return member(key, name) }
        let start = beginMember(key)
        buffer.append(copyOf: writtenName)
        endMember(from: start)
    }

    /// Any member, under all rules.
    mutating func member(named key: String, _ value: JSONValue) {
        var limits = policy.limits
        guard let fieldBytes = policy.capture.fieldBytes(at: key, limits: limits) else { return }
        limits.fieldBytes = fieldBytes
        let start = beginMember()
        if key.utf8.count < Self.shortestSecret {
            buffer.appendJSON(key, limit: policy.limits.labelBytes)
        } else {
            append(key, limit: policy.limits.labelBytes)
        }
        buffer.append(UInt8(ascii: ":"))
        buffer.appendJSON(policy.masked(value, at: key) ?? value, limits: limits)
        if key == "truncated" { ownTruncated = start..<buffer.count }
        endMember(from: start)
    }

    /// A key with fewer bytes holds no secret of any shape, and is not looked through.
    private static let shortestSecret = 20

    @inline(__always)
    private mutating func beginMember(_ key: StaticString) -> Int {
        let start = beginMember()
        let length = key.utf8CodeUnitCount
        buffer.append(atMost: length + 3) { out in
            out.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
            (out + 1).copyMemory(from: key.utf8Start, byteCount: length)
            out.storeBytes(of: UInt8(ascii: "\""), toByteOffset: length + 1, as: UInt8.self)
            out.storeBytes(of: UInt8(ascii: ":"), toByteOffset: length + 2, as: UInt8.self)
            return length + 3
        }
        return start
    }

    @inline(__always)
    private mutating func beginMember() -> Int {
        if dataStart < 0 {
            dataStart = buffer.count
            buffer.append(",\"data\":{" as StaticString)
        }
        let start = buffer.count
        if hasMembers { buffer.append(UInt8(ascii: ",")) }
        return start
    }

    @inline(__always)
    private mutating func endMember(from start: Int) {
        if buffer.count - dataStart > room {
            buffer.truncate(to: start)
            omitted += 1
        } else {
            hasMembers = true
        }
    }

    // MARK: The end

    /// What stands after the data, and the line end.
    mutating func end(error: String?) {
        if omitted > 0 { endOmitting() }
        if dataStart >= 0 { buffer.append(UInt8(ascii: "}")) }
        if let error {
            buffer.append(",\"error\":" as StaticString)
            append(error, limit: policy.limits.errorBytes)
        }
        buffer.append("}\n" as StaticString)
    }

    private mutating func endOmitting() {
        if let ownTruncated, ownTruncated.upperBound <= buffer.count {
            // A key stands once: the program's own makes way.
            let rest = buffer.bytes[ownTruncated.upperBound...].map { $0 }
            buffer.truncate(to: ownTruncated.lowerBound)
            rest.withUnsafeBytes { buffer.append($0) }
            omitted += 1
            hasMembers = buffer.bytes.last != UInt8(ascii: "{")
        }
        buffer.append(hasMembers ? ",\"truncated\":" : "\"truncated\":")
        buffer.appendDigits(UInt64(omitted))
    }
}

/// A line's fields but the data and the error.
struct SpanHead {
    var id: SpanID
    var traceID: TraceID
    var parentID: SpanID?
    var eventType: EventType
    var name: String?
    var timestamp: Timestamp
    var nanoseconds: UInt64?
}

extension Span {
    init(_ head: SpanHead, data: JSONObject, error: String?) {
        self.init(
            id: head.id,
            traceID: head.traceID,
            parentID: head.parentID,
            eventType: head.eventType,
            name: head.name,
            timestamp: head.timestamp,
            duration: head.nanoseconds.map(Duration.init(wholeNanoseconds:)),
            data: data,
            error: error
        )
    }

    var head: SpanHead {
        SpanHead(
            id: id,
            traceID: traceID,
            parentID: parentID,
            eventType: eventType,
            name: name,
            timestamp: timestamp,
            nanoseconds: duration?.wholeNanoseconds
        )
    }

    /// Calls `body` with the span's line in the log.
    func withLine<Result>(policy: LinePolicy, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        LineWriter.withLine(policy: policy) { line in
            line.begin(head, error: error)
            for entry in data.members { line.member(named: entry.key, entry.value) }
            line.end(error: error)
            return body(line.bytes)
        }
    }
}

extension LineWriter {
    /// Calls `body` with a line to write.
    ///
    /// A typical one fits on the stack; a longer one moves to the heap.
    @inline(__always)
    static func withLine<Result>(policy: LinePolicy, _ body: (inout LineWriter) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { memory in
            var line = LineWriter(memory, policy: policy)
            return body(&line)
        }
    }
}

extension ByteBuffer {
    /// Appends milliseconds with at most 3 decimals, rounded half up, without trailing zeros.
    mutating func append(millisecondsOf nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000 + (nanoseconds % 1000 >= 500 ? 1 : 0)
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
    func errorBytes(of error: String?) -> Int {
        guard let error else { return 0 }
        return 6 * min(error.utf8.count, errorBytes) + 64
    }
}
