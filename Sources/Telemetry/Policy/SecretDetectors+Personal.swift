// What identifies people, and is masked when asked for.

extension SecretDetectors {
    /// An e-mail address (the common part of RFC 5321's) whose `@` is at `place` or one byte later.
    func emailAddress(near place: Int) -> FoundSecret? {
        let at = text[place] == UInt8(ascii: "@") ? place : place + 1
        var first = at
        while at - first < 64, first > start, text[first - 1].isLocalPart { first -= 1 }
        while first < at, !text[first].isAlphanumeric, text[first] < 0x80 { first += 1 }
        var end = at + 1
        var dot: Int?
        while end - at < 256, text[end].isAlphanumeric || text[end] >= 0x80 || text[end] == 0x2D || text[end] == 0x2E {
            if text[end] == UInt8(ascii: ".") {
                guard text[end + 1].isAlphanumeric || text[end + 1] >= 0x80, end > at + 1 else { break }
                dot = end
            }
            end += 1
        }
        while end > at, text[end - 1] == UInt8(ascii: "-") { end -= 1 }
        // The last label is a top-level domain: two letters or more.
        guard first < at, let dot, end - dot >= 3, !text[dot + 1].isDigit else { return nil }
        return found(first..<end, "email")
    }

    /// A payment card's number (ISO/IEC 7812: 13 to 19 digits, the last one by Luhn's algorithm) whose first or second
    /// digit is at `place`.
    func cardNumber(near place: Int) -> FoundSecret? {
        // Digits are many, so each run of them is looked at once: where it begins.
        let first = text[place - 1].isDigit ? place - 1 : place
        guard !text[first - 1].isDigit, !text[first - 1].isLetter, text[first - 1] != UInt8(ascii: ".") else {
            return nil
        }
        // Of those that are in use, the first digit says the network: 2 to 6.
        guard 0x32...0x36 ~= text[first] else { return nil }
        var digits = 0
        var group = 0
        var end = first
        var best: Int?
        while digits < 20 {
            if text[end].isDigit {
                digits += 1
                group += 1
                end += 1
            } else {
                // Between a number's groups, of which only the last may be shorter than four digits.
                if isCard(first..<end, digits: digits) { best = end }
                let isSeparator = text[end] == 0x20 || text[end] == UInt8(ascii: "-")
                guard isSeparator, group >= 4, text[end + 1].isDigit else { break }
                group = 0
                end += 1
            }
        }
        return best.flatMap { found(first..<$0, "card") }
    }

    private func isCard(_ range: Range<Int>, digits: Int) -> Bool {
        guard 13...19 ~= digits, !text[range.upperBound].isLetter else { return false }
        var sum = 0
        var isDoubled = false
        for byte in text.bytes[range].reversed() where byte.isDigit {
            var digit = Int(byte - 0x30)
            if isDoubled {
                digit *= 2
                if digit > 9 { digit -= 9 }
            }
            sum += digit
            isDoubled.toggle()
        }
        return sum % 10 == 0
    }
}

extension UInt8 {
    fileprivate var isLocalPart: Bool {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "%"): true
        default: isToken || self >= 0x80
        }
    }
}
