import Testing

@testable import Telemetry

/// How texts are written: what is escaped, and where they are cut.
struct JSONTextTests {
    @Test(
        arguments: [
            ("", "\"\""), ("plain", "\"plain\""), ("\"\\/", #""\"\\/""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\0\u{1}\u{1F}", #""\u0000\u0001\u001f""#), ("\u{1B}[31m", #""\u001b[31m""#), ("\u{7F}", #""\u007f""#),
            ("\u{80}\u{9B}\u{9F}\u{A0}", "\"\\u0080\\u009b\\u009f\u{A0}\""), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
            ("\u{200E}\u{200F}", #""\u200e\u200f""#), ("\u{202A}\u{202E}", #""\u202a\u202e""#),
            ("\u{2066}\u{2069}", #""\u2066\u2069""#), ("\u{61C}", #""\u061c""#),
            ("\u{200D}\u{2027}\u{202F}\u{2065}\u{206A}", "\"\u{200D}\u{2027}\u{202F}\u{2065}\u{206A}\""),
            ("é€😀\u{10FFFF}", "\"é€😀\u{10FFFF}\""), ("a\r\nb", #""a\r\nb""#),
        ]
    )
    func `what could act on a terminal is escaped, and nothing else`(text: String, json: String) throws {
        #expect(JSONValue.string(text).description == json)
        #expect(try JSONValue(parsing: json) == .string(text))
    }

    @Test func `every scalar that Unicode calls a control, a separator or bidirectional is escaped`() {
        for code in UInt32(0)...0x10FFFF {
            // Beyond the planes that have such scalars, a sample will do.
            guard code < 0x3000 || code % 97 == 0, let scalar = Unicode.Scalar(code) else { continue }
            let isHarmful =
                scalar.properties.isBidiControl
                || [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            let json = JSONValue.string(String(scalar)).description
            if isHarmful {
                #expect(json.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "U+\(String(code, radix: 16))")
            }
        }
    }

    @Test(
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcde…[+1 bytes]"), ("abcdef", 0, "…[+6 bytes]"),
            ("", 0, ""), ("éé", 3, "é…[+2 bytes]"), ("éé", 1, "…[+4 bytes]"),
            // A character is cut whole: combining marks, a family, a flag, a skin tone, a line end.
            ("ae\u{301}x", 2, "a…[+4 bytes]"), ("ae\u{301}x", 4, "ae\u{301}…[+1 bytes]"),
            ("a👨‍👩‍👧", 10, "a…[+18 bytes]"), ("🇩🇪🇫🇷", 12, "🇩🇪…[+8 bytes]"), ("🇩🇪🇫🇷", 15, "🇩🇪…[+8 bytes]"),
            ("🇩🇪🇫🇷🇮🇹", 17, "🇩🇪🇫🇷…[+8 bytes]"), ("x👍🏽y", 6, "x…[+9 bytes]"), ("a\r\nb", 2, "a…[+3 bytes]"),
            // The very first character is longer than the limit: whole scalars, then.
            ("👨‍👩‍👧", 10, "👨‍…[+11 bytes]"), ("e\u{301}\u{302}", 4, "e\u{301}…[+2 bytes]"),
        ]
    )
    func `a long text is cut at a character, and says how many bytes went`(text: String, limit: Int, cut: String) throws
    {
        var buffer = ByteBuffer()
        buffer.appendJSON(text, limit: limit)
        #expect(try JSONValue(parsing: buffer.text).string.map { Array($0.utf8) } == Array(cut.utf8))
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `wherever a text is cut, what stands and what went add up`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["a", "é", "€", "😀", "e\u{301}\u{327}", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "\r\n", "\u{202E}", "\0", "\"", "각"]
        let text = (0..<20).map { _ in pieces.randomElement(using: &generator)! }.joined()
        for limit in 0...text.utf8.count + 1 {
            var buffer = ByteBuffer()
            buffer.appendJSON(text, limit: limit)
            let read = try #require(try JSONValue(parsing: buffer.text).string)
            if limit >= text.utf8.count {
                #expect(read == text)
                continue
            }
            let mark = try #require(read.unicodeScalars.lastIndex(of: "…"))
            let kept = Array(read.utf8[..<mark])
            #expect(kept.count <= limit)
            #expect(Array(text.utf8.prefix(kept.count)) == kept)
            #expect(String(read[mark...]) == "…[+\(text.utf8.count - kept.count) bytes]")
            // A boundary between characters, unless it is within the very first one.
            let end = text.utf8.index(text.startIndex, offsetBy: kept.count)
            #expect(end.samePosition(in: text) != nil || end < text.index(after: text.startIndex))
            // Not cut earlier than needed.
            if end.samePosition(in: text) != nil, end < text.endIndex {
                let next = text.utf8.distance(from: text.startIndex, to: text.index(after: end))
                #expect(next > limit)
            }
        }
    }

    @Test func `one character of a megabyte is cut in good time`() throws {
        let text = "e" + String(repeating: "\u{301}", count: 500_000)
        var buffer = ByteBuffer()
        buffer.appendJSON(text, limit: 16 << 10)
        let read = try #require(try JSONValue(parsing: buffer.text).string)
        #expect(read.utf8.count < 17 << 10)
    }
}
