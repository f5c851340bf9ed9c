// What a layout consists of.

extension LineLayout {
    /// Some bytes, and which of them count.
    struct Bytes {
        static let length = 32

        private let text: SIMD4<UInt64>
        private let mask: SIMD4<UInt64>

        /// - Parameter counts: Whether the byte at a place counts; those beyond the text don't.
        init(_ bytes: some Collection<UInt8>, counts: (Int) -> Bool = { _ in true }) {
            var mask = [UInt8](repeating: 0, count: Self.length)
            var text = mask
            for (place, byte) in bytes.enumerated() where counts(place) { (mask[place], text[place]) = (0xFF, byte) }
            self.mask = mask.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
            self.text = text.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
        }

        /// 0 where the bytes at `place` are these.
        @inline(__always)
        func difference(_ place: Place) -> SIMD4<UInt64> {
            UnsafeRawPointer(place).loadUnaligned(as: SIMD4<UInt64>.self) & mask ^ text
        }
    }

    /// How lines begin: up to the first value whose length differs from line to line.
    struct Head {
        /// The longest one; it ends within `LineLayouts.reach`.
        static let mostBytes = 7 * Bytes.length

        var length = 0
        /// Where ids and the timestamp stand in it; 0 where they don't.
        var spanID = 0
        var traceID = 0
        var parentID = 0
        var timestamp = 0
        /// Eight bytes of the event type, and of the name, where they are: other layouts are likely to have others.
        var type: (offset: Int, word: UInt64) = (0, 0)
        var name: (offset: Int, word: UInt64) = (0, 0)

        /// Whether a byte is one of a value that is read, and not compared.
        func isValue(_ place: Int) -> Bool {
            [(spanID, 16), (traceID, 32), (parentID, 16), (timestamp, 27)].contains { start, count in
                start > 0 && (start..<start + count).contains(place)
            }
        }
    }

    /// A value of some kind, and bytes that have to be behind it.
    struct Step {
        private let bytes: Bytes
        /// How many bytes are compared.
        let length: UInt32
        /// The length of a constant, and whether it has escapes.
        private let constant: (length: UInt32, hasEscape: Bool)
        /// The last value, and the byte behind it, if these are at most 16 bytes; what no bytes are otherwise.
        private var usualBytes = SIMD2<UInt64>(repeating: 1)
        private var usualMask = SIMD2<UInt64>()
        private var changes: UInt32 = 0
        /// How many bytes the last value had.
        var usualLength: UInt32 = 0
        /// Where in `LineFields` the value goes, in bytes; with an object, how many steps it has.
        var target: UInt16
        let kind: Kind

        /// - Parameters:
        ///   - text: Up to ``Bytes/length`` bytes.
        ///   - constant: What is known of a value that is a part of the text.
        init(_ kind: Kind, target: Int, constant: Slice = Slice(), text: some Collection<UInt8>) {
            bytes = Bytes(text)
            length = UInt32(text.count)
            self.constant = (UInt32(constant.count), constant.hasEscape)
            self.target = UInt16(target)
            self.kind = kind
        }

        @inline(__always)
        func isFollowed(at place: Place) -> Bool {
            let wrong = bytes.difference(place)
            return wrong[0] | wrong[1] | wrong[2] | wrong[3] == 0
        }

        /// All bytes of the last value, put together, if it stands there again with the same byte behind it.
        @inline(__always)
        func usual(at place: Place) -> UInt64? {
            let bytes = SIMD2(JSONScanner.word(place), JSONScanner.word(place + 8)) & usualMask
            let wrong = bytes ^ usualBytes
            return wrong[0] | wrong[1] == 0 ? bytes[0] | bytes[1] : nil
        }

        /// Keeps a value of so many bytes, to know it again; one that keeps changing, now and then only.
        @inline(__always)
        mutating func keep(_ place: Place, _ count: Int) {
            changes &+= 1
            if changes < 8 || changes & 63 == 0, count < 16 { return keepShort(place, count) }
            (usualBytes, usualMask) = (SIMD2(repeating: 1), SIMD2())
        }

        @inline(never)
        private mutating func keepShort(_ place: Place, _ count: Int) {
            let bits = UInt64(count + 1) * 8
            usualMask = SIMD2(
                bits < 64 ? (1 << bits) - 1 : .max,
                bits < 128 ? bits > 64 ? (1 << (bits - 64)) - 1 : 0 : .max
            )
            usualBytes = SIMD2(JSONScanner.word(place), JSONScanner.word(place + 8)) & usualMask
        }

        /// A constant that begins there.
        @inline(__always)
        func slice(at start: Int) -> Slice {
            Slice(start: start, count: Int(constant.length), hasEscape: constant.hasEscape)
        }
    }

    /// What is read before the bytes of a step.
    enum Kind: UInt8 {
        /// Nothing: more bytes.
        case text
        /// 16 hexadecimal digits, not all of them 0.
        case spanID, parentID
        /// 32 hexadecimal digits, not all of them 0.
        case traceID
        /// A string's content.
        case string
        /// As `string`, but nobody asks for it.
        case ignoredString
        /// As `string`; the content `running` says that the span began.
        case status
        /// Nothing: a string's content is the beginning of the bytes.
        case constant
        /// A whole number of up to seven digits.
        case integer
        /// Any value, most likely a whole number of up to seven digits.
        case number
        /// 27 characters.
        case timestamp
        case duration
        /// Nothing: the data begins here.
        case dataStart
        /// Nothing: the data ended here.
        case dataEnd
        /// Nothing: an object began, which the next steps read; they may fail, because it is a value like any other.
        case object
        /// Nothing: the object ended here.
        case objectEnd
        /// Any value.
        case value
        /// Nothing: the newline has been compared.
        case lineEnd
    }
}

extension UnsafeMutablePointer<LineLayout.Step> {
    /// Where a value ends that begins at `start` and has `count` bytes.
    ///
    /// Most values are as long as the last one. A processor guesses that they are, and reads on behind them while it still
    /// finds out; it can't, if the place depends on what was counted.
    @inline(__always)
    func go(_ start: LineLayout.Place, _ count: Int, _ guess: Int) -> LineLayout.Place {
        if count == guess { return start + guess }
        pointee.usualLength = UInt32(truncatingIfNeeded: count)
        return start + count
    }
}
