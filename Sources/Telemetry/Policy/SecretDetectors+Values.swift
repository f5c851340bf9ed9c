// Secrets that are known by the name that stands before them, and passwords within URLs.

extension SecretDetectors {
    /// A password within `scheme://user:password@host`, whose `://` begins at `place` or one byte before.
    func urlPassword(near place: Int) -> FoundSecret? {
        let colon = text[place] == UInt8(ascii: ":") ? place : place - 1
        guard text.has("://", at: colon), text[colon - 1].isAlphanumeric else { return nil }
        var password: Int?
        var end = colon + 3
        while end - colon < 512 {
            switch text[end] {
            case UInt8(ascii: ":"):
                if password == nil { password = end + 1 }
            case UInt8(ascii: "@"):
                guard let password, password < end, !isPlaceholder(password..<end) else { return nil }
                return found(password..<end, "password")
            case 0...0x20, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "<"),
                UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "\\"):
                return nil
            default: break
            }
            end += 1
        }
        return nil
    }

    /// The value of `password=…`, `"api_key": "…"`, `Cookie: …` and the like, where `place` is within the name.
    func namedValue(near place: Int) -> FoundSecret? {
        let bound = 64  // Longer ones are no names; and a text that is all name must not cost its length's square.
        var first = place
        while first > place - bound, text[first - 1].isToken, !text.isWordStart(first) { first -= 1 }
        var last = place
        while last < place + bound, text[last].isToken { last += 1 }
        while first < last, text[first] == UInt8(ascii: "-") { first += 1 }
        guard first < last, keys.masks(UnsafeRawBufferPointer(rebasing: text.bytes[first..<last])) else {
            return nil
        }
        guard let sign = assignment(after: first..<last), let value = value(of: first..<last, after: sign) else {
            return nil
        }
        // Where the value's own shape says what it is, that is said.
        let shape = providerKey(at: value.lowerBound) ?? webToken(at: value.lowerBound)
        return found(value, shape?.range == value ? shape?.kind ?? "secret" : "secret")
    }

    /// How a name and its value are joined.
    private struct Assignment {
        /// Where the value begins, its quote included.
        var end: Int
        /// `=` without spaces, or an option's space: nothing but a value follows.
        var isTight: Bool
        /// The name is a query's.
        var isQuery: Bool
    }

    private func assignment(after name: Range<Int>) -> Assignment? {
        var place = name.upperBound
        while text[place] == UInt8(ascii: "\\") || text[place].isQuote, place - name.upperBound < 4 { place += 1 }
        let afterName = place
        while text[place] == 0x20, place - afterName < 4 { place += 1 }
        let sign = place
        switch text[place] {
        case UInt8(ascii: "="):
            place += text[place + 1] == UInt8(ascii: ">") ? 2 : 1
            guard text[place] != UInt8(ascii: "=") else { return nil }  // A comparison.
        case UInt8(ascii: ":"): place += text[place + 1] == UInt8(ascii: "=") ? 2 : 1
        case UInt8(ascii: "%") where text.hasAnyCase("%3d", at: place): place += 3
        default:
            // `--password VALUE`
            let isOption = place > name.upperBound && text.has("--", at: name.lowerBound - 2)
            return isOption ? Assignment(end: place, isTight: true, isQuery: false) : nil
        }
        let afterSign = place
        while text[place] == 0x20 || text[place] == 9, place - afterSign < 16 { place += 1 }
        let before = text[name.lowerBound - 1]
        let isTight = text[sign] != UInt8(ascii: ":") && sign == name.upperBound && place == afterSign
        let isQuery = isTight && (before == UInt8(ascii: "?") || before == UInt8(ascii: "&"))
        return Assignment(end: place, isTight: isTight, isQuery: isQuery)
    }

    private func value(of name: Range<Int>, after sign: Assignment) -> Range<Int>? {
        var start = sign.end
        while text[start] == UInt8(ascii: "\\"), start - sign.end < 4 { start += 1 }
        if text[start].isQuote { return quotedValue(after: start, isEscaped: start > sign.end) }
        start = sign.end
        if text.hasAnyCase("cookie", at: name.upperBound - 6) { return cookies(from: start) }
        if text.hasAnyCase("authorization", at: name.upperBound - 13) {
            if let found = schemeToken(at: start) { return found.range }
            let scheme = text.end(from: start) { $0.isToken }
            if text[scheme] == 0x20, scheme - start < 32 { start = scheme + 1 }
        }
        let head = start..<min(text.end(from: start, atMost: 128) { !$0.endsValue }, text.count)
        guard !head.isEmpty, !isPlaceholder(head) else { return nil }
        let isLong = head.count >= 128
        if !sign.isQuery, !isLong {
            let next = text[head.upperBound]
            guard next != UInt8(ascii: "("), next != UInt8(ascii: "[") else { return nil }  // Code.
            guard sign.isTight ? !isCode(head) : isMixed(head) else { return nil }
        } else if isLong, !sign.isTight {
            guard isMixed(head) else { return nil }
        }
        return start..<(isLong ? text.end(from: head.upperBound) { !$0.endsValue } : head.upperBound)
    }

    /// What is between quotes; up to the line's end when they aren't closed, as when the text was cut.
    private func quotedValue(after quote: Int, isEscaped: Bool) -> Range<Int>? {
        let mark = text[quote]
        var end = quote + 1
        while end < text.count, text[end] != mark || (!isEscaped && text[end - 1] == UInt8(ascii: "\\")) {
            if text[end] == UInt8(ascii: "\n") { break }
            end += 1
        }
        if isEscaped, end < text.count, text[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        let value = (quote + 1)..<max(quote + 1, end)
        guard !value.isEmpty, !isPlaceholder(value) else { return nil }
        return value
    }

    /// A header's cookies, to the line's end.
    private func cookies(from start: Int) -> Range<Int>? {
        let name = text.end(from: start, atMost: 128) { $0.isToken || $0 == UInt8(ascii: ".") }
        guard name > start, text[name] == UInt8(ascii: "="), !text[name + 1].endsValue else { return nil }
        let end = text.end(from: name) { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") && !$0.isQuote }
        return start..<end
    }

    /// What stands for a value: `${TOKEN}`, `<token>`, `***`, `[redacted]`, and the names of types.
    private func isPlaceholder(_ value: Range<Int>) -> Bool {
        let rest = text.bytes[value].dropFirst()
        switch text[value.lowerBound] {
        case UInt8(ascii: "$"):  // A shell's or a template's variable.
            let opening = rest.first
            return opening == UInt8(ascii: "{") || opening == UInt8(ascii: "(")
                || rest.allSatisfy { $0.isLetter || $0 == UInt8(ascii: "_") }
        case UInt8(ascii: "%"): return !text[value.lowerBound + 1].isHex || !text[value.lowerBound + 2].isHex
        case UInt8(ascii: "<"): return rest.last == UInt8(ascii: ">")
        case UInt8(ascii: "{"): return rest.last == UInt8(ascii: "}")
        case UInt8(ascii: "*"): return rest.allSatisfy { $0 == UInt8(ascii: "*") }
        case UInt8(ascii: "["): return text.has("[redacted", at: value.lowerBound)
        case UInt8(ascii: "."): return text.has("...", at: value.lowerBound)
        case 0xE2: return text.has("…", at: value.lowerBound)
        default: break
        }
        guard value.count <= 9 else { return false }
        for word in Self.typeNames
        where word.utf8CodeUnitCount == value.count && text.hasAnyCase(word, at: value.lowerBound) {
            return true
        }
        return false
    }

    private static let typeNames: [StaticString] = [
        "string", "str", "number", "integer", "int", "boolean", "bool", "object", "array", "null", "nil", "none",
        "true", "false", "undefined", "required", "optional",
    ]

    /// Whether the value looks like an expression: short, or names without digits that say what they hold.
    private func isCode(_ value: Range<Int>) -> Bool {
        guard value.count >= 6 else { return true }
        var hasDot = false
        for byte in text.bytes[value] {
            guard byte.isLetter || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") else { return false }
            hasDot = hasDot || byte == UInt8(ascii: ".")
        }
        if hasDot { return true }
        for place in value {
            for word in ["token", "passw", "secret", "key", "cred", "cookie"] as [StaticString]
            where text.hasAnyCase(word, at: place) && place + word.utf8CodeUnitCount <= value.upperBound {
                return true
            }
        }
        return false
    }

    /// Whether the value is a word with letters and digits, as secrets are and words of prose aren't.
    private func isMixed(_ value: Range<Int>) -> Bool {
        let bytes = text.bytes[value]
        return value.count >= 7 && bytes.contains { $0.isDigit } && bytes.contains { $0.isLetter }
            && !bytes.dropLast().contains(UInt8(ascii: "."))
    }
}

extension ByteText {
    /// Where the run of bytes that begins at `place` ends, but at most so many bytes later.
    @inline(__always)
    func end(from place: Int, atMost length: Int, of isInRun: (UInt8) -> Bool) -> Int {
        var end = place
        while end < count, end - place < length, isInRun(bytes[end]) { end += 1 }
        return end
    }
}

extension UInt8 {
    /// What a value without quotes ends at.
    fileprivate var endsValue: Bool {
        switch self {
        case 0...0x20, UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""),
            UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "#"),
            UInt8(ascii: "\\"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "}"):
            true
        default: false
        }
    }
}
