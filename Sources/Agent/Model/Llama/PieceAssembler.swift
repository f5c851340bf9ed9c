/// Makes text of tokens' bytes: whole characters, up to a stop string.
///
/// A token may end within a scalar, and within a character that is several scalars (a family emoji, a letter and its
/// accent). Only a following scalar shows that a character is complete, so the newest one is always held back until
/// the next bytes, or ``finish()``. What may be the beginning of a stop string is held back too. Bytes that are
/// not UTF-8 become U+FFFD, as by `String(decoding:as:)`.
///
/// The returned pieces, joined, don't depend on where tokens end, and the sum of their `count`s is that of the whole.
///
/// - Complexity: O(*n* · *s*) for *n* bytes and *s* bytes of stop strings.
struct PieceAssembler: Sendable {
    /// Whether a stop string was found, and all further bytes are ignored.
    private(set) var isStopped = false

    private let stops: [[UInt8]]
    /// The beginning of a scalar: at most three bytes.
    private var partial: [UInt8] = []
    /// Valid UTF-8 that wasn't returned yet.
    private var held: [UInt8] = []

    /// An assembler that ends the text before the first of the stop strings, none of which is empty.
    init(stops: [String] = []) {
        self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    /// Takes a token's bytes and returns what is now known to be whole; often nothing.
    mutating func append(_ bytes: some Sequence<UInt8>) -> String {
        guard !isStopped else { return "" }
        partial.append(contentsOf: bytes)
        let whole = partial.count - Self.incompleteSuffix(partial)
        let start = held.count
        held.append(contentsOf: String(decoding: partial.prefix(whole), as: UTF8.self).utf8)
        partial.removeFirst(whole)
        if let end = stopBeginning(from: start) {
            isStopped = true
            return take(end)
        }
        return take(wholeCharacters(before: possibleStop()))
    }

    /// Returns the rest; the text is then complete.
    mutating func finish() -> String {
        guard !isStopped else { return "" }
        let start = held.count
        // Half a scalar at the very end is not UTF-8 any more.
        held.append(contentsOf: String(decoding: partial, as: UTF8.self).utf8)
        partial.removeAll()
        if let end = stopBeginning(from: start) {
            isStopped = true
            return take(end)
        }
        return take(held.count)
    }

    private mutating func take(_ count: Int) -> String {
        guard count > 0 else { return "" }
        defer { held.removeFirst(count) }
        return String(decoding: held.prefix(count), as: UTF8.self)
    }

    /// Where the stop string begins that is complete first, looking at those that end behind `start`.
    ///
    /// The first to be complete, and not the first to begin: with "abcd" and "bc", the latter ends "abcd", however the
    /// tokens cut it.
    private func stopBeginning(from start: Int) -> Int? {
        guard !stops.isEmpty, start < held.count else { return nil }
        for end in start + 1...held.count {
            let found = stops.filter { $0.count <= end && held[..<end].suffix($0.count).elementsEqual($0) }
            if let longest = found.map(\.count).max() { return end - longest }
        }
        return nil
    }

    /// Where the longest suffix begins that a stop string could begin with.
    private func possibleStop() -> Int {
        let longest = stops.map { $0.count - 1 }.max() ?? 0
        for count in stride(from: min(longest, held.count), to: 0, by: -1) {
            let suffix = held.suffix(count)
            if stops.contains(where: { $0.count > count && $0.starts(with: suffix) }) { return held.count - count }
        }
        return held.count
    }

    /// How many bytes of `held` are characters that surely end at or before `limit`.
    private func wholeCharacters(before limit: Int) -> Int {
        let text = String(decoding: held, as: UTF8.self)
        guard var end = text.indices.last else { return 0 }
        while end > text.startIndex, text.utf8.distance(from: text.startIndex, to: end) > limit {
            end = text.index(before: end)
        }
        return text.utf8.distance(from: text.startIndex, to: end)
    }

    /// How many bytes at the end are the beginning of a scalar that further bytes may complete.
    private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if (0x80...0xBF).contains(lead) { continue }
            // The Unicode Standard 16.0, table 3-7: the second byte is limited after four of the lead bytes.
            let (needed, second): (Int, ClosedRange<UInt8>) =
                switch lead {
                case 0xC2...0xDF: (2, 0x80...0xBF)
                case 0xE0: (3, 0xA0...0xBF)
                case 0xED: (3, 0x80...0x9F)
                case 0xE1...0xEF: (3, 0x80...0xBF)
                case 0xF0: (4, 0x90...0xBF)
                case 0xF1...0xF3: (4, 0x80...0xBF)
                case 0xF4: (4, 0x80...0x8F)
                default: (1, 0x80...0xBF)
                }
            if length >= needed { return 0 }
            return length == 1 || second.contains(bytes[bytes.count - length + 1]) ? length : 0
        }
        return 0
    }
}
