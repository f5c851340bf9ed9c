extension String {
    /// Calls `body` with the text in UTF-8, without taking hold of it where it is already.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        return withCopiedBytes(body)
    }

    /// A text that another language made has to be copied first.
    @inline(never)
    private func withCopiedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// A text of at most 15 bytes: the first eight, the others with zeros behind the last, and how many there are.
    typealias ShortWords = (first: UInt64, second: UInt64, count: Int)

    /// The bytes of a short text that stand in the string itself, without a way through memory.
    ///
    /// Where they stand is not documented, but was the same in all of Swift 5 and 6 on 64 bits. Literals tell whether it still
    /// is: the compiler knows what they look like, and nobody is asked at run time. If not, there are never any.
    @inline(__always)
    var shortWords: ShortWords? {
        guard Self.hasKnownLayout else { return nil }
        let (first, last) = unsafeBitCast(self, to: (UInt64, UInt64).self)
        guard last & 1 << 61 != 0 else { return nil }
        return (first, last & 0xFF_FFFF_FFFF_FFFF, Int(truncatingIfNeeded: last >> 56 & 0xF))
    }

    @inline(__always)
    private static var hasKnownLayout: Bool {
        guard MemoryLayout<String>.size == 16 else { return false }
        let ascii = unsafeBitCast("0123456789abcde" as String, to: (UInt64, UInt64).self)
        let other = unsafeBitCast("0123456789\u{E9}" as String, to: (UInt64, UInt64).self)
        let long = unsafeBitCast("0123456789abcdef" as String, to: (UInt64, UInt64).self)
        return ascii == (0x3736_3534_3332_3130, 0xEF65_6463_6261_3938)
            && other == (0x3736_3534_3332_3130, 0xAC00_0000_A9C3_3938)
            && long.1 & 1 << 61 == 0
    }

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
