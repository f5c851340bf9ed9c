extension ByteBuffer {
    /// Appends `value` as compact JSON that fits within `limits`; what doesn't fit is cut, with a mark that says so.
    mutating func appendJSON(_ value: JSONValue, limits: Limits = .none, depth: Int = 0) {
        switch value {
        case .null: append("null" as StaticString)
        case .bool(true): append("true" as StaticString)
        case .bool(false): append("false" as StaticString)
        case .integer(let value): appendJSON(value)
        case .number(let value): appendJSON(value)
        case .string(let text): appendJSON(text, limit: limits.fieldBytes)
        case .array(let elements):
            guard depth < limits.depth else { return append("\"…[nested too deeply]\"" as StaticString) }
            append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { append(UInt8(ascii: ",")) }
                appendJSON(element, limits: limits, depth: depth + 1)
            }
            append(UInt8(ascii: "]"))
        case .object(let object):
            guard depth < limits.depth else { return append("\"…[nested too deeply]\"" as StaticString) }
            append(UInt8(ascii: "{"))
            for (place, member) in object.enumerated() {
                if place > 0 { append(UInt8(ascii: ",")) }
                appendJSON(member.key, limit: limits.fieldBytes)
                append(UInt8(ascii: ":"))
                appendJSON(member.value, limits: limits, depth: depth + 1)
            }
            append(UInt8(ascii: "}"))
        }
    }

    mutating func appendJSON(_ value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude))
    }

    /// Appends the shortest digits that read back as the same number; NaN and infinities as strings.
    mutating func appendJSON(_ value: Double) {
        if value.isNaN { return append("\"NaN\"" as StaticString) }
        if value.isInfinite {
            return value < 0 ? append("\"-Infinity\"" as StaticString) : append("\"Infinity\"" as StaticString)
        }
        append(value.description)
    }

    /// Appends a JSON string.
    ///
    /// Where it is longer than `limit` bytes, it ends at the last whole character before, and a mark says how many
    /// bytes went: `…[+1234 bytes]`.
    ///
    /// Escaped is what JSON wants escaped and whatever could act on a terminal that shows the line: C0 and C1 controls,
    /// DEL, line and paragraph separators, and the bidirectional controls (Unicode TR 36, "Bidirectional Text Spoofing").
    mutating func appendJSON(_ text: String, limit: Int = .max) {
        append(UInt8(ascii: "\""))
        var text = text
        let length = text.utf8.count
        if length > limit {
            var head = text.prefix(bytes: limit)
            let kept = head.utf8.count
            head.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
            append("…[+" as StaticString)
            appendDigits(UInt64(length - kept))
            append(" bytes]" as StaticString)
        } else {
            text.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        }
        append(UInt8(ascii: "\""))
    }

    mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        guard var place = text.baseAddress else { return }
        let end = place + text.count
        while place < end {
            let clean = place.countOfHarmlessBytes(before: end)
            append(UnsafeRawBufferPointer(start: place, count: clean))
            place += clean
            guard place < end else { return }
            let rest = UnsafeRawBufferPointer(start: place, count: end - place)
            let harmful = rest.lengthOfHarmfulScalar(at: 0)
            if harmful > 0 {
                appendEscape(of: UnsafeRawBufferPointer(rebasing: rest[..<harmful]))
                place += harmful
            } else {
                append(rest[0])
                place += 1
            }
        }
    }

    private mutating func appendEscape(of scalar: UnsafeRawBufferPointer) {
        let code: UInt32
        switch scalar.count {
        case 1:
            switch scalar[0] {
            case UInt8(ascii: "\""): return append("\\\"" as StaticString)
            case UInt8(ascii: "\\"): return append("\\\\" as StaticString)
            case 0x08: return append("\\b" as StaticString)
            case 0x09: return append("\\t" as StaticString)
            case 0x0A: return append("\\n" as StaticString)
            case 0x0C: return append("\\f" as StaticString)
            case 0x0D: return append("\\r" as StaticString)
            default: code = UInt32(scalar[0])
            }
        case 2: code = UInt32(scalar[0] & 0x1F) << 6 | UInt32(scalar[1] & 0x3F)
        default: code = UInt32(scalar[0] & 0x0F) << 12 | UInt32(scalar[1] & 0x3F) << 6 | UInt32(scalar[2] & 0x3F)
        }
        append("\\u" as StaticString)
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(truncatingIfNeeded: code >> shift) & 15
            append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }
}

