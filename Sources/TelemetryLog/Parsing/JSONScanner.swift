/// Walks over JSON without making values of it: strict (RFC 8259), but it doesn't look into escapes further than their
/// first character, and gives up where a value is nested too deeply or has a form that hardly ever occurs.
///
/// Giving up means that the general parser decides. The bytes must be followed by one below 0x20 and then by 8 more that
/// may be read: no such byte is legal within a token, so that loops end without comparing places.
struct JSONScanner {
    typealias Place = UnsafePointer<UInt8>

    /// Where the next byte is read.
    var place: Place
    /// Whether a byte beyond ASCII came by, so that the text's UTF-8 has to be checked.
    var hasNonASCII: Bool { seen & Self.highs != 0 }
    /// All bytes of strings, put together.
    private(set) var seen: UInt64 = 0
    /// Whether keys may have escapes: those of a line that was written anew have them only where they must.
    var takesEscapedKeys = false

    private static let maximumDepth = 120
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    init(_ place: Place) { self.place = place }

    /// Goes on where another one is.
    @inline(__always)
    mutating func follow(_ other: JSONScanner) {
        place = other.place
        seen |= other.seen
    }

    /// Eight bytes from `place` on, the first one lowest.
    @inline(__always)
    static func word(_ place: Place) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while place.pointee <= 0x20 {
            let byte = place.pointee
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return }
            place += 1
        }
    }

    /// Skips whitespace and then `byte`, if it comes next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        if place.pointee != byte {
            guard place.pointee <= 0x20 else { return false }
            skipWhitespace()
            guard place.pointee == byte else { return false }
        }
        place += 1
        return true
    }

    /// Skips a string whose opening quote has been taken, and its closing quote.
    ///
    /// - Returns: Where the closing quote is; `nil` for what isn't a string.
    @inline(__always)
    mutating func string(hasEscape: inout Bool) -> Place? {
        var place = place
        while true {
            let word = Self.word(place)
            let found = Self.endsOfText(word)
            if found == 0 {
                seen |= word
                place += 8
                continue
            }
            // The bytes before the one that was found.
            seen |= word & (found &- 1) & ~found
            place += found.trailingZeroBitCount >> 3
            switch place.pointee {
            case 0x22:
                self.place = place + 1
                return place
            case 0x5C:
                hasEscape = true
                guard let next = Self.afterEscape(place) else { return nil }
                place = next
            default: return nil
            }
        }
    }

    /// Quotes, backslashes and control characters among eight bytes: the lowest byte that has its highest bit set is one.
    @inline(__always)
    static func endsOfText(_ word: UInt64) -> UInt64 {
        // With two bits changed, quotes and control characters are the bytes below 0x21. What is borrowed from the next
        // byte makes only bytes beyond the first one found wrong.
        let low = (word ^ (ones &* 0x02)) &- ones &* 0x21
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        return (low | backslashes) & ~word & highs
    }

    /// What is behind an escape; `nil` if it isn't one.
    @inline(__always)
    static func afterEscape(_ backslash: Place) -> Place? {
        let byte = UInt64(truncatingIfNeeded: backslash[1])
        // "/ and \bfnrt, a bit for each.
        let known: UInt64 = byte & 0x40 == 0 ? 0x0000_8004_0000_0000 : 0x0014_4044_1000_0000
        if byte < 0x80, known &>> (byte & 63) & 1 == 1 { return backslash + 2 }
        return afterUnicodeEscape(backslash)
    }

    @inline(never)
    private static func afterUnicodeEscape(_ backslash: Place) -> Place? {
        guard backslash[1] == 0x75 else { return nil }
        for digit in 2..<6 {
            switch backslash[digit] {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: continue
            default: return nil
            }
        }
        return backslash + 6
    }

    /// Skips a number.
    @inline(__always)
    mutating func number() -> Bool {
        var place = place
        if place.pointee == 0x2D { place += 1 }
        guard place.pointee &- 0x30 < 10 else { return false }
        if place.pointee == 0x30 {
            place += 1
        } else {
            while place.pointee &- 0x30 < 10 { place += 1 }
        }
        if place.pointee == 0x2E {
            place += 1
            guard place.pointee &- 0x30 < 10 else { return false }
            while place.pointee &- 0x30 < 10 { place += 1 }
        }
        if place.pointee | 0x20 == 0x65 {
            place += 1
            if place.pointee == 0x2B || place.pointee == 0x2D { place += 1 }
            guard place.pointee &- 0x30 < 10 else { return false }
            while place.pointee &- 0x30 < 10 { place += 1 }
        }
        self.place = place
        return true
    }

    /// Skips any value that begins exactly here.
    mutating func value(depth: Int = 2) -> Bool {
        switch place.pointee {
        case 0x22:
            place += 1
            var hasEscape = false
            return string(hasEscape: &hasEscape) != nil
        case 0x7B, 0x5B: return container(depth: depth)
        case 0x74: return word("true", 4)
        case 0x66: return word("false", 5)
        case 0x6E: return word("null", 4)
        default: return number()
        }
    }

    private mutating func word(_ word: StaticString, _ count: Int) -> Bool {
        for index in 0..<count where place[index] != word.utf8Start[index] { return false }
        place += count
        return true
    }

    private mutating func container(depth: Int) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        let isObject = place.pointee == 0x7B
        let end: UInt8 = isObject ? 0x7D : 0x5D
        place += 1
        if take(end) { return true }
        repeat {
            skipWhitespace()
            if isObject {
                guard place.pointee == 0x22 else { return false }
                place += 1
                var hasEscape = false
                guard string(hasEscape: &hasEscape) != nil, take(0x3A) else { return false }
                skipWhitespace()
            }
            guard value(depth: depth + 1) else { return false }
        } while take(0x2C)
        return take(end)
    }
}
