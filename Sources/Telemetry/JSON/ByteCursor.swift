/// A place in memory at which bytes are put one after another.
///
/// Nothing is checked: who makes one has made room for all that will be put there. Everything is inlined, so that the
/// place stays in a register, and what is known when the package is compiled becomes a few stores.
struct ByteCursor {
    private(set) var next: UnsafeMutableRawPointer

    @inline(__always)
    init(_ start: UnsafeMutableRawPointer) { next = start }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        next.storeBytes(of: byte, as: UInt8.self)
        next += 1
    }

    @inline(__always)
    mutating func put(_ literal: StaticString) {
        next.copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        next += literal.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        next.copyMemory(from: start, byteCount: bytes.count)
        next += bytes.count
    }

    /// Puts the first `count` of these bytes; it touches as many as there are.
    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer, counting count: Int) {
        next.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
        next += count
    }

    /// Puts the `count` lowest bytes of a word, the lowest one first; it touches eight.
    @inline(__always)
    mutating func put(word: UInt64, _ count: Int) {
        next.storeBytes(of: word.littleEndian, as: UInt64.self)
        next += count
    }

    // MARK: Texts

    /// The most bytes that `put(quotedIfPlain:)` takes; it touches up to 16 more.
    static let shortText = 64

    /// Puts a short text between quotes if all of it is ASCII and none of it must be escaped, and `isAllowed` likes it;
    /// otherwise puts nothing, and returns `false`.
    ///
    /// - Parameter isAllowed: Gets the text, behind which letters follow up to the next multiple of 16 bytes.
    @inline(__always)
    mutating func put(quotedIfPlain text: UnsafeRawBufferPointer, _ isAllowed: (UnsafeRawPointer) -> Bool) -> Bool {
        guard let start = text.baseAddress else {
            put("\"\"")
            return true
        }
        // All is looked at in blocks of 32: where the text ends, harmless letters follow.
        let out = next + 1
        for place in 0..<Self.shortText / 8 {
            out.storeBytes(of: 0x4141_4141_4141_4141, toByteOffset: 8 * place, as: UInt64.self)
        }
        out.copyMemory(from: start, byteCount: text.count)
        var found: UInt8 = 0
        for place in 0..<32 { found |= out.load(fromByteOffset: place, as: UInt8.self).isNotPlainASCII }
        if text.count > 32 {
            for place in 32..<64 { found |= out.load(fromByteOffset: place, as: UInt8.self).isNotPlainASCII }
        }
        guard found == 0, isAllowed(out) else { return false }
        putQuotes(around: text.count)
        return true
    }

    /// Puts quotes around the bytes that stand one byte ahead.
    @inline(__always)
    mutating func putQuotes(around count: Int) {
        put(UInt8(ascii: "\""))
        next += count
        put(UInt8(ascii: "\""))
    }

    // MARK: Numbers

    /// The two decimal digits of each number below 100.
    private static let decimalPairs: StaticString = """
        0001020304050607080910111213141516171819\
        2021222324252627282930313233343536373839\
        4041424344454647484950515253545556575859\
        6061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """

    /// Puts sixteen lower-case hexadecimal digits.
    @inline(__always)
    mutating func put(hex value: UInt64) {
        let bytes = value.bigEndian
        var digits = SIMD16<UInt8>()
        digits.evenHalf = unsafeBitCast(bytes >> 4 & 0x0F0F_0F0F_0F0F_0F0F, to: SIMD8<UInt8>.self)
        digits.oddHalf = unsafeBitCast(bytes & 0x0F0F_0F0F_0F0F_0F0F, to: SIMD8<UInt8>.self)
        // 1 for those above 9, whose letters stand 39 places behind. By arithmetic: comparisons become loops.
        let letters = (digits &+ SIMD16(repeating: 6)) &>> SIMD16(repeating: 4)
        let gaps = (SIMD16(repeating: 0) &- letters) & SIMD16(repeating: 39)
        next.storeBytes(of: digits &+ gaps &+ SIMD16(repeating: 48), as: SIMD16<UInt8>.self)
        next += 16
    }

    /// Puts two decimal digits of a number below 100.
    @inline(__always)
    mutating func put(pair value: UInt32) {
        next.storeBytes(of: Self.pair(value), as: UInt16.self)
        next += 2
    }

    /// Two digits as they stand in memory.
    @inline(__always)
    private static func pair(_ value: UInt32) -> UInt16 {
        assert(value < 100)
        return UnsafeRawPointer(decimalPairs.utf8Start).loadUnaligned(fromByteOffset: 2 * Int(value), as: UInt16.self)
    }

    /// Puts a number's decimal digits, of which there are at most twenty.
    @inline(__always)
    mutating func put(digits value: UInt64) {
        guard value < 10_000 else {
            next = Self.put(manyDigits: value, at: next)
            return
        }
        let value = UInt32(truncatingIfNeeded: value)
        let hundreds = value / 100
        let digits =
            UInt32(Self.pair(hundreds).littleEndian) | UInt32(Self.pair(value &- hundreds &* 100).littleEndian) << 16
        let zeros = (value < 10 ? 1 : 0) + (value < 100 ? 1 : 0) + (value < 1000 ? 1 : 0)
        next.storeBytes(of: (digits >> UInt32(8 * zeros)).littleEndian, as: UInt32.self)
        next += 4 - zeros
    }

    /// Returns the place behind the digits.
    @inline(never)
    private static func put(manyDigits value: UInt64, at start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var length = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        rest = value
        for place in stride(from: length - 1, through: 0, by: -1) {
            start.storeBytes(of: 48 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        return start + length
    }

    /// Puts a number's decimal digits, and a sign before those of a negative one.
    @inline(__always)
    mutating func put(_ value: Int) {
        if value < 0 { put(UInt8(ascii: "-")) }
        put(digits: UInt64(value.magnitude))
    }

    /// Puts a number, a small one as it stands in a table.
    @inline(__always)
    mutating func put(_ value: Int, _ table: SmallNumbers) {
        guard let digits = table[value] else {
            next = Self.put(large: value, at: next)
            return
        }
        next.storeBytes(of: digits.bits.littleEndian, as: UInt32.self)
        next += digits.count
    }

    /// Returns the place behind the digits.
    @inline(never)
    private static func put(large value: Int, at start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var cursor = ByteCursor(start)
        cursor.put(value)
        return cursor.next
    }

    /// Puts milliseconds with at most 3 decimals, rounded half up, without trailing zeros: at most 24 bytes.
    @inline(__always)
    mutating func put(millisecondsOf nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000 + (nanoseconds % 1000 >= 500 ? 1 : 0)
        let milliseconds = microseconds / 1000
        put(digits: milliseconds)
        let decimals = UInt32(truncatingIfNeeded: microseconds &- milliseconds &* 1000)
        guard decimals > 0 else { return }
        put(UInt8(ascii: "."))
        let tens = decimals / 10
        let last = decimals &- tens &* 10
        put(pair: tens)
        if last > 0 {
            put(48 + UInt8(truncatingIfNeeded: last))
        } else if tens % 10 == 0 {
            next -= 1
        }
    }
}

/// The digits of the numbers below 1000, of which most counts are.
///
/// `@unchecked Sendable`: the table is filled before anyone has the pointer, and never changed or freed.
struct SmallNumbers: @unchecked Sendable {
    struct Digits {
        /// Up to three digits, the first one lowest, and above all their number.
        fileprivate let bits: UInt32

        @inline(__always)
        fileprivate var count: Int { Int(bits >> 24) }
    }

    static let shared = SmallNumbers()

    private let table: UnsafeMutablePointer<Digits>

    private init() {
        table = .allocate(capacity: 1000)
        for number in 0..<1000 as Range<UInt32> {
            let digits = [number / 100, number / 10 % 10, number % 10].suffix(number < 10 ? 1 : number < 100 ? 2 : 3)
            let text = digits.reversed().reduce(0) { $0 << 8 | (48 + $1) }
            (table + Int(number)).initialize(to: Digits(bits: text | UInt32(digits.count) << 24))
        }
    }

    /// `nil` for numbers that aren't small.
    @inline(__always)
    fileprivate subscript(value: Int) -> Digits? { UInt(bitPattern: value) < 1000 ? table[value] : nil }
}
