/// How our own lines begin: `{"span_id":"16 digits","trace_id":"32 digits",` and then `"event…` or `"paren…`.
enum FixedStart {
    static let spanID = 12
    static let traceID = 42
    /// Up to and with the comma after the trace id.
    static let length = 76

    /// Whether the bytes around both ids are what they have to be; 82 bytes are read.
    ///
    /// With it matching and ids in the gaps, no line ends within these bytes. What else may be in the gaps, an end of a line
    /// included, isn't looked at here.
    @inline(__always)
    static func matches(_ base: UnsafePointer<UInt8>) -> Bool {
        let afterIDs = JSONScanner.word(base + 74)
        return JSONScanner.word(base) == 0x695F_6E61_7073_227B  // {"span_i
            && JSONScanner.word(base + 4) == 0x223A_2264_695F_6E61  // an_id":"
            && JSONScanner.word(base + 28) == 0x6563_6172_7422_2C22  // ","trace
            && JSONScanner.word(base + 34) == 0x223A_2264_695F_6563  // ce_id":"
            && (afterIDs == 0x746E_6576_6522_2C22 || afterIDs == 0x6E65_7261_7022_2C22)  // ","event, ","paren
    }
}

/// The keys that are looked for, as the words that their first and last eight bytes make, the first byte lowest.
enum Key {
    static let span_id: UInt64 = 0x0064_695F_6E61_7073
    static let trace_id: UInt64 = 0x6469_5F65_6361_7274
    static let parent_span_id: UInt64 = 0x735F_746E_6572_6170
    static let event_type: UInt64 = 0x7974_5F74_6E65_7665
    static let name: UInt64 = 0x0000_0000_656D_616E
    static let timestamp: UInt64 = 0x6D61_7473_656D_6974
    static let duration_ms: UInt64 = 0x6E6F_6974_6172_7564
    static let data: UInt64 = 0x0000_0000_6174_6164
    static let error: UInt64 = 0x0000_0072_6F72_7265
    static let model: UInt64 = 0x0000_006C_6564_6F6D
    static let tool: UInt64 = 0x0000_0000_6C6F_6F74
    static let user_id: UInt64 = 0x0064_695F_7265_7375
    static let attempt: UInt64 = 0x0074_706D_6574_7461
    static let prompt_tokens: UInt64 = 0x745F_7470_6D6F_7270
    static let cached_tokens: UInt64 = 0x745F_6465_6863_6163
    static let completion_tokens: UInt64 = 0x6974_656C_706D_6F63
    static let count: UInt64 = 0x0000_0074_6E75_6F63
    static let success: UInt64 = 0x0073_7365_6363_7573
    static let status: UInt64 = 0x0000_7375_7461_7473
    static let event_typeTail: UInt64 = 0x6570_7974_5F74_6E65
    static let duration_msTail: UInt64 = 0x736D_5F6E_6F69_7461
    static let parent_span_idTail: UInt64 = 0x6469_5F6E_6170_735F
    static let completionTail: UInt64 = 0x736E_656B_6F74_5F6E
    static let promptTail: UInt64 = 0x736E_656B_6F74_5F74
    static let cachedTail: UInt64 = 0x736E_656B_6F74_5F64

    /// The first eight bytes; those beyond `length` are 0.
    @inline(__always)
    static func head(_ key: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        let word = JSONScanner.word(key)
        return length >= 8 ? word : word & ((1 << (UInt64(truncatingIfNeeded: length) << 3)) &- 1)
    }

    /// The last eight of `length` bytes, 8 at least.
    @inline(__always)
    static func tail(_ key: UnsafePointer<UInt8>, _ length: Int) -> UInt64 { JSONScanner.word(key + length - 8) }
}

/// Hexadecimal digits, eight at once.
enum Hexadecimal {
    /// The value of 16 hexadecimal digits; `nil` if they aren't.
    @inline(__always)
    static func read16(_ digits: UnsafePointer<UInt8>) -> UInt64? { key16(digits).map(value) }

    /// 64 bits that stand for 16 hexadecimal digits: their values, those of the first eight digits between the others'.
    ///
    /// Who only wants to know whether numbers are the same needs no more; ``value(of:)`` has the number.
    @inline(__always)
    static func key16(_ digits: UnsafePointer<UInt8>) -> UInt64? {
        let word = SIMD2(JSONScanner.word(digits), JSONScanner.word(digits + 8))
        // A byte's high bit says of `word + n` whether the byte is at least 0x80 - n: digits, and letters in lower case.
        let lower = word | all(0x20)
        let isDigit = (word &+ all(0x50)) & ~(word &+ all(0x46))
        let isLetter = (lower &+ all(0x1F)) & ~(lower &+ all(0x19))
        let isHexadecimal = (isDigit | isLetter) & ~word & all(0x80)
        guard isHexadecimal[0] & isHexadecimal[1] == 0x8080_8080_8080_8080 else { return nil }
        // Letters have bit 6: 1, and 9 more than what their lower half says.
        let letters = word & all(0x40)
        let values = (word & all(0x0F)) &+ letters &>> 6 &+ letters &>> 3
        return values[0] << 4 | values[1]
    }

    /// The number that a key stands for.
    static func value(of key: UInt64) -> UInt64 {
        pack(key >> 4 & 0x0F0F_0F0F_0F0F_0F0F) << 32 | pack(key & 0x0F0F_0F0F_0F0F_0F0F)
    }

    /// Eight digits' values, the first in the lowest byte, as a number: pairs of digits, then of pairs, then of these.
    private static func pack(_ values: UInt64) -> UInt64 {
        var value = values.byteSwapped
        value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
        value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
        return (value | value >> 16) & 0x0000_0000_FFFF_FFFF
    }

    @inline(__always)
    private static func all(_ byte: UInt64) -> SIMD2<UInt64> { SIMD2(repeating: byte &* 0x0101_0101_0101_0101) }
}
