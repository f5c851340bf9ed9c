/// How far a JSON string has been written, behind its opening quote.
///
/// Only what reads back is followed: whole UTF-8 scalars, the escapes of RFC 8259, surrogates in pairs. Raw scalars that
/// `JSONValue.text` would escape, such as controls and bidirectional marks, are not; their escapes are.
///
/// The length counts scalars. There is always a way to the end: at the upper bound the closing quote is the only
/// continuation.
struct StringProgress: Sendable, Hashable {
    private enum Step: UInt8 {
        case text
        /// Within a scalar of several bytes.
        case continuation
        /// Behind a backslash.
        case escape
        /// Within the digits behind `\u`.
        case hex
        /// Behind a high surrogate: the low one's backslash, its `u`, and its digits.
        case lowBackslash, lowU, lowHex
    }

    /// What a byte did.
    enum Outcome { case rejected, inside, closed }

    private var step = Step.text
    /// How many bytes or digits are missing.
    private var missing: UInt8 = 0
    /// The next continuation byte is in this range.
    private var lowest: UInt8 = 0
    private var highest: UInt8 = 0
    /// The bits of the scalar or the digits so far.
    private var scalar: UInt32 = 0
    /// How many scalars there are.
    private(set) var count = 0

    init() {}

    /// Whether a scalar or an escape is unfinished.
    var isWithinScalar: Bool { step != .text }

    /// Goes on by one byte; unchanged if that is rejected.
    mutating func advance(_ byte: UInt8, _ minimum: Int, _ maximum: Int) -> Outcome {
        switch step {
        case .text: return advanceText(byte, minimum, maximum)
        case .continuation: return advanceContinuation(byte)
        case .escape:
            switch byte {
            case UInt8(ascii: "u"): (step, missing, scalar) = (.hex, 4, 0)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                endScalar()
            default: return .rejected
            }
        case .hex, .lowHex: return advanceHex(byte)
        case .lowBackslash:
            guard byte == UInt8(ascii: "\\") else { return .rejected }
            step = .lowU
        case .lowU:
            guard byte == UInt8(ascii: "u") else { return .rejected }
            (step, missing, scalar) = (.lowHex, 4, 0)
        }
        return .inside
    }

    private mutating func advanceText(_ byte: UInt8, _ minimum: Int, _ maximum: Int) -> Outcome {
        if byte == UInt8(ascii: "\"") { return count >= minimum ? .closed : .rejected }
        if count >= maximum || byte < 0x20 || byte == 0x7F { return .rejected }
        if byte < 0x80, byte != UInt8(ascii: "\\") {
            count += 1
            return .inside
        }
        // The Unicode Standard 16.0, table 3-7: the second byte is limited after some of the lead bytes. U+0080 to
        // U+009F are controls, too.
        (step, lowest, highest) = (.continuation, 0x80, 0xBF)
        switch byte {
        case UInt8(ascii: "\\"): step = .escape
        case 0xC2: (missing, lowest) = (1, 0xA0)
        case 0xC3...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF4: (missing, highest) = (3, 0x8F)
        case 0xF1...0xF3: missing = 3
        default:
            step = .text
            return .rejected
        }
        scalar = UInt32(byte) & (0x3F >> UInt32(missing))
        return .inside
    }

    private mutating func advanceContinuation(_ byte: UInt8) -> Outcome {
        guard lowest <= byte, byte <= highest else { return .rejected }
        let bits = scalar << 6 | UInt32(byte & 0x3F)
        if missing == 1 {
            if Self.isEscaped(bits) { return .rejected }
            endScalar()
        } else {
            (scalar, lowest, highest) = (bits, 0x80, 0xBF)
            missing -= 1
        }
        return .inside
    }

    private mutating func advanceHex(_ byte: UInt8) -> Outcome {
        let digit: UInt32
        switch byte {
        case 0x30...0x39: digit = UInt32(byte - 0x30)
        case 0x41...0x46: digit = UInt32(byte - 0x41) + 10
        case 0x61...0x66: digit = UInt32(byte - 0x61) + 10
        default: return .rejected
        }
        let bits = scalar << 4 | digit
        if step == .lowHex {
            if missing == 4, digit != 0xD { return .rejected }
            if missing == 3, digit < 0xC { return .rejected }
        } else if missing == 3, bits >= 0xDC {
            if bits <= 0xDF { return .rejected }  // A low surrogate without a high one.
        }
        scalar = bits
        missing -= 1
        guard missing == 0 else { return .inside }
        if step == .hex, (0xD800...0xDBFF).contains(bits) {
            step = .lowBackslash
        } else {
            endScalar()
        }
        return .inside
    }

    private mutating func endScalar() {
        (step, missing, lowest, highest, scalar) = (.text, 0, 0, 0, 0)
        count += 1
    }

    /// Whether the log's form escapes the scalar: controls, separators, and bidirectional controls.
    private static func isEscaped(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The bytes that may come next, or all where they are many.
    func insertNext(_ minimum: Int, _ maximum: Int, into bytes: inout ByteSet) {
        switch step {
        case .text where count >= maximum: bytes.insert(UInt8(ascii: "\""))
        case .lowBackslash: bytes.insert(UInt8(ascii: "\\"))
        case .lowU: bytes.insert(UInt8(ascii: "u"))
        default: bytes = .all
        }
    }
}
