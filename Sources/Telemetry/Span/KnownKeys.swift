/// The keys of a span's data that the package's own events and the agent use, found by comparing a few numbers.
///
/// All that has to be known of a key is known of these: none is secret, none has a byte that must be escaped, some are
/// contents, and some values are counted by the metrics. Other keys are looked at byte by byte.
///
/// `@unchecked Sendable`: the table is filled before anyone has the pointer, and never changed or freed.
struct KnownKeys: @unchecked Sendable {
    /// What the metrics count at a key.
    enum Fact: UInt8 {
        case none, success, attempt, promptTokens, cachedTokens, completionTokens
    }

    struct Key {
        let name: StaticString
        let isContent: Bool
        let fact: Fact

        fileprivate init(_ name: StaticString, isContent: Bool = false, _ fact: Fact = .none) {
            self.name = name
            self.isContent = isContent
            self.fact = fact
        }
    }

    static let all = [
        Key("model"), Key("prompt_length"), Key("response_length"), Key("prompt_tokens", .promptTokens),
        Key("cached_tokens", .cachedTokens), Key("completion_tokens", .completionTokens), Key("time_to_first_token_ms"),
        Key("tokens_per_second"), Key("finish_reason"), Key("attempt", .attempt), Key("success", .success),
        Key("temperature"), Key("max_tokens"), Key("seed"), Key("schema"), Key("tool"), Key("operation"),
        Key("user_id"), Key("session_id"), Key("status"), Key("count"), Key("step"), Key("steps"), Key("score"),
        Key("passed"), Key("url"), Key("id"), Key("name"), Key("type"), Key("key"), Key("size"),
        Key("arguments", isContent: true), Key("result", isContent: true), Key("data", isContent: true),
        Key("choices", isContent: true), Key("selected", isContent: true), Key("prompt", isContent: true),
        Key("response", isContent: true), Key("input", isContent: true), Key("output", isContent: true),
        Key("query", isContent: true), Key("text", isContent: true), Key("content", isContent: true),
        Key("message", isContent: true), Key("question", isContent: true), Key("answer", isContent: true),
    ]

    /// A key as a line has it, behind a comma and with its colon, at the beginning of 32 bytes.
    struct Encoded {
        fileprivate(set) var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        fileprivate(set) var count = 0
    }

    /// A known key's place in the table, or that of none.
    struct Place {
        fileprivate let index: UInt8
        static let none = Place(index: 0)
    }

    struct Entry {
        /// It comes first, so that its address is the entry's.
        fileprivate(set) var encoded = Encoded()
        fileprivate var digest = TextDigest(UnsafeRawBufferPointer(start: nil, count: 0))
        /// One that no other key has.
        fileprivate(set) var bit: UInt64 = 0
        fileprivate(set) var isContent = false
        fileprivate(set) var fact = Fact.none
    }

    static let shared = KnownKeys()

    /// By hash; where a place is taken, the next one that isn't.
    ///
    /// The first is nobody's.
    private let table: UnsafeMutablePointer<Entry>

    private init() {
        table = .allocate(capacity: 256)
        table.initialize(repeating: Entry(), count: 256)
        for (place, key) in Self.all.enumerated() {
            precondition(place < 64)
            let bit = UInt64(1) << UInt64(place)
            let name = UnsafeRawBufferPointer(start: key.name.utf8Start, count: key.name.utf8CodeUnitCount)
            var entry = Entry(digest: TextDigest(name), bit: bit, isContent: key.isContent, fact: key.fact)
            withUnsafeMutableBytes(of: &entry.encoded.words) { words in
                var cursor = ByteCursor(words.baseAddress.unsafelyUnwrapped)
                cursor.put(",\"")
                cursor.put(name)
                cursor.put("\":")
            }
            entry.encoded.count = name.count + 4
            var place = entry.digest.place
            while table[place].encoded.count > 0 { place = TextDigest.place(after: place) }
            table[place] = entry
        }
    }

    /// Where the key with this digest is.
    @inline(__always)
    func find(_ digest: TextDigest) -> Place {
        var place = digest.place
        while table[place].encoded.count > 0 {
            if table[place].digest == digest { return Place(index: UInt8(truncatingIfNeeded: place)) }
            place = TextDigest.place(after: place)
        }
        return .none
    }

    /// What is known of a key; `nil` for any that isn't in the table.
    @inline(__always)
    subscript(place: Place) -> UnsafePointer<Entry>? {
        place.index == 0 ? nil : UnsafePointer(table + Int(place.index))
    }
}

extension TextDigest {
    /// A place in a table of 256 that isn't the first one.
    @inline(__always)
    fileprivate var place: Int { max(1, Int(hash & 0xFF)) }

    @inline(__always)
    fileprivate static func place(after place: Int) -> Int { max(1, (place + 1) & 0xFF) }
}

extension ByteCursor {
    /// Puts a key behind a comma; it touches 32 bytes.
    @inline(__always)
    mutating func put(_ key: UnsafePointer<KnownKeys.Entry>) {
        put(UnsafeRawBufferPointer(start: key, count: 32), counting: key.pointee.encoded.count)
    }

    /// Puts a key, and a comma before it unless it is the first one; it touches 32 bytes.
    @inline(__always)
    mutating func put(_ key: UnsafePointer<KnownKeys.Entry>, isFirst: Bool) {
        let skipped = isFirst ? 1 : 0
        let encoded = UnsafeRawPointer(key) + skipped
        put(UnsafeRawBufferPointer(start: encoded, count: 31), counting: key.pointee.encoded.count - skipped)
    }
}
