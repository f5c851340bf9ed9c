import Telemetry
import Testing

@testable import Agent

@Suite struct DecodingStateTests {
    private func accepts(_ schema: Schema, _ text: String) -> Bool {
        var state = DecodingState(SchemaProgram(schema))
        return state.advance(text.utf8) && state.isComplete
    }

    private func forced(_ schema: Schema, behind text: String) throws -> String {
        var state = DecodingState(SchemaProgram(schema))
        try state.mustAdvance(text.utf8)
        return String(decoding: state.forced, as: UTF8.self)
    }

    // MARK: The form

    @Test(
        arguments: [
            ("null", ["null"], ["", "nul", "null "]),
            ("boolean", ["true", "false"], ["truefalse", "True", "1"]),
            (
                "integer", ["0", "-1", "42", "999999999999999"],
                ["01", "+1", "1.0", "1000000000000000", "", "-", "--1", "-0", "1e3"]
            ),
            (
                "number", ["0", "-0.5", "42", "3.141592", "-0.000001", "1.0"],
                [".5", "1.", "1e5", "01", "1.0000000", "NaN", "-0", "-0.0", "1.2.3", "-"]
            ),
            (
                "string", [#""""#, #""é😀""#, #""\"\\\n\u00e9\/""#, #""\ud83d\ude00""#, #""\u202E""#],
                [
                    "\"\n\"", "\"\u{1F}\"", #""\q""#, #"""""#, #""\u12""#, "a", #""\ud83d""#, #""\ude00""#,
                    #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\u0041""#, "\"\u{7F}\"", "\"\u{9B}\"", "\"\u{202E}\"",
                ]
            ),
            ("string 1..2", [#""a""#, #""ab""#, #""\n\u0041""#], [#""""#, #""abc""#]),
            (#""a\"\\[]{1}-|é\n""#, [#""a\"\\[]{1}-|é\n""#], [#""a""#]),
            ("string[]", ["[]", #"["a"]"#, #"["a", "b"]"#], ["[,]", #"["a",]"#, #"["a","b"]"#, #"[ "a"]"#]),
            ("int[2..3]", ["[1, 2]", "[1, 2, 3]"], ["[]", "[1]", "[1, 2, 3, 4]"]), ("int[0..0]", ["[]"], ["[1]"]),
            ("int[..1]", ["[]", "[1]"], ["[1, 2]"]), ("{}", ["{}"], ["{ }", ""]),
            (
                "(int[1..2])[2..2]", ["[[1], [2, 3]]"],
                ["[[1]]", "[[1], [2], [3]]", "[[], [1]]", "[[1, 2, 3], [1]]"]
            ),
            (
                #"{"a": int, "b"?: null, "c": int}"#, [#"{"a": 1, "c": 2}"#, #"{"a": 1, "b": null, "c": 2}"#],
                [#"{"a": 1}"#, #"{"c": 2, "a": 1}"#, #"{"a":1,"c":2}"#]
            ),
            (#"{"one_of": [{"a": [1, "x"]}]}"#, [#"{"a": [1, "x"]}"#], [#"{"a":[1,"x"]}"#]),
            (#""a" | int[]"#, [#""a""#, "[1]"], [#"["a"]"#, "1"]),
            (#""add" | "addition" | string 2..2"#, [#""add""#, #""addition""#, #""ad""#], [#""addi""#, #""a""#]),
            ("int 1..3 | number 10..20 | null", ["2", "12.5", "null"], ["4", "2.5", "21"]),
        ] as [(Schema, [String], [String])]
    )
    func `Only the canonical form is accepted`(_ schema: Schema, _ fitting: [String], _ other: [String]) {
        for text in fitting { #expect(accepts(schema, text), "\(text) by \(schema)") }
        for text in other { #expect(!accepts(schema, text), "\(text) by \(schema)") }
    }

    @Test func `Optional keys have their commas wherever they stand`() {
        for pattern in 0..<32 {
            let names = ["a", "b", "c", "d", "e"]
            let isRequired = names.indices.map { pattern >> $0 & 1 == 1 }
            let schema = Schema.object(zip(names, isRequired).map { $1 ? .required($0, .null) : .optional($0, .null) })
            for present in 0..<32 {
                let members = names.indices.filter { present >> $0 & 1 == 1 }.map { "\"\(names[$0])\": null" }
                let fits = present & pattern == pattern
                #expect(accepts(schema, "{\(members.joined(separator: ", "))}") == fits, "\(schema): \(members)")
                #expect(!accepts(schema, "{, \(members.joined(separator: ", "))}"))
                #expect(!accepts(schema, "{\(members.joined(separator: ", ")), }"))
            }
        }
    }

    // MARK: Numbers

    @Test(
        arguments: [
            0...0, 1...10, -3...3, 7...7, 9...10, 12...345, 99...1001, 100...999, 190...1210, -1210 ... -190, -1...0,
            -12...105,
        ] as [ClosedRange<Int>]
    )
    func `Ranges of integers are exact`(_ range: ClosedRange<Int>) {
        for value in -1500...1500 {
            #expect(accepts(.integer(in: range), "\(value)") == range.contains(value), "\(value) in \(range)")
        }
    }

    @Test func `The widest and the farthest integers can be written`() {
        let ranges = [
            Int.min...Int.max, Int.min...Int.min, Int.max...Int.max, Int.max - 9...Int.max, Int.min ... -1, 0...Int.max,
        ]
        for range in ranges {
            let schema = Schema.integer(in: range)
            if range.lowerBound == range.upperBound { #expect(accepts(schema, "\(range.lowerBound)")) }
            #expect(accepts(schema, "7") == range.contains(7))
            #expect(accepts(schema, "-7") == range.contains(-7))
            #expect(!accepts(schema, "9223372036854775808"))
        }
    }

    @Test(
        arguments: [
            0...1, 0...100, -1...1, -5 ... -2, 3...3, 0...(.infinity), -.infinity...0, 0.25...0.75, -0.3 ... -0.1,
            2.5...1000, -2.25...7.125,
        ] as [ClosedRange<Double>]
    )
    func `Ranges of numbers are exact, with fractional bounds too`(_ range: ClosedRange<Double>) {
        for eighths in -1000...1000 {
            let value = Double(eighths) / 8
            let text = eighths.isMultiple(of: 8) ? "\(eighths / 8)" : "\(value)"
            #expect(accepts(.number(in: range), text) == range.contains(value), "\(text) in \(range)")
        }
    }

    @Test(
        arguments: [
            (0.1...0.3, ["0.1", "0.3", "0.10", "0.299999"], ["0.09", "0.31", "0.300001", "0", "1"]),
            (1e-8...1e-7, ["0.0000001"], ["0", "0.000000001", "0.0000002"]),
            (0...1e-7, ["0", "0.0"], ["0.000001", "1"]),
            (1e20...1e21, ["100000000000000000000", "100000000000000000001"], ["99999999999999999999", "1"]),
            (1e300...(.infinity), ["1e+300"], ["1", "1e+301"]), (-.infinity ... -1e300, ["-1e+300"], ["-1"]),
            (1e-300...2e-300, ["1e-300"], ["0"]), (0.1 + 0.2...0.1 + 0.2, ["0.30000000000000004"], ["0.3"]),
        ] as [(ClosedRange<Double>, [String], [String])]
    )
    func `Narrow and far ranges of numbers can be written`(
        range: ClosedRange<Double>,
        fitting: [String],
        other: [String]
    ) throws {
        for text in fitting {
            #expect(accepts(.number(in: range), text), "\(text) in \(range)")
            #expect(range.contains(try #require(Double(text))))
        }
        for text in other { #expect(!accepts(.number(in: range), text), "\(text) in \(range)") }
    }

    // MARK: Strings

    @Test func `A string ends at its bound, which counts Unicode scalars`() throws {
        for content in ["abcd", "日本語é", "👍🏽👍🏽", "e\u{301}e\u{301}", "🇩🇪🇩🇪", "👩‍👩‍", #"\n\r\n\t"#, #"\ud83d\ude00\u00e9ab"#] {
            #expect(try forced("string 4..4", behind: "\"" + content) == "\"", "\(content)")
            #expect(accepts("string ..4", "\"\(content)\""))
            #expect(!accepts("string 5..9", "\"\(content)\"") && !accepts("string ..3", "\"\(content)\""))
        }
        #expect(try forced("string 0..0", behind: "") == #""""#)
        #expect(try forced("string", behind: "\"" + String(repeating: "a", count: 500)) == "\"")
        #expect(try forced("string", behind: "\"e" + String(repeating: "\u{301}", count: 499)) == "\"")
    }

    @Test func `Bytes that are not UTF-8 are never accepted, and there is always a way on`() throws {
        var state = DecodingState(SchemaProgram("string"))
        try state.mustAdvance("\"".utf8)
        for wrong in [
            [0x80], [0xC0], [0xC1], [0xF5], [0xFF], [0xE0, 0x80], [0xED, 0xA0], [0xF4, 0x90], [0xC3, 0x22],
        ] {
            #expect(!state.allows(wrong.map { UInt8($0) }))
        }
        for lead in 0x80...0xFF as ClosedRange<UInt8> {
            var next = state
            guard next.advance(lead) else { continue }
            let partial = next
            #expect(!partial.isComplete)
            #expect((0x80...0xBF as ClosedRange<UInt8>).contains { partial.allows([$0]) }, "\(lead)")
        }
    }

    // MARK: What is forced

    @Test func `Keys, punctuation and single choices are forced`() throws {
        let schema: Schema = #"""
            {"tool": "calculator", "arguments": {"operation": "add" | "addition" | "subtract", "a": int 1..9}}
            """#
        let start = #"{"tool": "calculator", "arguments": {"operation": ""#
        #expect(try forced(schema, behind: "") == start)
        #expect(try forced(schema, behind: start + "s") == #"ubtract", "a": "#)
        #expect(try forced(schema, behind: start + "a") == "dd")
        #expect(try forced(schema, behind: start + "addi") == #"tion", "a": "#)
        #expect(try forced(schema, behind: start + #"add", "a": 7"#) == "}}")
    }

    @Test func `A text that may end is not forced on`() throws {
        #expect(try forced("int 5..57", behind: "5") == "")
        #expect(try forced("int 57..57 | int 5..5", behind: "5") == "")
        #expect(try forced("int 57..58", behind: "") == "5")
        #expect(try forced("null", behind: "") == "null")
    }
}
