extension ByteBuffer {
    /// Appends text with what must not stand in a line escaped; `appendJSON(_:limit:)` says what that is.
    mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress else { return }
        let end = start + text.count
        reserve(text.count)  // A long text moves to the heap once.
        var place = start
        while place < end {
            let clean = place.countOfCleanBytes(before: end)
            if clean > 0 {
                append(UnsafeRawBufferPointer(start: place, count: clean))
                place += clean
            }
            guard place < end else { return }
            let blockEnd = min(place + 32, end)
            // Each byte becomes six at most. The last eight may begin within the block and end behind it, and are
            // stored whole.
            append(atMost: 6 * (blockEnd - place) + 24) { out in
                Escaper(start: start, end: end).escape(from: &place, to: blockEnd, into: out)
            }
        }
    }
}

/// Copies text, and escapes on the way.
private struct Escaper {
    let start: UnsafeRawPointer
    let end: UnsafeRawPointer

    /// Copies the bytes up to `bound`, and some more if that is where eight at a time lead; returns how many they became.
    @inline(__always)
    func escape(
        from first: inout UnsafeRawPointer,
        to bound: UnsafeRawPointer,
        into out: UnsafeMutableRawPointer
    ) -> Int {
        let escapes = JSONEscapes.table
        var place = first
        var length = 0
        while place < bound {
            let rest = end - place
            let bytes = nextBytes(at: place, rest)
            // Stored before it is known how many of them may stand: what may not is overwritten.
            out.storeBytes(of: bytes.littleEndian, toByteOffset: length, as: UInt64.self)
            let marks = bytes.bytesToLookAt
            guard marks != 0 else {
                place += min(rest, 8)
                length += min(rest, 8)
                continue
            }
            let clean = marks.trailingZeroBitCount >> 3
            place += clean
            length += clean
            let byte = place.load(as: UInt8.self)
            if byte < 0x80 {
                let escape = escapes[Int(byte)]
                out.storeBytes(of: escape.littleEndian, toByteOffset: length, as: UInt64.self)
                length += Int(truncatingIfNeeded: escape >> 56)
                place += 1
                continue
            }
            let harmful = UnsafeRawBufferPointer(start: place, count: rest - clean).lengthOfHarmfulScalar
            if harmful > 0 {
                let code = UnsafeRawBufferPointer(start: place, count: harmful).codePoint
                out.storeBytes(of: JSONEscapes.unicode(code).littleEndian, toByteOffset: length, as: UInt64.self)
                length += 6
                place += harmful
                continue
            }
            var next = byte
            repeat {
                out.storeBytes(of: next, toByteOffset: length, as: UInt8.self)
                length += 1
                place += 1
                guard place < bound else { break }
                next = place.load(as: UInt8.self)
            } while next >= 0x80 && next.needsSecondLook == 0
        }
        first = place
        return length
    }

    /// The eight bytes at `place`, the first one lowest; where the text ends before, letters in their place.
    @inline(__always)
    private func nextBytes(at place: UnsafeRawPointer, _ rest: Int) -> UInt64 {
        if rest >= 8 { return UInt64(littleEndian: place.loadUnaligned(as: UInt64.self)) }
        let letters: UInt64 = 0x4141_4141_4141_4141 << UInt64(8 * rest)
        if end - start >= 8 {
            return UInt64(littleEndian: (end - 8).loadUnaligned(as: UInt64.self)) >> UInt64(64 - 8 * rest) | letters
        }
        var bytes = letters
        for offset in 0..<rest {
            bytes |= UInt64(place.load(fromByteOffset: offset, as: UInt8.self)) << UInt64(8 * offset)
        }
        return bytes
    }
}

