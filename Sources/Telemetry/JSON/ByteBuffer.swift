/// Bytes that grow at the end: what a record is encoded into, kept and used again for the next one.
struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 1024) {
        precondition(capacity > 0)
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    /// What was appended so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The bytes as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Forgets everything from `count` on, and keeps the memory.
    mutating func truncate(to count: Int = 0) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Forgets everything, and gives memory beyond `capacity` back, so that one giant record doesn't cost for ever.
    mutating func reset(keeping capacity: Int) {
        count = 0
        guard self.capacity > capacity else { return }
        base.deallocate()
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    /// Makes room for `additional` bytes more.
    mutating func reserve(_ additional: Int) {
        guard capacity - count < additional else { return }
        let larger = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func append(_ other: UnsafeRawBufferPointer) {
        guard let start = other.baseAddress else { return }
        reserve(other.count)
        (base + count).copyMemory(from: start, byteCount: other.count)
        count += other.count
    }

    mutating func append(_ literal: StaticString) {
        append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Lower-case hexadecimal digits, with leading zeros.
    mutating func appendHex(_ value: UInt64) {
        reserve(16)
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            base.storeBytes(of: digit < 10 ? 48 + digit : 87 + digit, toByteOffset: count + place, as: UInt8.self)
        }
        count += 16
    }

    /// Decimal digits, with at least `width` of them.
    mutating func appendDigits(_ value: UInt64, width: Int = 1) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        let length = max(digits, width)
        reserve(length)
        rest = value
        var place = count + length
        while place > count {
            place -= 1
            base.storeBytes(of: 48 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        count += length
    }
}
