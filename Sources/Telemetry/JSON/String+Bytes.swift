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
