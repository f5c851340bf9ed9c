import Foundation
import Testing

@testable import Telemetry

struct JSONParserTests {
    @Test(
        arguments: [
            ("null", nil), (" true ", true), ("false", false), ("\t\n\r 1\n", 1), ("-0", 0), ("0", 0),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.0", 1.0), ("0.5e1", 5.0),
            ("1E2", 100.0), ("1e+2", 100.0), ("1e-2", 0.01), ("-0.0", -0.0), ("123e45", 1.23e47),
            ("0e1", 0.0), ("1e-400", 0.0), ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC\ud83d\ude00""#, "Aé€😀"), (#""\u0000""#, "\0"), (#""\uFFFF""#, "\u{FFFF}"),
            (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), ("\"\u{7F}\u{80}\u{2028}\"", "\u{7F}\u{80}\u{2028}"),
            ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]), ("[[[]]]", [[[]]]), ("[1,2]", [1, 2]),
            ("[ 1 , [ 2 ] , { \"a\" : 3 } ]", [1, [2], ["a": 3]]), (#"{"":0}"#, ["": 0]),
            (#"{"a":1,"a":2}"#, ["a": 2]), (#"{"a":{"b":{"c":null}}}"#, ["a": ["b": ["c": nil]]]),
            (#"{"\u0061":1}"#, ["a": 1]),
        ] as [(String, JSONValue)]
    )
    func `JSON is read`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Substring("x" + text).dropFirst()) == value)
    }

    @Test(arguments: [#""\ud800""#, #""\udc00""#, #""\uD800\u0041""#, #""\uD800\uD800\uDC00""#, #""\uDFFF\uD800""#])
    func `a surrogate without its other half becomes a replacement character`(text: String) throws {
        let read = try #require(try JSONValue(parsing: text).string)
        #expect(read.unicodeScalars.contains("\u{FFFD}"))
        if text.contains("0041") { #expect(read == "\u{FFFD}A") }
        if text.contains("D800\\uDC00") { #expect(read == "\u{FFFD}\u{10000}") }
    }

    @Test(
        arguments: [
            "", " ", "nul", "nulL", "True", "truefalse", "tru", "NaN", "Infinity", "-Infinity", "+1", "01", "-01", "-",
            "--1", "1.", ".5", "1.e1", "1e", "1e+", "1.5.5", "0x1", "1_000", "1a", "1 2", "１", "- 1", "0.", "00",
            "\"", "\"a", "'a'", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\uD800\\u\"", "\"\\",
            "\"\n\"", "\"\t\"", "\"\0\"", "\"\u{1F}\"", "\"a\" b", "\\u0061", "[", "]", "[1", "[1,", "[1,]", "[,1]",
            "[,]", "[1,,2]", "[1 2]", "[1;2]", "[1}", "{", "}", "{]", "{1:1}", "{a:1}", "{'a':1}", "{\"a\"}",
            "{\"a\":}", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}",
            "{null:1}", "[]]", "{}}", "[1]x", "//c\n1", "/**/1", "[1]//", "\u{FEFF}1", "\u{A0}1", "\u{C}1", "*", "#",
            "undefined", "[\"a\",\n4\n,1,", "{\"a\":\"b\"}#", "\u{2028}[]",
        ]
    )
    func `what isn't JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0x80, 0x22], [0x80], [0x31, 0xC3],
            [0xEF, 0xBB, 0xBF, 0x31], [0x00], [0x31, 0x00], [0xFF, 0xFE, 0x31, 0x00],
        ] as [[UInt8]]
    )
    func `bytes that aren't UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try bytes.withUnsafeBytes { try JSONValue(parsing: $0) } }
    }

    @Test func `an error says where it is and what was expected`() {
        #expect(throws: JSONError(offset: 7, reason: "expected a value")) { try JSONValue(parsing: "[1, 2, ") }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"a":tru}"#) }
        #expect(error?.description == "invalid JSON at byte 5: expected true")
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":", "[[],"])
    func `a depth bomb is refused, and doesn't crash`(opening: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: opening, count: 100_000)) }
    }

    @Test func `the deepest JSON that is allowed is read on the small stack of a secondary thread`() async {
        let text =
            String(repeating: "[", count: JSONValue.maximumDepth)
            + String(repeating: "]", count: JSONValue.maximumDepth)
        let isRead = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: (try? JSONValue(parsing: text)) != nil) }
            thread.stackSize = 512 << 10  // What Darwin gives to every thread but the first.
            thread.start()
        }
        #expect(isRead)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[" + text + "]") }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `what is written is read back the same`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let value = generator.value(depth: 4)
            let text = value.description
            #expect(try JSONValue(parsing: text) == value)
            #expect(try JSONValue(parsing: text).description == text)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a text that was damaged is read or refused, and doesn't crash`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes = Array(generator.value(depth: 4).description.utf8)
            for _ in 0..<3 {
                guard let place = bytes.indices.randomElement(using: &generator) else { break }
                switch UInt8.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            let value = bytes.withUnsafeBytes { try? JSONValue(parsing: $0) }
            if let value { #expect((try? JSONValue(parsing: value.description)) != nil) }
        }
    }

    @Test func `a number of very many digits is read in good time`() throws {
        let digits = String(repeating: "7", count: 100_000)
        #expect(try JSONValue(parsing: "0." + digits).number == 7.0 / 9)
        #expect(try JSONValue(parsing: digits).number == .infinity)
    }
}

extension SeededGenerator {
    /// A value of any kind; its numbers are finite, because JSON has no others.
    fileprivate mutating func value(depth: Int) -> JSONValue {
        switch UInt8.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
        case 0: return nil
        case 1: return .bool(.random(using: &self))
        case 2: return .integer(Int(truncatingIfNeeded: next()))
        case 3:
            let number = Double(bitPattern: next())
            return .number(number.isFinite ? number : 0.5)
        case 4, 5: return .string(text(atMost: 20))
        case 6: return .array((0..<Int.random(in: 0..<6, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0..<20, using: &self)).map { _ in (text(atMost: 8), value(depth: depth - 1)) }
                )
            )
        }
    }
}
