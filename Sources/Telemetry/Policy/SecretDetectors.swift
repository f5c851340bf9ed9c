/// A secret within a text: where it stands, and what it is.
typealias FoundSecret = (range: Range<Int>, kind: StaticString)

/// What looks for secrets by their shape.
///
/// Clean text is passed over quickly: one pair of every two bytes is looked up in a table of the rare pairs that secrets
/// have at a known place. Each shape has a *window* of three bytes, so that one of its two pairs is always met. Only
/// where a pair is met is the text around it looked at. That costs a bounded time, or time in proportion to what is then
/// masked or never looked at again: the whole takes linear time, whatever the text.
struct SecretDetectors {
    let text: ByteText
    let keys: KeyRules
    /// No secret that begins before is reported.
    let start: Int

    /// The first secret that begins at `start` or later.
    ///
    /// - Parameter windows: The windows to look for.
    static func first(
        in text: UnsafeRawBufferPointer,
        from start: Int,
        windows: UInt8,
        _ keys: KeyRules
    ) -> FoundSecret? {
        guard windows != 0, start >= 0, text.count - start >= shortest else { return nil }
        return firstWindow(in: text, from: start, windows) { place, met in
            SecretDetectors(text: ByteText(text), keys: keys, start: start).secret(at: place, met)
        }
    }

    /// Whether the text has a window of any secret; if it hasn't, there is no secret in it.
    static func mayFind(in text: UnsafeRawBufferPointer, windows: UInt8) -> Bool {
        guard windows != 0, text.count >= shortest else { return false }
        return firstWindow(in: text, from: 0, windows) { _, _ in true } ?? false
    }

    /// No secret is shorter.
    static let shortest = 6

    /// Whether a short text may have a window of any secret: one that is followed by other bytes, up to a multiple of 16.
    @inline(__always)
    static func mayFind(
        inPadded text: UnsafeRawPointer,
        _ count: Int,
        _ table: UnsafePointer<UInt8>,
        windows: UInt8
    ) -> Bool {
        var place = 0
        while place < count {
            if table.any(ofEightPairsAt: text + place) & windows != 0 {
                return mayFind(in: UnsafeRawBufferPointer(start: text, count: count), windows: windows)
            }
            place += 16
        }
        return false
    }

    /// What `look` makes of the first window of which it makes something.
    @inline(__always)
    private static func firstWindow<Found>(
        in text: UnsafeRawBufferPointer,
        from start: Int,
        _ windows: UInt8,
        _ look: (_ place: Int, _ met: UInt8) -> Found?
    ) -> Found? {
        guard let base = text.baseAddress, text.count - start >= 2 else { return nil }
        let table = SecretWindows.pairs
        func met(_ place: Int) -> UInt8 { table[base.pair(at: place)] & windows }
        func found(_ place: Int) -> Found? {
            let met = met(place)
            // Most pairs that are met stand in words: there the third byte is another one.
            guard met != 0, SecretWindows.mayHave(met, at: place, in: text) else { return nil }
            return look(place, met)
        }
        var place = start
        while place <= text.count - 16 {
            if table.any(ofEightPairsAt: base + place) & windows != 0 {
                for offset in 0..<8 {
                    if let found = found(place + 2 * offset) { return found }
                }
            }
            place += 16
        }
        while place <= text.count - 2 {
            if let found = found(place) { return found }
            place += 2
        }
        return place < text.count ? found(text.count - 2) : nil
    }

    /// The secret that has one of the windows `met` at `place`, or one byte before.
    private func secret(at place: Int, _ met: UInt8) -> FoundSecret? {
        if met & SecretWindows.url != 0, let found = urlPassword(near: place) { return found }
        if met & SecretWindows.word != 0, let found = namedValue(near: place) { return found }
        if met & SecretWindows.scheme != 0, let found = schemeToken(near: place) { return found }
        if met & SecretWindows.prefix != 0, let found = prefixedKey(near: place) { return found }
        if met & SecretWindows.webToken != 0 {
            if let found = webToken(at: place) ?? webToken(at: place - 1) { return found }
        }
        if met & SecretWindows.keyBlock != 0, let found = keyBlock(near: place) { return found }
        if met & SecretWindows.email != 0, let found = emailAddress(near: place) { return found }
        if met & SecretWindows.card != 0, let found = cardNumber(near: place) { return found }
        return nil
    }

