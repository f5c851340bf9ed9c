/// Writes one line of the log, schema 1: its keys, their order, their types, and its bounds.
///
/// ``begin(_:error:)`` comes first, then the data's members in order, then ``end(error:)``.
struct LineWriter: ~Copyable {
    private var buffer: ByteBuffer
    /// What the line may say; it outlives the line, which so need not hold on to it.
    private let policy: Unmanaged<LinePolicy>
    private let rules: UnsafePointer<LinePolicy.Rules>

    /// Where the data begins, once it has; and how many bytes it may have.
    private var dataStart = -1
    private var room = 0
    private var hasMembers = false
    /// How many members were left out for want of room.
    private var omitted = 0
    /// Where a member stands that the program itself called `truncated`.
    private var ownTruncated: Range<Int>?
    /// The line's name, if it is a known one.
    private var knownName: UnsafePointer<KnownNames.Entry>?

    /// The policy's spare memory, if the line is in it.
    private var spare: UnsafeMutableRawBufferPointer?
    /// Who records the line, if it is a recorder; it outlives the line, too.
    var recorder: Unmanaged<Telemetry>?

    /// A line that begins in `memory`, which must outlive it.
    init(_ memory: UnsafeMutableRawBufferPointer, policy: LinePolicy) {
        buffer = ByteBuffer(memory)
        self.policy = .passUnretained(policy)
        rules = policy.rules
    }

    deinit {
        if let spare { policy.takeUnretainedValue().spare.giveBack(spare) }
    }

    /// The line so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { buffer.bytes }

    /// What stands before the data.
    mutating func begin(_ head: SpanHead, _ eventType: EventType, name: String?, error: String?) {
        if let slot = eventType.slot, let name, let known = name.withBytes({ rules.pointee.names.find(slot, $0) }) {
            knownName = known
            buffer.append(atMost: 512) { line in
                line.put(identityOf: head)
                line.put(labelOf: known)
                line.put(timesOf: head)
            }
        } else {
            buffer.append(atMost: 256) { $0.put(identityOf: head) }
            append(eventType.rawValue, limit: rules.pointee.labelBytes)
            if let name { append(name: name, of: eventType) }
            buffer.append(",\"timestamp\":\"" as StaticString)
            buffer.append(atMost: 96) { $0.put(timesOf: head) }
        }
        // The error stands last, and its room is kept free: why a span failed matters more than what it carried.
        room = rules.pointee.limits.lineBytes - buffer.count - 64 - errorRoom(error)
    }

    @inline(never)
    private mutating func append(name: String, of eventType: EventType) {
        buffer.append(",\"name\":" as StaticString)
        let start = buffer.count
        append(name, limit: rules.pointee.labelBytes)
        // What has become longer by its quotes only was neither masked, nor escaped, nor cut.
        let count = name.utf8.count
        guard count <= KnownNames.longest, buffer.count - start == count + 2 else { return }
        let isAsItWas = name.withBytes { $0.elementsEqual(buffer.bytes[(start + 1)..<(buffer.count - 1)]) }
        if isAsItWas { name.withBytes { rules.pointee.names.add(eventType, $0) } }
    }

    /// The room that an error may take when every byte of it has to be escaped.
    @inline(__always)
    private func errorRoom(_ error: String?) -> Int {
        guard let error else { return 0 }
        return 6 * min(error.utf8.count, rules.pointee.errorBytes) + 64
    }

    /// A text, with secrets masked before it is cut.
    private mutating func append(_ text: String, limit: Int) {
        let isWritten = text.withBytes { bytes in
            guard bytes.count <= limit else { return false }
            let rules = rules
            if let scan = rules.pointee.scan {
                if bytes.count <= TextScan.short, buffer.appendJSON(short: bytes, ifHarmlessTo: scan) { return true }
                return append(bytes, scan)
            }
            if bytes.count <= ByteCursor.shortText {
                return buffer.appendJSON(short: bytes) { !rules.pointee.mayMask(short: $0, bytes.count) }
            }
            guard !rules.pointee.mayMask(bytes) else { return false }
            buffer.appendJSON(bytes)
            return true
        }
        if !isWritten { appendWithCare(text, limit: limit) }
    }

    /// Appends a text, unless there is a secret in it.
    @inline(never)
    private mutating func append(_ text: UnsafeRawBufferPointer, _ scan: TextScan) -> Bool {
        let start = buffer.count
        let policy = policy
        if spare == nil, buffer.capacity - buffer.count < 2 * text.count { moveToSpare(for: text.count) }
        buffer.append(UInt8(ascii: "\""))
        let ahead = destinations(ofTextOf: text.count)
        let isWritten = buffer.appendEscaped(text, with: scan, findingWindows: true, ahead: ahead) { window in
            policy.takeUnretainedValue().hasSecret(in: text, at: window)
        }
        if isWritten { buffer.append(UInt8(ascii: "\"")) } else { buffer.truncate(to: start) }
        return isWritten
    }

