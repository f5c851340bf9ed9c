/// A text's length and some of its bytes as numbers: all of them if there are at most 24.
struct TextDigest: Equatable {
    /// Up to this length, digests are equal exactly if the texts are.
    static let longestExact = 24

    private let count: Int
    private let first: UInt64
    private let middle: UInt64
    private let last: UInt64

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        guard let start = bytes.baseAddress, count >= 8 else {
            first = Self.fewBytes(bytes)
            middle = 0
            last = 0
            return
        }
        first = start.loadUnaligned(as: UInt64.self)
        last = start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        middle = count > 16 ? start.loadUnaligned(fromByteOffset: 8, as: UInt64.self) : 0
    }

    /// The digest of a text's UTF-8.
    @inline(__always)
    init(_ text: String) {
        if let words = text.shortWords { self.init(words) } else { self = text.withBytes { TextDigest($0) } }
    }

    /// The same numbers, out of registers: what has just been put to memory in words takes a while to come back in others.
    @inline(__always)
    private init(_ text: String.ShortWords) {
        count = text.count
        middle = 0
        if count >= 8 {
            let skipped = UInt64(truncatingIfNeeded: count - 8) * 8
            first = text.first
            last = text.first &>> skipped | text.second &<< (64 - skipped)
        } else {
            last = 0
            if count >= 4 {
                let end = text.first &>> (UInt64(truncatingIfNeeded: count - 4) * 8)
                first = UInt64(UInt32(truncatingIfNeeded: text.first)) | end << 32
            } else {
                first = text.first.byteSwapped &>> (64 - UInt64(truncatingIfNeeded: count) * 8)
            }
        }
    }

    /// Less than eight bytes.
    @inline(__always)
    private static func fewBytes(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let start = bytes.baseAddress, bytes.count >= 4 else {
            return bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        let end = start.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
        return UInt64(start.loadUnaligned(as: UInt32.self)) | UInt64(end) << 32
    }

    /// The same for equal digests, and another one for most that differ.
    @inline(__always)
    var hash: UInt32 {
        let mixed = (first ^ last &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(count) << 40
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }
}
