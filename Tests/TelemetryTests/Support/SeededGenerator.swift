/// Random numbers that are the same each time: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A scalar of any plane, with those that need care more often than their share.
    mutating func scalar() -> Unicode.Scalar {
        switch next(upperBound: 8 as UInt64) {
        case 0: return Unicode.Scalar(UInt8.random(in: 0..<32, using: &self))
        case 1:
            return ["\"", "\\", "/", "\u{7F}", "\u{85}", "\u{2028}", "\u{202E}", "\u{61C}"].randomElement(using: &self)!
        case 2...4: return Unicode.Scalar(UInt8.random(in: 32..<127, using: &self))
        default:
            while true {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &self)) { return scalar }
            }
        }
    }

    mutating func text(atMost length: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) { text.unicodeScalars.append(scalar()) }
        return text
    }
}