    /// Moves the line to where there is room for a text of so many bytes, most likely.
    @inline(never)
    private mutating func moveToSpare(for count: Int) {
        guard buffer.count + 2 * count <= SpareMemory.size else { return }
        let memory = policy.takeUnretainedValue().spare.take()
        buffer.move(to: memory)
        spare = memory
    }

    @inline(never)
    private mutating func appendWithCare(_ text: String, limit: Int) {
        buffer.appendJSON(policy.takeUnretainedValue().masked(text) ?? text, limit: limit)
    }

    // MARK: Data

    // Keys that are static are the package's own, and not secret.

    /// Counts and truth values, at most eight of them; where the line has no room for all, they are left out.
    ///
    /// A redaction of the user's own doesn't see them: where there is one, they are to be written one by one.
    @inline(__always)
    mutating func counts(_ write: (inout CountWriter) -> Void) {
        beginData()
        let start = buffer.count
        var count = 0
        buffer.append(atMost: 8 * CountWriter.longest) { line in
            var counts = CountWriter(cursor: line, numbers: rules.pointee.numbers, isFirst: !hasMembers)
            write(&counts)
            line = counts.cursor
            count = counts.count
        }
        endMembers(from: start, count)
    }

    /// A member whose value isn't content.
    mutating func member(_ key: StaticString, _ value: String) {
        if rules.pointee.replacesMembers { return member(named: "\(key)", .string(value)) }
        let start = beginMember(key)
        append(value, limit: rules.pointee.limits.fieldBytes)
        endMember(from: start)
    }

    /// A member whose value is the line's name.
    @inline(__always)
    mutating func member(_ key: StaticString, name: String) {
        guard let knownName, !rules.pointee.replacesMembers else { return member(key, name) }
        let start = beginMember(key)
        buffer.append(atMost: KnownNames.longest + 2) { $0.put(nameOf: knownName) }
        endMember(from: start)
    }

    /// Members that stand in the line as they are, each behind a comma.
    ///
    /// They come first, and are so few that the shortest line has room for them behind the longest name and type.
    @inline(__always)
    mutating func members(written members: UnsafeRawBufferPointer) {
        guard !members.isEmpty else { return }
        assert(!hasMembers)
        beginData()
        buffer.append(UnsafeRawBufferPointer(rebasing: members[1...]))
        hasMembers = true
        assert(buffer.count - dataStart <= room)
    }

    /// All members of a span's data, under all rules.
    ///
    /// - Parameter facts: Gets what the metrics count of them.
    mutating func members(_ data: JSONObject, counting facts: inout SpanFacts) {
        for place in data.members.indices {
            data.members.withUnsafeBufferPointer { entries in
                member(entries.baseAddress.unsafelyUnwrapped + place, counting: &facts)
            }
        }
    }

    @inline(__always)
    private mutating func member(_ entry: UnsafePointer<JSONObject.Entry>, counting facts: inout SpanFacts) {
        if rules.pointee.masksKnownKeysOnly, let key = rules.pointee.keys[entry.pointee.known], !key.pointee.isContent {
            switch entry.pointee.value {
            case .integer(let value):
                facts.count(value, key.pointee.fact)
                let start = beginMember(key)
                buffer.append(atMost: 24) { $0.put(value, rules.pointee.numbers) }
                return endMember(from: start)
            case .bool(let value):
                facts.count(value, key.pointee.fact)
                let start = beginMember(key)
                buffer.append(atMost: 8) { line in if value { line.put("true") } else { line.put("false") } }
                return endMember(from: start)
            case .string(let text):
                let start = beginMember(key)
                if let knownName, text.withBytes(knownName.isName) {
                    buffer.append(atMost: KnownNames.longest + 2) { $0.put(nameOf: knownName) }
                } else {
                    append(text, limit: rules.pointee.limits.fieldBytes)
                }
                return endMember(from: start)
            default: break
            }
        }
        facts.count(entry.pointee)
        member(named: entry.pointee.key, entry.pointee.value)
    }

    /// Begins a member whose key needs no second look.
    @inline(__always)
    private mutating func beginMember(_ key: UnsafePointer<KnownKeys.Entry>) -> Int {
        beginData()
        let start = buffer.count
        let isFirst = !hasMembers
        buffer.append(atMost: 32) { $0.put(key, isFirst: isFirst) }
        return start
    }

    /// Any member, under all rules.
    mutating func member(named key: String, _ value: JSONValue) {
        var limits = rules.pointee.limits
        guard let fieldBytes = rules.pointee.capture.fieldBytes(at: key, limits: limits) else { return }
        limits.fieldBytes = fieldBytes
        beginData()
        let start = buffer.count
        if hasMembers { buffer.append(UInt8(ascii: ",")) }
        if key.utf8.count < Self.shortestSecret {
            buffer.appendJSON(key, limit: rules.pointee.labelBytes)
        } else {
            append(key, limit: rules.pointee.labelBytes)
        }
        buffer.append(UInt8(ascii: ":"))
        if case .string(let text) = value, policy.takeUnretainedValue().masksShapesOnly(at: key) {
            append(text, limit: fieldBytes)
        } else {
            buffer.appendJSON(policy.takeUnretainedValue().masked(value, at: key) ?? value, limits: limits)
        }
        if key == "truncated" { ownTruncated = start..<buffer.count }
        endMember(from: start)
    }

