/// Bytes that grow at the end: what a record is encoded into, kept and used again for the next one.
struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var count = 0
    private var ownsMemory = true

    init(capacity: Int = 1024) {
        precondition(capacity > 0)
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    /// A buffer that begins in `memory`, which must outlive it, and moves to the heap when that is full.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        base = memory.baseAddress.unsafelyUnwrapped
        capacity = memory.count
        ownsMemory = false
    }

    deinit {
        if ownsMemory { base.deallocate() }
    }

    /// What was appended so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The bytes as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Forgets everything from `count` on, and keeps the memory.
    mutating func truncate(to count: Int = 0) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Makes room for `additional` bytes more.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if capacity - count < additional { grow(additional) }
    }

    @inline(never)
    private mutating func grow(_ additional: Int) {
        let larger = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        if ownsMemory { base.deallocate() }
        base = moved
        ownsMemory = true
        capacity = larger
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(_ other: UnsafeRawBufferPointer) {
        guard let start = other.baseAddress else { return }
        reserve(other.count)
        (base + count).copyMemory(from: start, byteCount: other.count)
        count += other.count
    }

    /// Appends what `write` puts where it is told; it returns how many bytes these are, and may touch `most`.
    @inline(__always)
    mutating func append(atMost most: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
        reserve(most)
        count += write(base + count)
    }

    /// Appends what stands in a part of the buffer once more.
    @inline(__always)
    mutating func append(copyOf range: Range<Int>) {
        precondition(range.upperBound <= count)
        reserve(range.count)
        (base + count).copyMemory(from: base + range.lowerBound, byteCount: range.count)
        count += range.count
    }

    @inline(__always)
    mutating func append(_ literal: StaticString) {
        append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Lower-case hexadecimal digits, with leading zeros.
    @inline(__always)
    mutating func appendHex(_ value: UInt64) {
        reserve(16)
        store(hex: value, at: count)
        count += 16
    }

    /// Puts sixteen hexadecimal digits where other bytes stand already.
    @inline(__always)
    mutating func store(hex value: UInt64, at place: Int) {
        base.storeBytes(of: Self.hex(UInt32(truncatingIfNeeded: value >> 32)), toByteOffset: place, as: UInt64.self)
        base.storeBytes(of: Self.hex(UInt32(truncatingIfNeeded: value)), toByteOffset: place + 8, as: UInt64.self)
    }

    /// Eight digits at once: each four bits get a byte of their own, and each byte becomes a character.
    @inline(__always)
    private static func hex(_ value: UInt32) -> UInt64 {
        var digits = UInt64(value)
        digits = (digits << 16 | digits) & 0x0000_FFFF_0000_FFFF
        digits = (digits << 8 | digits) & 0x00FF_00FF_00FF_00FF
        digits = (digits << 4 | digits) & 0x0F0F_0F0F_0F0F_0F0F
        let isLetter = ((digits &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (digits &+ 0x3030_3030_3030_3030 &+ isLetter &* 39).bigEndian
    }

    /// Two decimal digits of a number below 100.
    @inline(__always)
    mutating func appendPair(_ value: UInt64) {
        reserve(2)
        base.storeBytes(of: Self.pair(value), toByteOffset: count, as: UInt16.self)
        count += 2
    }

    /// Puts two decimal digits where other bytes stand already.
    @inline(__always)
    mutating func store(pair value: UInt64, at place: Int) {
        base.storeBytes(of: Self.pair(value), toByteOffset: place, as: UInt16.self)
    }

    @inline(__always)
    private static func pair(_ value: UInt64) -> UInt16 {
        let tens = (value * 103) >> 10  // A tenth, for numbers below 100.
        return UInt16(truncatingIfNeeded: (tens | (value &- tens &* 10) << 8) &+ 0x3030).littleEndian
    }

    /// Decimal digits, with at least `width` of them.
    @inline(__always)
    mutating func appendDigits(_ value: UInt64, width: Int = 1) {
        if value < 10, width == 1 { return append(48 + UInt8(truncatingIfNeeded: value)) }
        if value < 100, value >= 10, width <= 2 { return appendPair(value) }
        if value < 10_000, value >= 100, width <= 3 { return appendThreeOrFourDigits(value) }
        appendManyDigits(value, width: width)
    }

    private mutating func appendThreeOrFourDigits(_ value: UInt64) {
        let hundreds = value / 100
        if hundreds < 10 { append(48 + UInt8(truncatingIfNeeded: hundreds)) } else { appendPair(hundreds) }
        appendPair(value &- hundreds &* 100)
    }

    private mutating func appendManyDigits(_ value: UInt64, width: Int) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, value >= bound {
            digits += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            bound = overflow ? .max : next
        }
        let length = max(digits, width)
        reserve(length)
        var rest = value
        var place = count + length
        while place >= count + 2 {
            place -= 2
            base.storeBytes(of: Self.pair(rest % 100), toByteOffset: place, as: UInt16.self)
            rest /= 100
        }
        if place > count {
            base.storeBytes(of: 48 + UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        }
        count += length
    }
}
