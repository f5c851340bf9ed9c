/// What failures have in common.
enum Causes {
    private static let longest = 300

    /// An error's text without what differs from one failure to the next: numbers and hexadecimal ids become `N`.
    static func normalise(_ text: String) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8.prefix(longest))
        var place = 0
        while place < bytes.count {
            let start = place
            while place < bytes.count, isWord(bytes[place]) { place += 1 }
            if place > start {
                append(bytes[start..<place], to: &result)
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ word: ArraySlice<UInt8>, to result: inout [UInt8]) {
        guard word.contains(where: isDigit) else {
            result += word
            return
        }
        let isPrefixed = word.starts(with: [0x30, 0x78])
        let digits = word.dropFirst(isPrefixed ? 2 : 0)
        if isPrefixed || digits.count >= 8, digits.allSatisfy(isHexDigit) { return appendNumber(to: &result) }
        var isInNumber = false
        for byte in word {
            if !isDigit(byte) { result.append(byte) } else if !isInNumber { appendNumber(to: &result) }
            isInNumber = isDigit(byte)
        }
    }

    /// Appends `N`, once for what is one number to who reads it: 1.5, 10.0.0.7, 12:30:00.
    private static func appendNumber(to result: inout [UInt8]) {
        let n = UInt8(ascii: "N")
        if result.count >= 2, result[result.count - 2] == n, [0x2D, 0x2E, 0x3A].contains(result[result.count - 1]) {
            result.removeLast()
        } else {
            result.append(n)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
    private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F }
}
