/// A secret within a text: where it stands, and what it is.
typealias FoundSecret = (range: Range<Int>, kind: StaticString)

/// What looks for secrets by their shape.
///
/// Clean text is passed over quickly. Each shape has a *window*: three bytes, rare elsewhere, that it has at a known place.
/// `TextScan` finds them; where there is none, or more than secrets is looked for, one pair of every two bytes is looked up
/// in a table of the windows' pairs, of which one is always met. Only there is the text around looked at. That costs a
/// bounded time, or time in proportion to what is then masked or never looked at again: the whole takes linear time,
/// whatever the text.
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
        _ keys: KeyRules,
        with scan: TextScan? = .best
    ) -> FoundSecret? {
        guard windows != 0, start >= 0, text.count - start >= shortest else { return nil }
        return firstWindow(in: text, from: start, windows, scan) { place, met in
            SecretDetectors(text: ByteText(text), keys: keys, start: start).secret(at: place, met)
        }
    }

    /// Whether a text has a secret of which `TextScan` has found this window.
    static func hasSecret(in text: UnsafeRawBufferPointer, at window: Int, _ keys: KeyRules) -> Bool {
        guard let base = text.baseAddress else { return false }
        let (place, met) = pair(of: window, base, from: 0)
        return SecretDetectors(text: ByteText(text), keys: keys, start: 0).secret(at: place, met) != nil
    }

    /// Whether the text has a window of any secret; if it hasn't, there is no secret in it.
    static func mayFind(in text: UnsafeRawBufferPointer, windows: UInt8, with scan: TextScan? = .best) -> Bool {
        guard windows != 0, text.count >= shortest else { return false }
        return firstWindow(in: text, from: 0, windows, scan) { _, _ in true } ?? false
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
        _ scan: TextScan?,
        _ look: (_ place: Int, _ met: UInt8) -> Found?
    ) -> Found? {
        guard let base = text.baseAddress, text.count - start >= 2 else { return nil }
        let table = SecretWindows.pairs
        if let scan, windows == SecretWindows.secrets {
            // One byte before `start` a window may begin whose second pair stands there.
            var window = scan.window(in: text, from: max(0, start - 1))
            while window < text.count {
                let (place, met) = pair(of: window, base, from: start)
                if let found = look(place, met) { return found }
                window = scan.window(in: text, from: place + 1)
            }
            return nil
        }
        func found(_ place: Int) -> Found? {
            let met = table[base.pair(at: place)] & windows
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

    /// Of a secret's window the pair that is looked up when every second one is from `start` on, and the windows that may
    /// have it.
    @inline(__always)
    private static func pair(of window: Int, _ text: UnsafeRawPointer, from start: Int) -> (place: Int, met: UInt8) {
        let place = window + (window - start) & 1
        return (place, SecretWindows.pairs[text.pair(at: place)] & SecretWindows.secrets)
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