/// What stands for bytes that must not stand in a line (RFC 8259, section 7).
private enum JSONEscapes {
    /// For each byte of ASCII what is written for it: up to six bytes, the first one lowest, and above all their number.
    ///
    /// `nonisolated(unsafe)`: the table is filled before anyone else has the pointer, and never changed or freed.
    nonisolated(unsafe) static let table: UnsafePointer<UInt64> = {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 128)
        for byte in 0..<128 as Range<UInt8> { table[Int(byte)] = escape(of: byte) }
        return UnsafePointer(table)
    }()

    private static func escape(of byte: UInt8) -> UInt64 {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        case 0..<0x20, 0x7F: return unicode(UInt32(byte)) | 6 << 56
        default: return UInt64(byte) | 1 << 56
        }
        return UInt64(UInt8(ascii: "\\")) | UInt64(letter) << 8 | 2 << 56
    }

    /// `\u` and four digits.
    static func unicode(_ code: UInt32) -> UInt64 {
        var bytes = UInt64(UInt8(ascii: "\\")) | UInt64(UInt8(ascii: "u")) << 8
        for place in 0..<4 as Range<UInt64> {
            let digit = UInt64(code >> UInt32(12 - 4 * place)) & 15
            bytes |= (digit < 10 ? 48 + digit : 87 + digit) << (16 + 8 * place)
        }
        return bytes
    }
}

extension UnsafeRawPointer {
    /// How many bytes from here on may stand as they are: whole blocks of 32.
    @inline(__always)
    fileprivate func countOfCleanBytes(before end: UnsafeRawPointer) -> Int {
        var place = self
        // The compiler makes vector instructions of a loop that has no way out. Most text is ASCII, for which fewer do.
        while end - place >= 32 {
            var found: UInt8 = 0
            for offset in 0..<32 { found |= place.load(fromByteOffset: offset, as: UInt8.self).isNotPlainASCII }
            if found != 0 {
                found = 0
                for offset in 0..<32 { found |= place.load(fromByteOffset: offset, as: UInt8.self).needsSecondLook }
                if found != 0 { break }
            }
            place += 32
        }
        return place - self
    }
}

extension UInt8 {
    /// 0 for a byte of ASCII that may stand as it is; otherwise 1.
    @inline(__always)
    fileprivate var isNotPlainASCII: UInt8 {
        // As signed numbers, what isn't ASCII is below 0.
        var found: UInt8 = Int8(bitPattern: self) < 0x20 ? 1 : 0
        found |= self == 0x22 ? 1 : 0
        found |= self == 0x5C ? 1 : 0
        found |= self == 0x7F ? 1 : 0
        return found
    }

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
    /// The highest bits of those of its bytes that are a control, a quote, a backslash, DEL, or not ASCII.
    ///
    /// Above the lowest of them further bits may be set.
    @inline(__always)
    fileprivate var bytesToLookAt: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func zeros(_ bytes: UInt64) -> UInt64 { (bytes &- ones) & ~bytes }
        let found =
            self | (self &- ones &* 0x20) & ~self | zeros(self ^ ones &* 0x22) | zeros(self ^ ones &* 0x5C)
            | zeros(self ^ ones &* 0x7F)
        return found & (ones &* 0x80)
    }
}

extension UnsafeRawBufferPointer {
    /// How many bytes the scalar at the beginning has if it must be escaped; 0 if it may stand as it is.
    fileprivate var lengthOfHarmfulScalar: Int {
        let byte = self[0]
        if byte == 0xC2, count > 1, self[1] < 0xA0 { return 2 }  // U+0080 … U+009F
        if byte == 0xD8, count > 1, self[1] == 0x9C { return 2 }  // U+061C: Arabic letter mark
        guard byte == 0xE2, count > 2 else { return 0 }
        switch (self[1], self[2]) {
        case (0x80, 0x8E...0x8F),  // U+200E, U+200F: left-to-right and right-to-left marks
            (0x80, 0xA8...0xAE),  // U+2028, U+2029: separators; U+202A … U+202E: embeddings and overrides
            (0x81, 0xA6...0xA9):  // U+2066 … U+2069: isolates
            return 3
        default: return 0
        }
    }

    /// The scalar of two or three bytes.
    fileprivate var codePoint: UInt32 {
        if count == 2 { return UInt32(self[0] & 0x1F) << 6 | UInt32(self[1] & 0x3F) }
        return UInt32(self[0] & 0x0F) << 12 | UInt32(self[1] & 0x3F) << 6 | UInt32(self[2] & 0x3F)
    }
}
