/// A set of byte values.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// All bytes.
    static let all = ByteSet(words: (.max, .max, .max, .max))

    init() {}
    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return words.0 & bit != 0
        case 1: return words.1 & bit != 0
        case 2: return words.2 & bit != 0
        default: return words.3 & bit != 0
        }
    }

    func intersection(_ other: ByteSet) -> ByteSet {
        let (a, b) = (words, other.words)
        return ByteSet(words: (a.0 & b.0, a.1 & b.1, a.2 & b.2, a.3 & b.3))
    }

    mutating func formUnion(_ other: ByteSet) {
        let (a, b) = (words, other.words)
        words = (a.0 | b.0, a.1 | b.1, a.2 | b.2, a.3 | b.3)
    }

    var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

    var count: Int {
        words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
    }

    /// The byte, if there is exactly one.
    var sole: UInt8? {
        guard count == 1 else { return nil }
        if words.0 != 0 { return UInt8(words.0.trailingZeroBitCount) }
        if words.1 != 0 { return UInt8(64 + words.1.trailingZeroBitCount) }
        if words.2 != 0 { return UInt8(128 + words.2.trailingZeroBitCount) }
        return UInt8(192 + words.3.trailingZeroBitCount)
    }
}
