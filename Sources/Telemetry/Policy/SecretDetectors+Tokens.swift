// Secrets that are known by how they begin. The forms are those that the issuers document, or that their secret
// scanners look for; lengths are a little below the issued ones, since those have grown before.

extension SecretDetectors {
    /// A provider's key, whose window is at `place` or one byte before.
    func prefixedKey(near place: Int) -> FoundSecret? {
        // How far into the key the windows are: 0 and 1; in `github_pat_` 5.
        for offset in 0...2 {
            if let found = providerKey(at: place - offset) { return found }
        }
        for offset in 5...6 where text.has("github_pat_", at: place - offset) {
            if let found = providerKey(at: place - offset) { return found }
        }
        return nil
    }

    /// A provider's key that begins at `place`.
    func providerKey(at place: Int) -> FoundSecret? {
        switch text[place] {
        case UInt8(ascii: "s") where text.has("sk-", at: place): return languageModelKey(at: place)
        case UInt8(ascii: "r") where text.has("r8_", at: place):
            return key("replicate", from: place, after: 3, atLeast: 30) { $0.isAlphanumeric }
        case UInt8(ascii: "s"), UInt8(ascii: "r"):
            guard text.has("k_live_", at: place + 1) || text.has("k_test_", at: place + 1) else { return nil }
            return key("stripe", from: place, after: 8, atLeast: 16) { $0.isAlphanumeric }
        case UInt8(ascii: "A") where text.has("AIza", at: place):
            return key("google", from: place, after: 4, atLeast: 30) { $0.isToken }
        case UInt8(ascii: "A"):
            guard text.has("AKIA", at: place) || text.has("ASIA", at: place) else { return nil }
            let found = key("aws", from: place, after: 4, atLeast: 16) { $0.isUpper || $0.isDigit }
            guard let found, found.range.count == 20, !text[found.range.upperBound].isToken else { return nil }
            return found
        case UInt8(ascii: "g") where text.has("gh", at: place) && text[place + 3] == UInt8(ascii: "_"):
            switch text[place + 2] {
            case UInt8(ascii: "p"), UInt8(ascii: "o"), UInt8(ascii: "u"), UInt8(ascii: "s"), UInt8(ascii: "r"):
                return key("github", from: place, after: 4, atLeast: 30) { $0.isAlphanumeric }
            default: return nil
            }
        case UInt8(ascii: "g") where text.has("github_pat_", at: place):
            return key("github", from: place, after: 11, atLeast: 30) { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
        case UInt8(ascii: "g") where text.has("gsk_", at: place):
            return key("groq", from: place, after: 4, atLeast: 30) { $0.isAlphanumeric }
        case UInt8(ascii: "x") where text.has("xai-", at: place):
            return key("xai", from: place, after: 4, atLeast: 30) { $0.isAlphanumeric }
        case UInt8(ascii: "p") where text.has("pplx-", at: place):
            return key("perplexity", from: place, after: 5, atLeast: 30) { $0.isAlphanumeric }
        case UInt8(ascii: "g") where text.has("glpat-", at: place):
            let found = key("gitlab", from: place, after: 6, atLeast: 18) { $0.isToken || $0 == UInt8(ascii: ".") }
            guard var found else { return nil }
            // A sentence's end is no part of it.
            while text[found.range.upperBound - 1] == UInt8(ascii: ".") {
                found.range = found.range.lowerBound..<(found.range.upperBound - 1)
            }
            return found
        case UInt8(ascii: "x") where text.has("xox", at: place) && text[place + 4] == UInt8(ascii: "-"):
            switch text[place + 3] {
            case UInt8(ascii: "b"), UInt8(ascii: "a"), UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "s"),
                UInt8(ascii: "e"), UInt8(ascii: "c"), UInt8(ascii: "d"):
                return key("slack", from: place, after: 5, atLeast: 10) { $0.isToken }
            default: return nil
            }
        case UInt8(ascii: "h") where text.has("hf_", at: place):
            return key("huggingface", from: place, after: 3, atLeast: 30) { $0.isAlphanumeric }
        case UInt8(ascii: "n") where text.has("npm_", at: place):
            return key("npm", from: place, after: 4, atLeast: 30) { $0.isAlphanumeric }
        default: return nil
        }
    }

