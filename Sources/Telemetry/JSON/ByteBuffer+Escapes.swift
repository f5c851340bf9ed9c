import CScan

extension ByteBuffer {
    /// Appends text with what must not stand in a line escaped; `appendJSON(_:limit:)` says what that is.
    mutating func appendEscaped(_ text: UnsafeRawBufferPointer, with scan: TextScan? = .best) {
        guard let start = text.baseAddress else { return }
        if let scan {
            _ = appendEscaped(text, with: scan, findingWindows: false) { _ in false }
            return
        }
        let end = start + text.count
        reserve(text.count + text.count / 4)  // A long text moves to the heap once.
        let escapes = JSONEscapes.table
        var place = start
        while place < end {
            let clean = place.countOfCleanBytes(before: end)
            if clean > 0 {
                append(UnsafeRawBufferPointer(start: place, count: clean))
                place += clean
            }
            let bound = min(place + 32, end)
            // Each byte becomes six at most; eight are stored at a time, and a scalar that begins here may end behind.
            append(atMost: 6 * (bound - place) + 16) { $0.put(escaped: &place, to: bound, end, escapes) }
        }
    }

    /// Appends text with what must not stand in a line escaped, unless there is a secret in it; then it returns `false`, and
    /// has appended a part of it.
    ///
    /// - Parameters:
    ///   - ahead: Where the text as it stands in the line will be copied to later.
    ///   - isSecret: Whether there is a secret at this window.
    @inline(__always)
    mutating func appendEscaped(
        _ text: UnsafeRawBufferPointer,
        with scan: TextScan,
        findingWindows: Bool,
        ahead: LineDestinations = LineDestinations(),
        _ isSecret: (_ window: Int) -> Bool
    ) -> Bool {
        guard let start = text.baseAddress else { return true }
        let escapes = JSONEscapes.table
        var copied = 0
        var window = 0
        // A long text moves to the heap once.
        reserve(text.count + text.count / 4 + Int(CSCAN_BLOCK))
        while true {
            let stop = append { out, end in
                var copy = cscan_copy(
                    text: start,
                    count: text.count,
                    place: copied,
                    window: window,
                    out: out,
                    end: end,
                    ahead: (ahead.recent ?? start, ahead.buffer ?? start)
                )
                let stop = scan.copy(&copy, escapes, findingWindows: findingWindows)
                copied = copy.place
                window = copy.window
                out = copy.out
                return stop
            }
            switch stop {
            case CSCAN_AT_WINDOW:
                guard !isSecret(window) else { return false }
                window += 1
            case CSCAN_AT_SCALAR:
                append(atMost: 6 + 16) { out in
                    var place = start + copied
                    out.put(escaped: &place, to: place + 1, start + text.count, escapes)
                    copied = place - start
                }
            case CSCAN_NEEDS_ROOM:
                let left = text.count - copied
                reserve(left + left / 4 + Int(CSCAN_ROOM))
            default: return true
            }
        }
    }
}

extension ByteCursor {
    /// Puts the bytes up to `bound`, escaped, and the rest of a scalar that begins before it.
    ///
    /// - Parameter end: Where the text ends.
    @inline(__always)
    fileprivate mutating func put(
        escaped first: inout UnsafeRawPointer,
        to bound: UnsafeRawPointer,
        _ end: UnsafeRawPointer,
        _ escapes: UnsafePointer<UInt64>
    ) {
        var place = first
        while place < bound {
            if bound - place >= 8 {
                let word = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
                if word & 0x8080_8080_8080_8080 == 0 {
                    // ASCII. One byte after another, without a branch: which of them are escaped can't be foreseen.
                    for offset in 0..<8 as Range<UInt64> {
                        let escape = escapes[Int(truncatingIfNeeded: word >> (8 * offset) & 0xFF)]
                        put(word: escape, Int(truncatingIfNeeded: escape >> 56))
                    }
                    place += 8
                    continue
                }
            }
            let escape = escapes[Int(place.load(as: UInt8.self))]
            if escape > 0 {
                put(word: escape, Int(truncatingIfNeeded: escape >> 56))
                place += 1
                continue
            }
            // A byte that begins a scalar that may have to be escaped.
            let rest = UnsafeRawBufferPointer(start: place, count: end - place)
            let length = rest.lengthOfHarmfulScalar
            if length > 0 {
                put(word: JSONEscapes.unicode(UnsafeRawBufferPointer(rebasing: rest[..<length]).codePoint), 6)
                place += length
            } else {
                put(rest[0])
                place += 1
            }
        }
        first = place
    }
}

/// What stands for bytes that must not stand in a line (RFC 8259, section 7).
private enum JSONEscapes {
    /// For each byte what is written for it: up to six bytes, the first one lowest, and above all their number; 0 for bytes
    /// that begin a scalar that may have to be escaped.
    ///
    /// `nonisolated(unsafe)`: the table is filled before anyone else has the pointer, and never changed or freed.
    nonisolated(unsafe) static let table: UnsafePointer<UInt64> = {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        for byte in 0...255 as ClosedRange<UInt8> { table[Int(byte)] = escape(of: byte) }
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
        case 0xC2, 0xD8, 0xE2: return 0
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
            var all: UInt8 = 0
            for offset in 0..<32 {
                let byte = place.load(fromByteOffset: offset, as: UInt8.self)
                found |= byte.isNotPlainASCII
                all |= byte
            }
            if found != 0 {
                guard all >= 0x80 else { break }
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
    var isNotPlainASCII: UInt8 {
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

extension UnsafeRawBufferPointer {
    /// How many bytes the scalar at the beginning has if it must be escaped; 0 if it may stand as it is.
    fileprivate var lengthOfHarmfulScalar: Int {
        let byte = self[0]
        if byte == 0xC2, count > 1, 0x80..<0xA0 ~= self[1] { return 2 }  // U+0080 … U+009F
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
