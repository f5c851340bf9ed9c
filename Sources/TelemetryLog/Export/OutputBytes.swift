/// Bytes that are written at the end, and used again once they have been handed on.
struct OutputBytes: ~Copyable {
    private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 128 << 10)
    private var capacity = 128 << 10
    private(set) var count = 0

    deinit { base.deallocate() }

    /// What was written, as text.
    var text: String { String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self) }

    /// Forgets everything from `count` on.
    mutating func truncate(to count: Int) { self.count = min(count, self.count) }

    @inline(__always)
    mutating func append(_ start: UnsafePointer<UInt8>, count added: Int) {
        if capacity - count < added { grow(added) }
        (base + count).update(from: start, count: added)
        count += added
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        append(start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }

    @inline(__always)
    mutating func append(_ text: StaticString) { append(text.utf8Start, count: text.utf8CodeUnitCount) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if capacity == count { grow(1) }
        base[count] = byte
        count += 1
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// 16 lower-case hexadecimal digits.
    mutating func append(hexadecimal value: UInt64) {
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }

    /// Decimal digits.
    mutating func append(decimal value: UInt64) {
        var digits = 1
        var bound: UInt64 = 10
        while value >= bound, digits < 19 {
            digits += 1
            bound &*= 10
        }
        if capacity - count < 20 { grow(20) }
        if digits == 19, value >= 10_000_000_000_000_000_000 { digits = 20 }
        var rest = value
        for place in stride(from: digits - 1, through: 0, by: -1) {
            base[count + place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    @inline(never)
    private mutating func grow(_ added: Int) {
        capacity = max(capacity * 2, count + added)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }
}
