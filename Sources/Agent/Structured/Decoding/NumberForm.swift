/// The decimal numbers that fit a range, and how far one has been written.
///
/// A number is followed as an integer: its digits, scaled to as many behind the point as the form has. So bounds are
/// compared exactly, and whether some continuation of the digits so far fits is a question of overlapping ranges.
struct NumberForm: Sendable, Hashable {
    /// How many digits may stand behind the point.
    let fractionDigits: Int
    /// The scaled numbers that are not negative.
    let positive: ClosedRange<UInt128>?
    /// The scaled magnitudes of the negative numbers; zero is not among them.
    let negative: ClosedRange<UInt128>?
    private let scale: UInt128

    private init(fractionDigits: Int, positive: ClosedRange<UInt128>?, negative: ClosedRange<UInt128>?) {
        self.fractionDigits = fractionDigits
        self.positive = positive
        self.negative = negative
        scale = Self.power(fractionDigits)
    }

    /// The integers within `range`; bounds that are none are 15 digits.
    init(_ range: ClosedRange<Int>) {
        let largest = Int(Self.power(Schema.defaultWholeDigits) - 1)
        let lower = range.lowerBound == .min ? min(-largest, range.upperBound) : range.lowerBound
        let upper = range.upperBound == .max ? max(largest, lower) : range.upperBound
        self.init(
            fractionDigits: 0,
            positive: upper >= 0 ? UInt128(max(lower, 0))...UInt128(upper) : nil,
            negative: lower < 0 ? UInt128(min(upper, -1).magnitude)...UInt128(lower.magnitude) : nil
        )
    }

    /// The numbers within `range`, without an exponent; `nil` if none has less than 36 digits.
    ///
    /// Exactly those: what is written lies between the bounds' shortest digits, and reading rounds monotonically.
    init?(_ range: ClosedRange<Double>) {
        for digits in Schema.defaultFractionDigits...32 {
            let positive =
                range.upperBound >= 0 ? Self.scaled(max(range.lowerBound, 0), range.upperBound, digits) : nil
            let magnitudes =
                range.lowerBound < 0 ? Self.scaled(max(-range.upperBound, 0), -range.lowerBound, digits) : nil
            // Zero counts as positive: nobody writes -0.
            let negative = magnitudes.flatMap { $0.upperBound > 0 ? max($0.lowerBound, 1)...$0.upperBound : nil }
            if positive == nil && negative == nil { continue }
            self.init(fractionDigits: digits, positive: positive, negative: negative)
            return
        }
        return nil
    }

    private static func power(_ exponent: Int) -> UInt128 {
        var result: UInt128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }

    /// The integers that, so many digits shifted, lie between two numbers that aren't negative.
    private static func scaled(_ lower: Double, _ upper: Double, _ digits: Int) -> ClosedRange<UInt128>? {
        let limit = power(36)
        guard let low = scaled(lower, digits, roundsUp: true), low < limit else { return nil }
        // Without an upper bound: 15 digits before the point, or as many as the lower bound has.
        var largest = power(Schema.defaultWholeDigits + min(digits, 36 - Schema.defaultWholeDigits))
        while largest <= low { largest *= 10 }
        let high = min(scaled(upper, digits, roundsUp: false) ?? limit, largest - 1)
        return low <= high ? low...high : nil
    }

    /// A number's shortest digits times a power of ten; `nil` if that's 36 digits or more.
    private static func scaled(_ value: Double, _ digits: Int, roundsUp: Bool) -> UInt128? {
        guard value.isFinite else { return nil }
        // "123.25", "5e-324", "1e+21": as the log writes it.
        let parts = value.description.utf8.split(separator: UInt8(ascii: "e"))
        var mantissa: UInt128 = 0
        var exponent = digits
        var isFraction = false
        for byte in parts[0] {
            guard (0x30...0x39).contains(byte) else {
                isFraction = byte == UInt8(ascii: ".") || isFraction
                continue
            }
            mantissa = mantissa * 10 + UInt128(byte - 0x30)
            if isFraction { exponent -= 1 }
        }
        if parts.count > 1 { exponent += Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 }
        while exponent > 0, mantissa > 0 {
            guard mantissa < power(35) else { return nil }
            mantissa *= 10
            exponent -= 1
        }
        while exponent < 0, mantissa > 0 {
            mantissa = mantissa / 10 + (roundsUp && mantissa % 10 > 0 ? 1 : 0)
            exponent += 1
            if roundsUp, mantissa == 1 { return 1 }  // However small, it is more than nothing.
        }
        return mantissa
    }
}

extension NumberForm {
    /// How far a number has been written.
    struct Progress: Sendable, Hashable {
        fileprivate enum Phase: UInt8 { case start, minus, whole, fraction }
        fileprivate var phase = Phase.start
        fileprivate var isNegative = false
        /// Digits behind the point.
        fileprivate var fractionDigits = 0
        /// All digits as an integer.
        fileprivate var value: UInt128 = 0
    }

    /// The progress with one more byte; `nil` if no number goes on so.
    func advanced(_ progress: Progress, by byte: UInt8) -> Progress? {
        var next = progress
        switch byte {
        case UInt8(ascii: "-"):
            guard progress.phase == .start, negative != nil else { return nil }
            next.phase = .minus
            next.isNegative = true
            return next
        case UInt8(ascii: "."):
            guard progress.phase == .whole, fractionDigits > 0 else { return nil }
            next.phase = .fraction
        case 0x30...0x39:
            // No digit follows a leading zero.
            if progress.phase == .whole, progress.value == 0 { return nil }
            if progress.phase == .fraction {
                guard progress.fractionDigits < fractionDigits else { return nil }
                next.fractionDigits += 1
            } else {
                next.phase = .whole
            }
            // More than any bound has: and no overflow.
            guard progress.value < 1_000_000_000_000_000_000_000_000_000_000_000_000 else { return nil }
            next.value = progress.value * 10 + UInt128(byte - 0x30)
        default: return nil
        }
        return canFit(next) ? next : nil
    }

    /// Whether the digits so far are a number that fits.
    func isComplete(_ progress: Progress) -> Bool {
        guard let range = progress.isNegative ? negative : positive else { return false }
        switch progress.phase {
        case .start, .minus: return false
        case .fraction where progress.fractionDigits == 0: return false
        case .whole, .fraction:
            let missing = Self.power(fractionDigits - progress.fractionDigits)
            let (scaled, overflow) = progress.value.multipliedReportingOverflow(by: missing)
            return !overflow && range.contains(scaled)
        }
    }

    /// Whether the digits so far, or some continuation of them, fit.
    private func canFit(_ progress: Progress) -> Bool {
        guard let range = progress.isNegative ? negative : positive else { return false }
        var step = Self.power(fractionDigits - progress.fractionDigits)
        while true {
            let (low, overflow) = progress.value.multipliedReportingOverflow(by: step)
            if overflow || low > range.upperBound { return false }
            if low + (step - 1) >= range.lowerBound { return true }
            // One more digit before the point, which can't follow a zero.
            if progress.phase != .whole || progress.value == 0 { return false }
            step *= 10
        }
    }

    /// The bytes with which the number may go on, the end not counted.
    func insertNext(_ progress: Progress, into bytes: inout ByteSet) {
        for byte in UInt8(ascii: "-")...UInt8(ascii: "9") where advanced(progress, by: byte) != nil {
            bytes.insert(byte)
        }
    }
}
