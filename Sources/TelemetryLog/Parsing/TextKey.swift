/// A text of a line, as what it is looked up by: nothing is copied.
///
/// It is valid as long as the line is.
struct TextKey {
    /// Where the text begins; eight bytes behind it may be read.
    let base: UnsafePointer<UInt8>
    let count: Int
    /// The first eight bytes; those beyond the text are 0.
    let head: UInt64
    /// The last eight bytes, if there are more than eight.
    let tail: UInt64

    @inline(__always)
    init(_ base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
        head = Key.head(base, count)
        tail = count > 8 ? JSONScanner.word(base + count - 8) : 0
    }

    /// 64 bits, of which the highest are mixed best.
    @inline(__always)
    func hash(_ seed: UInt64) -> UInt64 {
        var hash = Self.mix(Self.mix(seed ^ UInt64(truncatingIfNeeded: count), head), tail)
        var place = 8
        while place < count - 8 {
            hash = Self.mix(hash, JSONScanner.word(base + place))
            place += 8
        }
        return hash
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
        return product ^ product >> 32
    }
}

/// A text that was looked up, and is kept.
struct StoredText {
    private let bytes: [UInt8]
    private let head: UInt64
    private let tail: UInt64

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        (head, tail) = Self.withKey(bytes) { ($0.head, $0.tail) }
    }

    init(_ key: TextKey) {
        bytes = Array(UnsafeBufferPointer(start: key.base, count: key.count))
        (head, tail) = (key.head, key.tail)
    }

    @inline(__always)
    func equals(_ key: TextKey) -> Bool {
        guard bytes.count == key.count, head == key.head, tail == key.tail else { return false }
        return key.count <= 16
            || bytes.withUnsafeBytes { $0.elementsEqual(UnsafeRawBufferPointer(start: key.base, count: key.count)) }
    }

    /// Calls `body` with what it is looked up by.
    func withKey<Result>(_ body: (TextKey) -> Result) -> Result { Self.withKey(bytes, body) }

    private static func withKey<Result>(_ bytes: [UInt8], _ body: (TextKey) -> Result) -> Result {
        // Words are read.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 8) { room in
            room.initialize(repeating: 0)
            _ = room.update(fromContentsOf: bytes)
            // What isn't empty has an address.
            return body(TextKey(UnsafePointer(room.baseAddress.unsafelyUnwrapped), count: bytes.count))
        }
    }

    /// The text, escapes resolved.
    func text(_ hasEscape: Bool) -> String { bytes.withUnsafeBytes { LineFields.text($0, hasEscape) } }
}

extension LineFields {
    /// A part, to be looked up.
    @inline(__always)
    func key(_ slice: Slice) -> TextKey { TextKey(base + slice.start, count: slice.count) }
}