    /// The secret, unless it begins too early.
    func found(_ range: Range<Int>, _ kind: StaticString) -> FoundSecret? {
        range.lowerBound >= start ? (range, kind) : nil
    }
}

extension UnsafeRawPointer {
    /// Two bytes as a number, the first one in the low half.
    @inline(__always)
    fileprivate func pair(at place: Int) -> Int {
        Int(UInt16(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt16.self)))
    }
}

extension UnsafePointer<UInt8> {
    /// All that the table has for eight pairs of bytes, one behind the other.
    @inline(__always)
    fileprivate func any(ofEightPairsAt place: UnsafeRawPointer) -> UInt8 {
        // Two sums, so that one need not wait for the other.
        var even: UInt8 = 0
        var odd: UInt8 = 0
        for offset in 0..<4 {
            even |= self[place.pair(at: 4 * offset)]
            odd |= self[place.pair(at: 4 * offset + 2)]
        }
        return even | odd
    }
}

/// The windows that shapes of secrets have, by bits, so that one table serves all.
enum SecretWindows {
    static let prefix: UInt8 = 1
    static let word: UInt8 = 2
    static let scheme: UInt8 = 4
    static let webToken: UInt8 = 8
    static let keyBlock: UInt8 = 16
    static let url: UInt8 = 32
    static let email: UInt8 = 64
    static let card: UInt8 = 128
    static let secrets = prefix | word | scheme | webToken | keyBlock | url

    // passWOrd, passWD, sECRet, tOKEn, aPI_Key, _KEy, cOOKie, authorIZAtion, pasSPHrase.
    private static let words = ["swo", "swd", "ecr", "oke", "pik", "pi_", "pi-", "_ke", "-ke", "oki", "iza", "sph"]

    private static let windows: [(texts: [String], bit: UInt8)] = [
        (["sk-", "Iza", "ghp", "gho", "ghu", "ghs", "ghr", "b_p", "glp", "xox", "hf_", "KIA", "SIA"], prefix),
        (["pm_", "k_l", "k_t"], prefix), (["sk_", "ai-", "plx", "r8_"], prefix),
        (words, word), (words.map { $0.uppercased() }, word),
        (["piK", "sKe", "eKe", "tKe", "nKe", "gKe", "rKe", "hKe"], word),
        (["bea", "Bea", "BEA", "bas", "Bas", "BAS"], scheme),
        (["eyJ"], webToken), (["-BE"], keyBlock), (["://"], url),
    ]

    /// For each pair of bytes, the first one in the low half, the windows that may have it.
    ///
    /// `nonisolated(unsafe)`: the table is filled before anyone else has the pointer, and never changed or freed.
    nonisolated(unsafe) static let pairs: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 16)
        table.initialize(repeating: 0, count: 1 << 16)
        for (texts, bit) in windows {
            for text in texts {
                let bytes = text.utf8.map(Int.init)
                table[bytes[0] | bytes[1] << 8] |= bit
                table[bytes[1] | bytes[2] << 8] |= bit
            }
        }
        for byte in 0..<256 {
            table[Int(UInt8(ascii: "@")) | byte << 8] |= email
            table[byte | Int(UInt8(ascii: "@")) << 8] |= email
        }
        for first in 0x30...0x39 {
            for second in 0x30...0x39 { table[first | second << 8] |= card }
        }
        return UnsafePointer(table)
    }()

    /// For each hash of three bytes, the windows that may be these.
    private static let triples: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 1 << 12)
        for (texts, bit) in windows {
            for text in texts {
                let bytes = Array(text.utf8)
                table[hash(bytes[0], bytes[1], bytes[2])] |= bit
            }
        }
        return table
    }()

    @inline(__always)
    private static func hash(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        let bytes = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16
        return Int(truncatingIfNeeded: (bytes &* 0x9E37_79B1) >> 20)
    }

    /// Whether a window of these kinds may begin at `place`, where a pair of it stands, or one byte before.
    @inline(__always)
    static func mayHave(_ kinds: UInt8, at place: Int, in text: UnsafeRawBufferPointer) -> Bool {
        guard kinds & (email | card) == 0 else { return true }
        // At the text's ends it isn't worth the care.
        guard place > 0, place + 2 < text.count else { return true }
        return triples.withUnsafeBufferPointer { triples in
            let before = triples[hash(text[place - 1], text[place], text[place + 1])]
            let after = triples[hash(text[place], text[place + 1], text[place + 2])]
            return (before | after) & kinds != 0
        }
    }
}