extension UnsafeRawPointer {
    /// How many bytes from here on need no second look: at most those before the first that may have to be escaped, or
    /// that begins a scalar which may have to be.
    @inline(__always)
    fileprivate func countOfHarmlessBytes(before end: UnsafeRawPointer) -> Int {
        var place = self
        // 32 at a time: the compiler makes vector instructions of a loop that has no way out.
        while end - place >= 32 {
            var found: UInt8 = 0
            for offset in 0..<32 { found |= place.load(fromByteOffset: offset, as: UInt8.self).needsSecondLook }
            if found != 0 { break }
            place += 32
        }
        // 8 at a time, as one number: ASCII only, as most short texts are.
        while end - place >= 8, !place.loadUnaligned(as: UInt64.self).hasByteToLookAt { place += 8 }
        if end - place < 8, end - self >= 8, !(end - 8).loadUnaligned(as: UInt64.self).hasByteToLookAt {
            return end - self
        }
        while place < end, place.load(as: UInt8.self).needsSecondLook == 0 { place += 1 }
        return place - self
    }
}

extension UInt8 {
    /// 1 for a byte that has to be escaped, or begins a scalar that may have to be; otherwise 0.
    @inline(__always)
    fileprivate var needsSecondLook: UInt8 {
        var found: UInt8 = self < 0x20 ? 1 : 0
        found |= self == 0x22 ? 1 : 0
        found |= self == 0x5C ? 1 : 0
        found |= self == 0x7F ? 1 : 0
        // These begin the scalars that `lengthOfHarmfulScalar` knows.
        found |= self == 0xC2 ? 1 : 0
        found |= self == 0xD8 ? 1 : 0
        found |= self == 0xE2 ? 1 : 0
        return found
    }
}

extension UInt64 {
    /// Whether one of the eight bytes is a control, a quote, a backslash, DEL, or not ASCII.
    @inline(__always)
    fileprivate var hasByteToLookAt: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func hasZero(_ bytes: UInt64) -> UInt64 { (bytes &- ones) & ~bytes }
        let found =
            self | (self &- ones &* 0x20) & ~self | hasZero(self ^ ones &* 0x22) | hasZero(self ^ ones &* 0x5C)
            | hasZero(self ^ ones &* 0x7F)
        return found & (ones &* 0x80) != 0
    }
}

extension UnsafeRawBufferPointer {
    /// How many bytes the scalar at `place` has if it must be escaped; 0 if it may stand as it is.
    fileprivate func lengthOfHarmfulScalar(at place: Int) -> Int {
        let byte = self[place]
        if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F { return 1 }
        if byte == 0xC2, place + 1 < count, self[place + 1] < 0xA0 { return 2 }  // U+0080 … U+009F
        if byte == 0xD8, place + 1 < count, self[place + 1] == 0x9C { return 2 }  // U+061C: Arabic letter mark
        guard byte == 0xE2, place + 2 < count else { return 0 }
        switch (self[place + 1], self[place + 2]) {
        case (0x80, 0x8E...0x8F),  // U+200E, U+200F: left-to-right and right-to-left marks
            (0x80, 0xA8...0xAE),  // U+2028, U+2029: separators; U+202A … U+202E: embeddings and overrides
            (0x81, 0xA6...0xA9):  // U+2066 … U+2069: isolates
            return 3
        default: return 0
        }
    }
}

extension String {
    /// The longest prefix of whole characters within `limit` bytes of UTF-8; of whole scalars where the very first
    /// character is longer.
    func prefix(bytes limit: Int) -> Substring {
        guard utf8.count > limit else { return self[...] }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        guard end > startIndex else { return self[..<end] }
        // An index remembers how long its character is in the part; that it may be longer in the whole is the question.
        let lastLength = utf8.distance(from: self[..<end].index(before: end), to: end)
        let lastCharacter = utf8.index(end, offsetBy: -lastLength)
        guard lastCharacter > startIndex, index(after: lastCharacter) != end else { return self[..<end] }
        return self[..<lastCharacter]
    }
}
