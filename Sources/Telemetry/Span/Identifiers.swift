/// A span's id: 64 random bits, never all zero, written as 16 lower-case hexadecimal digits
/// (W3C Trace Context, `parent-id`).
public struct SpanID: Sendable, Hashable {
    /// The id's bits, never 0.
    public let bits: UInt64

    /// The id with these bits; `nil` for 0, which W3C Trace Context calls invalid.
    public init?(bits: UInt64) {
        guard bits != 0 else { return nil }
        self.bits = bits
    }

    /// The id with these bits, or the first id there is.
    init(nonZero bits: UInt64) { self.bits = bits == 0 ? 1 : bits }
}

extension SpanID: LosslessStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public var description: String { hexadecimal(bits) }

    /// Reads 16 hexadecimal digits that are not all zero.
    public init?(_ description: String) {
        guard description.utf8.count == 16, let bits = UInt64(hexadecimal: description.utf8) else { return nil }
        self.init(bits: bits)
    }
}

/// A trace's id: 128 random bits, never all zero, written as 32 lower-case hexadecimal digits
/// (W3C Trace Context, `trace-id`).
public struct TraceID: Sendable, Hashable {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    /// The id with these bits; `nil` when all are 0, which W3C Trace Context calls invalid.
    public init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// The id with these bits, or the first id there is.
    init(nonZero high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = high == 0 && low == 0 ? 1 : low
    }

    /// The first 8 digits: enough to find the trace in a log, and short enough to read out.
    public var short: String { String(description.prefix(8)) }
}

extension TraceID: LosslessStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { hexadecimal(high) + hexadecimal(low) }

    /// Reads 32 hexadecimal digits that are not all zero.
    public init?(_ description: String) {
        guard description.utf8.count == 32, let high = UInt64(hexadecimal: description.utf8.prefix(16)),
            let low = UInt64(hexadecimal: description.utf8.dropFirst(16))
        else { return nil }
        self.init(high: high, low: low)
    }
}

private func hexadecimal(_ bits: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { digits in
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: bits >> UInt64(60 - 4 * place)) & 15
            digits[place] = digit < 10 ? 48 + digit : 87 + digit
        }
        return 16
    }
}

extension UInt64 {
    fileprivate init?(hexadecimal digits: some Sequence<UInt8>) {
        self = 0
        for byte in digits {
            guard let digit = hexDigit(byte) else { return nil }
            self = self << 4 | UInt64(digit)
        }
    }
}
