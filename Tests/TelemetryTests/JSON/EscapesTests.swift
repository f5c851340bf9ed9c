import Testing

@testable import Telemetry

/// Texts are escaped eight and more bytes at a time; here one scalar at a time says what should come of it.
struct EscapesTests {
    private func expected(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += Array(#"\""#.utf8)
            case "\\": bytes += Array(#"\\"#.utf8)
            case "\u{8}": bytes += Array(#"\b"#.utf8)
            case "\t": bytes += Array(#"\t"#.utf8)
            case "\n": bytes += Array(#"\n"#.utf8)
            case "\u{C}": bytes += Array(#"\f"#.utf8)
            case "\r": bytes += Array(#"\r"#.utf8)
            default:
                let isHarmful =
                    scalar.properties.isBidiControl
                    || [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
                let digits = String(scalar.value, radix: 16)
                let escape = "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                bytes += isHarmful ? Array(escape.utf8) : Array(String(scalar).utf8)
            }
        }
        return bytes
    }

    private func escaped(_ bytes: some Collection<UInt8>, capacity: Int = 1024) -> [UInt8] {
        var buffer = ByteBuffer(capacity: capacity)
        buffer.append(UInt8(ascii: "<"))
        Array(bytes).withUnsafeBytes { buffer.appendEscaped($0) }
        buffer.append(UInt8(ascii: ">"))
        return Array(buffer.bytes.dropFirst().dropLast())
    }

    @Test(arguments: 0..<128 as Range<UInt8>)
    func `each byte of ASCII comes out right at each place of a text`(byte: UInt8) {
        for length in [1, 7, 8, 9, 31, 32, 33, 40, 71] {
            for place in 0..<length {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                bytes[place] = byte
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(escaped(bytes) == expected(text), "byte \(byte) at \(place) of \(length)")
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>, [1, 1024])
    func `mixtures of all lengths come out as one scalar after another does`(seed: UInt64, capacity: Int) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "a", "plain text of some length, ", "\"", "\\", "\n", "\0", "\u{1B}[0m", "\u{7F}", "é", "漢字かな交じり", "\u{85}",
            "\u{A0}", "\u{2028}", "\u{202E}", "\u{202F}", "😀", "\u{61C}", "ب", "\u{10FFFF}",
        ]
        for count in 0..<60 {
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
            #expect(escaped(text.utf8, capacity: capacity) == expected(text))
        }
    }

    @Test(arguments: [[0xC2], [0xD8], [0xE2], [0xE2, 0x80], [0xE2, 0x81], [0xF0, 0x9F]] as [[UInt8]])
    func `a scalar that the text's end cuts off stands as it is`(ending: [UInt8]) {
        for length in 0..<70 {
            let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length) + ending
            #expect(escaped(bytes) == bytes)
        }
    }

    @Test(arguments: [UInt8(0), UInt8(ascii: "\""), 0x1F])
    func `a text of nothing but escapes has room in a buffer that begins small`(byte: UInt8) {
        let text = String(repeating: Character(Unicode.Scalar(byte)), count: 5000)
        #expect(escaped(text.utf8, capacity: 1) == expected(text))
    }
}