    /// A key with fewer bytes holds no secret of any shape, and is not looked through.
    private static let shortestSecret = 20

    @inline(__always)
    private mutating func beginMember(_ key: StaticString) -> Int {
        beginData()
        let start = buffer.count
        buffer.append(atMost: key.utf8CodeUnitCount + 4) { line in
            if hasMembers { line.put(UInt8(ascii: ",")) }
            line.put(UInt8(ascii: "\""))
            line.put(key)
            line.put("\":")
        }
        return start
    }

    @inline(__always)
    private mutating func beginData() {
        guard dataStart < 0 else { return }
        dataStart = buffer.count
        buffer.append(",\"data\":{" as StaticString)
    }

    @inline(__always)
    private mutating func endMember(from start: Int) { endMembers(from: start, 1) }

    @inline(__always)
    private mutating func endMembers(from start: Int, _ count: Int) {
        if buffer.count - dataStart > room {
            buffer.truncate(to: start)
            omitted += count
        } else {
            hasMembers = true
        }
    }

    // MARK: The end

    /// What stands after the data, and the line end.
    mutating func end(error: String?) {
        if omitted > 0 { endOmitting() }
        guard dataStart < 0 || error != nil else { return buffer.append("}}\n" as StaticString) }
        if dataStart >= 0 { buffer.append(UInt8(ascii: "}")) }
        if let error {
            buffer.append(",\"error\":" as StaticString)
            append(error, limit: rules.pointee.errorBytes)
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

/// Writes members whose values are numbers or truth values, one after another, where there is room for them.
struct CountWriter {
    /// The most bytes of one: its key has at most 24.
    static let longest = 24 + 4 + 20

    fileprivate var cursor: ByteCursor
    fileprivate let numbers: SmallNumbers
    fileprivate var isFirst: Bool
    fileprivate var count = 0

    @inline(__always)
    mutating func member(_ key: StaticString, _ value: Int?) {
        guard let value else { return }
        begin(key)
        cursor.put(value, numbers)
    }

    @inline(__always)
    mutating func member(_ key: StaticString, _ value: Bool) {
        begin(key)
        if value { cursor.put("true") } else { cursor.put("false") }
    }

    @inline(__always)
    private mutating func begin(_ key: StaticString) {
        if !isFirst { cursor.put(UInt8(ascii: ",")) }
        isFirst = false
        count &+= 1
        cursor.put(UInt8(ascii: "\""))
        cursor.put(key)
        cursor.put("\":")
    }
}

extension ByteCursor {
    /// Puts what stands before the event type.
    @inline(__always)
    fileprivate mutating func put(identityOf head: SpanHead) {
        put("{\"span_id\":\"")
        put(hex: head.id.bits)
        put("\",\"trace_id\":\"")
        put(hex: head.traceID.high)
        put(hex: head.traceID.low)
        if let parent = head.parentID {
            put("\",\"parent_span_id\":\"")
            put(hex: parent.bits)
        }
        put("\",\"event_type\":")
    }

    /// Puts when it began and how long it took.
    @inline(__always)
    fileprivate mutating func put(timesOf head: SpanHead) {
        put(head.timestamp)
        guard let nanoseconds = head.nanoseconds else { return put(UInt8(ascii: "\"")) }
        put("\",\"duration_ms\":")
        put(millisecondsOf: nanoseconds)
    }
}

/// A line's fields but its texts and its data.
struct SpanHead {
    var id: SpanID
    var traceID: TraceID
    var parentID: SpanID?
    var timestamp: Timestamp
    var nanoseconds: UInt64?
}

extension Span {
    init(_ head: SpanHead, _ eventType: EventType, name: String?, data: JSONObject, error: String?) {
        self.init(
            id: head.id,
            traceID: head.traceID,
            parentID: head.parentID,
            eventType: eventType,
            name: name,
            timestamp: head.timestamp,
            duration: head.nanoseconds.map(Duration.init(wholeNanoseconds:)),
            data: data,
            error: error
        )
    }

    /// Calls `body` with the span's line in the log.
    func withLine<Result>(policy: LinePolicy, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let head = SpanHead(
            id: id,
            traceID: traceID,
            parentID: parentID,
            timestamp: timestamp,
            nanoseconds: duration?.wholeNanoseconds
        )
        return LineWriter.withLine(policy: policy) { line in
            var facts = SpanFacts()
            line.begin(head, eventType, name: name, error: error)
            line.members(data, counting: &facts)
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

extension Limits {
    /// The most bytes of an event type, a name or a key: they identify, and a kilobyte is plenty for that.
    ///
    /// An event type and a name, each byte escaped to six, leave room on the shortest line too.
    var labelBytes: Int { min(fieldBytes, 1 << 10, lineBytes / 32) }

    /// The most bytes of an error's text, so that with all else cut the line still fits.
    var errorBytes: Int { min(fieldBytes, lineBytes / 16) }
}