    /// A key that begins at `place`, and goes on with at least `minimum` bytes of a class after its prefix.
    @inline(__always)
    private func key(
        _ kind: StaticString,
        from place: Int,
        after prefix: Int,
        atLeast minimum: Int,
        of isInKey: (UInt8) -> Bool
    ) -> FoundSecret? {
        guard text.isWordStart(place) else { return nil }
        let end = text.end(from: place + prefix, of: isInKey)
        return end - place - prefix >= minimum ? found(place..<end, kind) : nil
    }

    /// `sk-…`: OpenAI's keys, Anthropic's, and those of many who followed.
    ///
    /// Class names such as `sk-loading-spinner` begin so too. They have no long stretch of letters and digits mixed.
    private func languageModelKey(at place: Int) -> FoundSecret? {
        guard text.isWordStart(place) else { return nil }
        let end = text.end(from: place + 3) { $0.isToken }
        guard end - place >= 23 else { return nil }
        var stretch = 0
        var hasDigit = false
        var isKey = false
        for byte in text.bytes[(place + 3)..<end] {
            if byte.isAlphanumeric {
                stretch += 1
                hasDigit = hasDigit || byte.isDigit
                isKey = isKey || (stretch >= 12 && hasDigit)
            } else {
                stretch = 0
                hasDigit = false
            }
            if isKey { break }
        }
        guard isKey else { return nil }
        return found(place..<end, text.has("sk-ant-", at: place) ? "anthropic" : "openai")
    }

    /// A JSON Web Token (RFC 7519) at `place`: base64url parts between dots, the first of which is a JSON object's.
    ///
    /// Of one that was cut there are two parts, and the second is an object's too.
    func webToken(at place: Int) -> FoundSecret? {
        guard text.has("eyJ", at: place), text.isWordStart(place) else { return nil }
        let header = text.end(from: place) { $0.isToken }
        guard header - place >= 10, text[header] == UInt8(ascii: ".") else { return nil }
        let payload = text.end(from: header + 1) { $0.isToken }
        var end = payload
        if text[payload] == UInt8(ascii: ".") { end = text.end(from: payload + 1) { $0.isToken } }
        // JWE: a header, and four parts, of which the first may be empty.
        for _ in 0..<2 where text[end] == UInt8(ascii: ".") && text[end + 1].isToken {
            end = text.end(from: end + 1) { $0.isToken }
        }
        let isSigned = end - payload > 8
        guard isSigned || (payload - header > 8 && text.has("eyJ", at: header + 1)) else { return nil }
        return found(place..<end, "jwt")
    }

    /// What follows `Bearer` (RFC 6750) or `Basic` (RFC 7617), whose window is at `place` or one byte before.
    func schemeToken(near place: Int) -> FoundSecret? { schemeToken(at: place) ?? schemeToken(at: place - 1) }

    /// What follows `Bearer` or `Basic` at `place`.
    func schemeToken(at place: Int) -> FoundSecret? {
        guard text[place] | 0x20 == UInt8(ascii: "b"), text.isWordStart(place) else { return nil }
        if text.hasAnyCase("bearer", at: place) {
            let start = tokenStart(afterSchemeEndingAt: place + 6)
            guard let start else { return nil }
            let end = text.end(from: start) { $0.isToken68 }
            return isBearer(start..<end) ? found(start..<end, "bearer") : nil
        }
        if text.hasAnyCase("basic", at: place), let start = tokenStart(afterSchemeEndingAt: place + 5) {
            let end = text.end(from: start) { $0.isToken68 }
            return isBasic(start..<end) ? found(start..<end, "basic") : nil
        }
        return nil
    }

    /// Where the token begins after one to four spaces, `+` or `%20`.
    private func tokenStart(afterSchemeEndingAt end: Int) -> Int? {
        if text.has("%20", at: end) { return end + 3 }
        if text[end] == UInt8(ascii: "+") { return end + 1 }
        var start = end
        while start - end < 4, text[start] == 0x20 { start += 1 }
        return start > end ? start : nil
    }

