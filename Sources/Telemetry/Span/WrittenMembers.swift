/// The first members of a running span's data, as the span's line will have them.
///
/// Most members are a number, a truth value or a short text at a known key, and none of the rules would change one. Written
/// when they are set, they need be neither kept as values, which takes memory of its own, nor looked through again when the
/// span ends.
struct WrittenMembers: ~Copyable {
    /// Not of vectors: memory that is aligned to more than a word takes longer to get.
    private typealias Block = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    private typealias Memory = (Block, Block, Block, Block, Block, Block)

    /// The members one after another, each behind a comma.
    private var memory: Memory
    private var count = 0
    /// The members' keys, a bit for each.
    private var keys: UInt64 = 0
    /// What the metrics count of them.
    private(set) var facts = SpanFacts()

    /// Behind this place a member may have no room, with all that writing it touches.
    private static let last = MemoryLayout<Memory>.size - 32 - TextScan.short - 2

    @inline(__always)
    init() {
        let block: Block = (0, 0, 0, 0, 0, 0, 0, 0)
        memory = (block, block, block, block, block, block)
    }

    /// Whether there is a member at `key`.
    func has(_ key: String) -> Bool {
        guard keys != 0 else { return false }
        let known = KnownKeys.shared[KnownKeys.shared.find(TextDigest(key))]
        return known.map { keys & $0.pointee.bit != 0 } ?? false
    }

    /// Writes a member, if there is none at its key, and it can stand in any line as it is; otherwise returns `false`.
    @inline(__always)
    mutating func add(
        _ value: borrowing JSONValue?,
        at key: String,
        _ rules: UnsafePointer<LinePolicy.Rules>
    ) -> Bool {
        let place = rules.pointee.keys.find(TextDigest(key))
        guard let known = rules.pointee.keys[place], keys & known.pointee.bit == 0, !known.pointee.isContent,
            count <= Self.last, rules.pointee.masksKnownKeysOnly
        else { return false }
        let start = count
        let end = withUnsafeMutableBytes(of: &memory) { memory in
            var cursor = ByteCursor(memory.baseAddress.unsafelyUnwrapped + start)
            cursor.put(known)
            switch value {
            case .integer(let value):
                cursor.put(value, rules.pointee.numbers)
                facts.count(value, known.pointee.fact)
            case .bool(let value):
                if value { cursor.put("true") } else { cursor.put("false") }
                facts.count(value, known.pointee.fact)
            case .number(let value):
                // Where texts are short, so are these numbers' keys.
                guard value.isFinite, rules.pointee.labelBytes >= TextDigest.longestExact else { return 0 }
                value.description.withBytes { cursor.put($0) }
            case .string(let text):
                let count = Self.put(text, at: cursor.next + 1, rules)
                guard count >= 0 else { return 0 }
                cursor.putQuotes(around: count)
            default: return 0
            }
            return UnsafeRawPointer(cursor.next) - UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped)
        }
        guard end > 0 else { return false }
        count = end
        keys |= known.pointee.bit
        return true
    }

    /// Puts a short text, if it can stand as it is and has no secret in it; returns its length, or -1.
    @inline(never)
    private static func put(
        _ text: String,
        at out: UnsafeMutableRawPointer,
        _ rules: UnsafePointer<LinePolicy.Rules>
    ) -> Int {
        guard let scan = rules.pointee.scan else { return -1 }
        return text.withBytes { text in
            guard text.count <= min(TextScan.short, rules.pointee.limits.fieldBytes) else { return -1 }
            return scan.copyHarmless(short: text, to: out) ? text.count : -1
        }
    }

    /// Calls `body` with the members' bytes.
    ///
    /// It changes nothing; but of what is only borrowed, a copy would be made first.
    @inline(__always)
    mutating func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        let count = count
        withUnsafeMutableBytes(of: &memory) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The members as values, which changes nothing either.
    ///
    /// They are read back from what was written: whoever looks at a span that runs, or changes its mind, is rare.
    var values: JSONObject {
        mutating get {
            guard count > 0 else { return [:] }
            var text = ByteBuffer()
            text.append(UInt8(ascii: "{"))
            withBytes { text.append(UnsafeRawBufferPointer(rebasing: $0.dropFirst())) }
            text.append(UInt8(ascii: "}"))
            let object = (try? JSONValue(parsing: text.bytes))?.object
            assert(object != nil)
            return object ?? [:]
        }
    }

    mutating func removeAll() {
        count = 0
        keys = 0
        facts = SpanFacts()
    }
}
