import Foundation
import Telemetry
import Testing

@testable import Agent

@Suite struct StringPatternTests {
    @Test(
        arguments: [
            ("", [""], ["a"]), ("abc", ["abc"], ["", "ab", "abcd", "ABC"]),
            ("a|bc|", ["a", "bc", ""], ["abc", "b"]), ("a.c", ["abc", "a😀c", "a/c"], ["a\nc", "ac", "a\u{2028}c"]),
            ("[a-cx_-]", ["a", "b", "x", "_", "-"], ["d", "", "ab"]), ("[^a-c]", ["d", "\n", "é"], ["a", "c", ""]),
            (#"[\d\]\\^]"#, ["7", "]", "\\", "^"], ["d", "["]),
            (#"\d\w\s"#, ["1_ ", "0Z\u{3000}"], ["٣a ", "1é ", "11"]),
            (#"\D\W\S"#, ["a-b"], ["1-b", "aab", "a- "]), (#"[\s\S]"#, ["\n", "\u{10FFFF}"], ["", "ab"]),
            (#"\^\$\.\*\+\?\(\)\[\]\{\}\|\/\\\-"#, ["^$.*+?()[]{}|/\\-"], ["^$"]),
            (#"\n\t\x41\u00e9"#, ["\n\tAé"], ["ntAé", "\n\tAe\u{301}"]),
            ("a{2}b{1,}c{0,2}", ["aab", "aabbcc"], ["ab", "aa", "aabccc"]), ("a{0}", [""], ["a"]),
            ("(ab)*", ["", "ab", "abab"], ["a", "aba"]), ("(?:a|b(c|d)?)+", ["a", "bd", "abca"], ["", "c", "ad"]),
            ("(a*)*", ["", "aaa"], ["b"]), ("((a?){3}){2}", ["", "aaaaaa"], ["aaaaaaa"]),
            ("^a$", ["a"], ["^a$", "aa"]),
            ("^a$|b|^c$", ["a", "b", "c"], ["ab"]), ("^(?:a|b)$", ["a", "b"], ["ab"]), ("(a|b)c", ["ac", "bc"], ["a"]),
            ("é", ["é"], ["e\u{301}"]), ("a/b", ["a/b"], ["a\\/b"]),
        ] as [(String, [String], [String])]
    )
    func `a pattern matches whole texts`(_ text: String, _ fitting: [String], _ other: [String]) throws {
        let pattern = try StringPattern(parsing: text)
        for text in fitting { #expect(pattern.matches(text), "\(text) by \(pattern)") }
        for text in other { #expect(!pattern.matches(text), "\(text) by \(pattern)") }
        // What is kept of it means the same, and is written as it is.
        let again = try StringPattern(parsing: pattern.source)
        #expect(again == pattern && again.hashValue == pattern.hashValue && again.node == pattern.node)
    }

    @Test(
        arguments: [
            ("a(b", 2, "isn't closed"), ("ab)", 3, "closes nothing"), ("a[b", 2, "isn't closed"),
            ("a]", 2, "closes nothing"),
            ("a}", 2, "closes nothing"), ("[]", 1, "no character"), (#"[^\s\S]"#, 1, "no character"), ("[^]", 1, "[^]"),
            ("[z-a]", 2, "nothing fits"), (#"[\d-z]"#, 2, "a range has one character"), ("*a", 1, "nothing to repeat"),
            ("a|+", 3, "nothing to repeat"), ("({2})", 2, "nothing to repeat"), ("a**", 3, "nothing to repeat"),
            ("a++", 3, "nothing to repeat"), ("a+?", 3, "lazy"), ("a{2}?", 5, "lazy"), ("a??", 3, "lazy"),
            ("a{", 2, "expected a count"), ("a{x}", 2, "expected a count"), ("a{2", 4, "expected }"),
            ("a{,2}", 2, "expected a count"), ("a{3,2}", 2, "nothing fits"), ("a{99999}", 3, "above 10000"),
            ("é(?=a)", 2, "lookahead"), ("(?!a)", 1, "lookahead"), ("(?<=a)", 1, "lookbehind"),
            ("(?<!a)", 1, "lookbehind"),
            ("(?<n>a)", 1, "named groups"), ("(?i)a", 1, "kind of group"), (#"(a)\1"#, 4, "references"),
            (#"\k<n>"#, 1, "references"), (#"a\b"#, 2, "word boundaries"), (#"\p{L}"#, 1, "Unicode properties"),
            (#"\q"#, 1, "unknown escape"), (#"\"#, 1, "nothing follows"), (#"\x4"#, 1, "2 hexadecimal"),
            (#"\u12"#, 1, "4 hexadecimal"), (#"\ud83d"#, 1, "surrogate"), ("a^b", 2, "at the ends"),
            ("(^a)", 2, "at the ends"),
            ("a$b", 3, "at the ends"), ("(a$)", 3, "at the ends"), ("^a", 2, "go together"),
            ("^a|b$", 2, "go together"),
            ("a{1001}", 1, "more than 1000 states"), ("(a{100}){100}", 1, "more than 4000 parts"),
            ("(()){5000}", 1, "more than 4000 parts"), ("[01]*1[01]{12}", 1, "more than 1000 states"),
            ("(.{0,50}){0,50}", 1, "too many of its parts"),
            (String(repeating: "(", count: 65), 65, "more than 64 deep"),
        ]
    )
    func `an error shows its place`(_ text: String, _ column: Int, _ message: String) throws {
        let error = try #require(throws: SchemaError.self) { try StringPattern(parsing: text) }
        #expect(error.message.contains(message), "\(error)")
        #expect((error.line, error.column) == (1, column), "\(error)")
    }

    @Test func `the number of kinds of characters is bounded`() throws {
        let letters = (0..<257).map { String(Unicode.Scalar(0x4E00 + $0)!) }
        #expect(try StringPattern(parsing: letters.dropLast().joined()).matches(letters.dropLast().joined()))
        let error = try #require(throws: SchemaError.self) { try StringPattern(parsing: letters.joined()) }
        #expect(error.message.contains("more than 256 kinds"))
    }

    @Test func `patterns that are written alike are equal`() throws {
        #expect(try StringPattern(parsing: "^((a|b))$") == "a|b")
        #expect(try StringPattern(parsing: "^(a)(b)$") == "(a)(b)")
        #expect(try StringPattern(parsing: "/") == #"\/"#)
        #expect(try StringPattern(parsing: "[é]") != StringPattern(parsing: "[e\u{301}]"))
        #expect(try StringPattern(parsing: #"a\\/"#).source == #"a\\\/"#)
    }

    // MARK: Against another implementation

    /// A pattern whose meaning is the same to NSRegularExpression within ``alphabet``.
    private func random(depth: Int, using generator: inout SeededGenerator) -> String {
        let leaves = [
            "a", "b", "ab", ".", "[ab]", "[^a]", "[a-c1-]", #"\d"#, #"\w"#, #"[^\w]"#, #"\s"#, #"\."#, "€", "😀", "",
        ]
        guard depth > 0 else { return leaves.randomElement(using: &generator)! }
        func part() -> String { random(depth: depth - 1, using: &generator) }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return part() + part()
        case 1: return "(?:\(part())|\(part()))"
        case 2:
            return "(\(part()))" + ["?", "*", "+", "{2}", "{1,}", "{0,2}", "{2,3}"].randomElement(using: &generator)!
        default: return part()
        }
    }

    private static let alphabet = ["a", "b", "c", "1", "-", ".", " ", "\n", "€", "😀", "_"]

    @Test func `random patterns match what NSRegularExpression matches`() throws {
        var generator = SeededGenerator(seed: 41)
        var (matched, unmatched) = (0, 0)
        for _ in 0..<600 {
            let text = random(depth: 4, using: &generator)
            let pattern = try StringPattern(parsing: text)
            let expression = try NSRegularExpression(pattern: "\\A(?:\(text))\\z")
            for _ in 0..<12 {
                var candidate = Bool.random(using: &generator) ? Array(pattern.node.sample(using: &generator)) : []
                for _ in 0..<Int.random(in: 0..<3, using: &generator) {
                    let place = Int.random(in: 0...candidate.count, using: &generator)
                    candidate.insert(contentsOf: Self.alphabet.randomElement(using: &generator)!, at: place)
                }
                // Sets that are inverted also have characters that the two see differently.
                guard candidate.allSatisfy({ Self.alphabet.contains(String($0)) }) else { continue }
                let string = String(candidate)
                let range = NSRange(location: 0, length: string.utf16.count)
                let expected = expression.firstMatch(in: string, range: range) != nil
                #expect(pattern.matches(string) == expected, "\(string.debugDescription) by \(text)")
                if expected { matched += 1 } else { unmatched += 1 }
            }
        }
        #expect(matched > 1000 && unmatched > 1000, "\(matched) and \(unmatched)")
    }

    @Test func `a pattern matches its samples`() throws {
        var generator = SeededGenerator(seed: 42)
        for pattern in samplePatterns {
            for _ in 0..<50 {
                let text = pattern.node.sample(using: &generator)
                #expect(pattern.matches(text), "\(text) by \(pattern)")
            }
        }
    }

    // MARK: Within JSON

    @Test func `the scalars that are escaped are those that JSON texts escape`() {
        for value in 0...0x10FFFF as ClosedRange<UInt32> where value < 0x3000 || value % 101 == 0 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isEscaped = !SpelledScalars.spelling(of: scalar).elementsEqual(String(scalar).utf8)
            #expect(SpelledScalars.escaped.contains(value) == isEscaped, "\(value)")
        }
    }
}
