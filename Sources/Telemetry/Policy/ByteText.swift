/// Text as bytes to look at around a place; outside of it there are zeros.
struct ByteText {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count }

    subscript(place: Int) -> UInt8 { UInt(bitPattern: place) < UInt(bytes.count) ? bytes[place] : 0 }

    /// Whether `literal` stands at `place`.
    func has(_ literal: StaticString, at place: Int) -> Bool {
        guard place >= 0, place + literal.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<literal.utf8CodeUnitCount where bytes[place + offset] != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Whether `literal`, which is in lower case, stands at `place` in any case.
    func hasAnyCase(_ literal: StaticString, at place: Int) -> Bool {
        guard place >= 0, place + literal.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<literal.utf8CodeUnitCount
        where bytes[place + offset].lowercased != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Where the run of bytes that begins at `place` ends.
    @inline(__always)
    func end(from place: Int, of isInRun: (UInt8) -> Bool) -> Int {
        var end = place
        while end < count, isInRun(bytes[end]) { end += 1 }
        return end
    }

    /// Whether a word may begin at `place`: no word goes on there.
    ///
    /// What an escape such as `\n` or `%3D` ends with is no part of a word.
    func isWordStart(_ place: Int) -> Bool {
        let before = self[place - 1]
        guard before.isToken else { return true }
        if self[place - 2] == UInt8(ascii: "\\") {
            return before == UInt8(ascii: "n") || before == UInt8(ascii: "r") || before == UInt8(ascii: "t")
        }
        return self[place - 3] == UInt8(ascii: "%") && before.isHex && self[place - 2].isHex
    }
}

/// What bytes are, as characters of ASCII.
extension UInt8 {
    var lowercased: UInt8 { isUpper ? self | 0x20 : self }
    var isUpper: Bool { self &- 0x41 < 26 }
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    var isDigit: Bool { self &- 0x30 < 10 }
    var isHex: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    var isAlphanumeric: Bool { isLetter || isDigit }
    /// Letters, digits, `-` and `_`: base64url, and identifiers.
    var isToken: Bool { isAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
    /// RFC 9110, `token68`: what follows an authentication scheme.
    var isToken68: Bool {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
        default: isToken
        }
    }
    /// What a key's words are parted by.
    var isSeparator: Bool {
        self == UInt8(ascii: "_") || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") || self == UInt8(ascii: " ")
    }
    var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }
    var isSpace: Bool { self == 0x20 || self &- 9 < 5 }
}
