import Testing

@testable import Agent

@Suite struct PieceAssemblerTests {
    /// Feeds chunks and returns the pieces that are not empty, that of `finish` included.
    private func pieces(_ chunks: [[UInt8]], stops: [String] = []) -> [String] {
        var assembler = PieceAssembler(stops: stops)
        var pieces = chunks.map { assembler.append($0) }
        pieces.append(assembler.finish())
        return pieces.filter { !$0.isEmpty }
    }

    private func pieces(_ chunks: String..., stops: [String] = []) -> [String] {
        pieces(chunks.map { Array($0.utf8) }, stops: stops)
    }

    private func bytewise(_ text: String, stops: [String] = []) -> [String] {
        pieces(text.utf8.map { [$0] }, stops: stops)
    }

    static let texts = [
        "", "a", "plain text", "äöü ß", "日本語のテキスト", "👩‍👩‍👧‍👦 family", "🇩🇪🇫🇷🇯🇵 flags", "e\u{301}a\u{308}\u{323}", "👍🏽ok",
        "a\r\nb\r\n",
        "नमस्ते", "한국어 각", "\u{0}\u{1}\u{7F}", "❤️‍🔥", "\u{301}begins with a mark", "\u{FFFD}", "\u{10FFFF}\u{D7FF}\u{E000}",
    ]

    @Test(arguments: texts) func `Text given byte by byte comes out in whole characters, and complete`(text: String) {
        let pieces = bytewise(text)
        #expect(Array(pieces.joined().utf8) == Array(text.utf8))
        #expect(pieces.map(\.count).reduce(0, +) == text.count)
        #expect(pieces.flatMap { Array($0) } == Array(text))
    }

    @Test(arguments: texts) func `Text given at once comes out complete`(text: String) {
        #expect(Array(pieces(text).joined().utf8) == Array(text.utf8))
    }

    @Test func `The newest character waits until the next one shows that it is complete`() {
        var assembler = PieceAssembler()
        #expect(assembler.append("Hello".utf8) == "Hell")
        #expect(assembler.append("\u{301}".utf8) == "")
        #expect(assembler.append("!".utf8) == "o\u{301}")
        #expect(assembler.finish() == "!")
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x91], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
            [0xF5, 0x80, 0x80, 0x80],
            [0x41, 0x80, 0x42], [0xE2, 0x41], [0xF0, 0x9F, 0x41], [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80],
            [0xE2, 0x82, 0xE2, 0x82, 0xAC],
        ] as [[UInt8]]
    ) func `Bytes that are not UTF-8 become U+FFFD, as in the standard library`(bytes: [UInt8]) {
        #expect(pieces(bytes.map { [$0] }).joined() == String(decoding: bytes, as: UTF8.self))
        #expect(pieces([bytes]).joined() == String(decoding: bytes, as: UTF8.self))
    }

    @Test func `However random bytes are cut, the text is the same`() {
        var random = SplitMix(state: 12)
        let alphabet: [UInt8] = [
            0x41, 0x20, 0x0D, 0x0A, 0x80, 0xBF, 0xA0, 0x9F, 0xC3, 0xE0, 0xE2, 0x82, 0xAC, 0xED, 0xF0, 0x91, 0xF4, 0xFF,
            0xCC, 0x81,
        ]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            var chunks: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(5, rest.count), using: &random)
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let whole = String(decoding: bytes, as: UTF8.self)
            let pieces = pieces(chunks)
            #expect(Array(pieces.joined().utf8) == Array(whole.utf8), "\(bytes) in \(chunks)")
            #expect(pieces.map(\.count).reduce(0, +) == whole.count, "\(bytes) in \(chunks)")
        }
    }

    @Test func `A stop string ends the text in front of it`() {
        #expect(pieces("one. two. three", stops: [". "]).joined() == "one")
    }

    @Test(arguments: [["END"], ["X", "END"], ["END", "ENDING"], ["NDE", "END"]])
    func `A stop string is found across pieces and nothing of it is let out before`(stops: [String]) {
        for pieces in [bytewise("text END more", stops: stops), pieces("text E", "N", "D more", stops: stops)] {
            #expect(pieces.joined() == "text ")
        }
    }

    @Test func `What only looked like a stop string comes out`() {
        #expect(pieces("a EN", "TER", stops: ["END"]).joined() == "a ENTER")
        #expect(pieces("a EN", stops: ["END"]).joined() == "a EN")
        #expect(bytewise("aaab", stops: ["aab"]).joined() == "a")
        #expect(bytewise("ababac", stops: ["abac"]).joined() == "ab")
    }

    @Test func `Which stop string ends the text does not depend on the pieces`() {
        #expect(pieces("xabcd", stops: ["abcd", "bc"]).joined() == "xa")
        #expect(bytewise("xabcd", stops: ["abcd", "bc"]).joined() == "xa")
        #expect(pieces("xbcd", stops: ["cd", "bcd"]).joined() == "x")
        #expect(bytewise("xbcd", stops: ["cd", "bcd"]).joined() == "x")
    }

    @Test func `After a stop string everything is ignored`() {
        var assembler = PieceAssembler(stops: ["\n"])
        #expect(assembler.append("a\nb".utf8) == "a")
        #expect(assembler.isStopped)
        #expect(assembler.append("c".utf8) == "")
        #expect(assembler.finish() == "")
    }

    @Test func `A stop string is compared scalar by scalar, not by canonical equivalence`() {
        #expect(bytewise("caf\u{E9}", stops: ["e\u{301}"]).joined() == "caf\u{E9}")
        #expect(Array(bytewise("a\r\nb", stops: ["\n"]).joined().utf8) == Array("a\r".utf8))
        #expect(bytewise("ab👩‍👧c", stops: ["👩‍👧"]).joined() == "ab")
        #expect(bytewise("日本語", stops: ["語"]).joined() == "日本")
    }

    @Test func `A stop string at the very beginning leaves nothing`() {
        #expect(bytewise("END of", stops: ["END"]) == [])
        #expect(pieces("END", stops: ["END"]) == [])
    }

    @Test func `A stop string of U+FFFD is found in what broken bytes become`() {
        #expect(pieces([[0x61], [0xC3]], stops: ["\u{FFFD}"]).joined() == "a")
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