    /// A word after *bearer* isn't a token; what has a digit, or is longer than words are, is one.
    private func isBearer(_ range: Range<Int>) -> Bool {
        guard range.count >= 8 else { return false }
        if range.count >= 32 { return true }
        let bytes = text.bytes[range]
        let hasInnerUpper = bytes.dropFirst().contains { $0.isUpper } && bytes.contains { $0.isLetter && !$0.isUpper }
        return bytes.contains { $0.isDigit } || (range.count >= 20 && hasInnerUpper)
    }

    /// Base64 (RFC 4648) of a text with a colon after a name: `user:password`.
    private func isBasic(_ range: Range<Int>) -> Bool {
        // Words of prose have neither, and most that do don't decode to text.
        guard range.count >= 8, text.bytes[range].contains(where: { $0.isUpper || $0.isDigit }) else { return false }
        var bits: UInt32 = 0
        var count = 0
        // A colon that stands later than that isn't looked for: what is decoded there was text all along.
        for byte in text.bytes[range].prefix(256) {
            guard let digit = byte.base64Digit else { return false }
            bits = bits << 6 | digit
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            let decoded = UInt8(truncatingIfNeeded: bits >> UInt32(count))
            if decoded == UInt8(ascii: ":") { return true }
            guard 0x20..<0x7F ~= decoded else { return false }
        }
        return range.count > 256
    }

    /// A private key's block (RFC 7468, RFC 9580), whose dashes before `BEGIN` end at `place`, or one byte before.
    ///
    /// Without an end, as when it was cut, the block reaches as far as its base64 does.
    func keyBlock(near place: Int) -> FoundSecret? {
        for start in (place - 5)...(place - 4) where text.has("-----BEGIN ", at: start) {
            // The label is short: what is longer is none.
            var end = start + 11
            while end - start < 64, text[end].isUpper || text[end].isDigit || text[end] == 0x20 { end += 1 }
            guard text.has("-----", at: end) else { return nil }
            guard text.has("PRIVATE KEY", at: end - 11) || text.has("PRIVATE KEY BLOCK", at: end - 17) else {
                return nil
            }
            let dashes = firstDashes(from: end + 5)
            if text.has("-----END ", at: dashes) {
                let label = text.end(from: dashes + 9) { $0.isUpper || $0.isDigit || $0 == 0x20 }
                let last = text.end(from: label) { $0 == UInt8(ascii: "-") }
                return found(start..<last, "private-key")
            }
            let cut = endOfBase64(from: end + 5, before: dashes)
            return cut.flatMap { found(start..<$0, "private-key") }
        }
        return nil
    }

    private func firstDashes(from start: Int) -> Int {
        var place = start
        while place < text.count, !text.has("-----", at: place) { place += 1 }
        return place
    }

    /// Where the lines of base64 end that begin at `start`; `nil` if there are none.
    private func endOfBase64(from start: Int, before end: Int) -> Int? {
        var place = start
        var last: Int?
        while place < end {
            if text[place].isSpace || text[place].isQuote || text[place] == UInt8(ascii: ",") {
                place += 1
            } else if text[place] == UInt8(ascii: "\\") {
                place += 2  // An escaped line end.
            } else {
                let lineEnd = min(end, text.end(from: place) { $0.base64Digit != nil || $0 == UInt8(ascii: "=") })
                guard lineEnd - place >= 16 || (last != nil && lineEnd > place && !text[lineEnd].isSpace) else { break }
                place = lineEnd
                last = lineEnd
            }
        }
        return last
    }
}

extension UInt8 {
    /// The six bits that the digit stands for in base64 or base64url.
    fileprivate var base64Digit: UInt32? {
        switch self {
        case 0x41...0x5A: UInt32(self) - 0x41
        case 0x61...0x7A: UInt32(self) - 0x61 + 26
        case 0x30...0x39: UInt32(self) - 0x30 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
