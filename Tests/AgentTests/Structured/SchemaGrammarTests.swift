import Telemetry
import Testing

@testable import Agent

@Suite struct SchemaGrammarTests {
    @Test func `the lesson's schema has a readable grammar`() {
        let schema: Schema = #"{"answer": string, "difficulty": "beginner" | "intermediate"}"#
        #expect(
            schema.grammar == #"""
                root ::= "{" "\"answer\": " string-2 ", " "\"difficulty\": " ("\"beginner\"" | "\"intermediate\"") "}"
                char-1 ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])
                string-2 ::= "\"" char-1{0,500} "\""

                """#
        )
    }

    @Test(
        arguments: [
            ("null", ["null"], ["", "nul", "null "]),
            ("boolean", ["true", "false"], ["truefalse", "True", "1"]),
            (
                "integer", ["0", "-1", "42", "999999999999999"],
                ["01", "+1", "1.0", "1000000000000000", "", "-", "--1"]
            ),
            ("number", ["0", "-0.5", "42", "3.141592"], [".5", "1.", "1e5", "01", "1.0000000", "NaN"]),
            (
                "string", [#""""#, #""é😀""#, #""\"\\\n\u00e9""#],
                ["\"\n\"", "\"\u{1F}\"", #""\q""#, #"""""#, #""\u12""#, "a"]
            ),
            ("string 1..2", [#""a""#, #""ab""#, #""\n\u0041""#], [#""""#, #""abc""#]),
            (#""a\"\\[]{1}-|é\n""#, [#""a\"\\[]{1}-|é\n""#], [#""a""#]),
            ("string[]", ["[]", #"["a"]"#, #"["a", "b"]"#], ["[,]", #"["a",]"#, #"["a","b"]"#, #"[ "a"]"#]),
            ("int[2..3]", ["[1, 2]", "[1, 2, 3]"], ["[]", "[1]", "[1, 2, 3, 4]"]), ("int[0..0]", ["[]"], ["[1]"]),
            ("int[..1]", ["[]", "[1]"], ["[1, 2]"]), ("{}", ["{}"], ["{ }", ""]),
            (
                #"{"a": int, "b"?: null, "c": int}"#, [#"{"a": 1, "c": 2}"#, #"{"a": 1, "b": null, "c": 2}"#],
                [#"{"a": 1}"#, #"{"c": 2, "a": 1}"#, #"{"a":1,"c":2}"#]
            ),
            (#"{"one_of": [{"a": [1, "x"]}]}"#, [#"{"a": [1, "x"]}"#], [#"{"a":[1,"x"]}"#]),
            (
                #"string /[A-Z]{3}-\d{1,2}/"#, [#""ABC-1""#, #""ABC-42""#],
                [#""ABC-""#, #""AB-1""#, #""ABC-123""#, "ABC-1", #"ABC-1""#]
            ),
            (#"string /a|["\\é\n]/"#, [#""a""#, #""\"""#, #""\\""#, #""é""#, #""\n""#], [#"""""#, #""n""#, "\"\n\""]),
            ("string /(ab?)*/", [#""""#, #""aaba""#], [#""b""#, #""abb""#]),
            (#""a" | int[]"#, [#""a""#, "[1]"], [#"["a"]"#, "1"]),
        ] as [(Schema, [String], [String])]
    )
    func `the grammar produces only the canonical form`(_ schema: Schema, _ fitting: [String], _ other: [String]) throws
    {
        let grammar = try GrammarMatcher(schema.grammar)
        for text in fitting { #expect(grammar.matches(text), "\(text) by \(schema.grammar)") }
        for text in other { #expect(!grammar.matches(text), "\(text) by \(schema.grammar)") }
    }

    @Test func `optional keys have their commas wherever they stand`() throws {
        for pattern in 0..<32 {
            let names = ["a", "b", "c", "d", "e"]
            let isRequired = names.indices.map { pattern >> $0 & 1 == 1 }
            let schema = Schema.object(
                zip(names, isRequired).map { $1 ? .required($0, .null) : .optional($0, .null) }
            )
            let grammar = try GrammarMatcher(schema.grammar)
            for present in 0..<32 {
                let members = names.indices.filter { present >> $0 & 1 == 1 }.map { "\"\(names[$0])\": null" }
                let fits = present & pattern == pattern
                #expect(grammar.matches("{\(members.joined(separator: ", "))}") == fits, "\(schema): \(members)")
                #expect(!grammar.matches("{, \(members.joined(separator: ", "))}"))
                #expect(!grammar.matches("{\(members.joined(separator: ", ")), }"))
            }
        }
    }

    @Test(
        arguments: [
            0...0, 1...10, -3...3, 7...7, 9...10, 12...345, 99...1001, 100...999, 190...1210, -1210 ... -190, -1...0,
            -12...105,
        ] as [ClosedRange<Int>]
    )
    func `ranges of integers are exact`(_ range: ClosedRange<Int>) throws {
        let grammar = try GrammarMatcher(Schema.integer(in: range).grammar)
        for value in -1500...1500 {
            #expect(grammar.matches("\(value)") == range.contains(value), "\(value) in \(range)")
        }
        #expect(!grammar.matches("00") && !grammar.matches("-"))
    }

    @Test func `the widest and the farthest integers have a grammar`() throws {
        let ranges = [
            Int.min...Int.max, Int.min...Int.min, Int.max...Int.max, Int.max - 9...Int.max, Int.min ... -1, 0...Int.max,
        ]
        for range in ranges {
            let grammar = try GrammarMatcher(Schema.integer(in: range).grammar)
            if range.lowerBound == range.upperBound { #expect(grammar.matches("\(range.lowerBound)")) }
            #expect(grammar.matches("7") == range.contains(7))
            #expect(grammar.matches("-7") == range.contains(-7))
        }
    }

    @Test(
        arguments: [0...1, 0...100, -1...1, -5 ... -2, 3...3, 0...(.infinity), -.infinity...0] as [ClosedRange<Double>]
    )
    func `ranges of numbers with whole bounds are exact`(_ range: ClosedRange<Double>) throws {
        let grammar = try GrammarMatcher(Schema.number(in: range).grammar)
        for quarters in -500...500 {
            // A whole number is written without a fraction.
            let text = quarters.isMultiple(of: 4) ? "\(quarters / 4)" : "\(Double(quarters) / 4)"
            #expect(grammar.matches(text) == range.contains(Double(quarters) / 4), "\(text) in \(range)")
        }
    }

    @Test func `what the grammar produces fits the schema, and the other way round`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let schema = Schema.random(depth: 3, using: &generator)
            let grammar = try GrammarMatcher(schema.grammar)
            #expect(grammar.largestGroupRepetition <= 1, "\(schema.grammar)")
            if schema.description.contains("number") { continue }
            let value = schema.sample(using: &generator)
            #expect(grammar.matches(value.text), "\(value.text) by \(schema.grammar)")
        }
    }

    @Test func `bounds beyond what llama.cpp takes are cut`() throws {
        let schemas: [Schema] = [
            "string 3000..", "string 0..100000", "int[3000..]", "int[0..100000]", "string[700..900][600..800]",
        ]
        for schema in schemas {
            #expect(throws: Never.self) { try GrammarMatcher(schema.grammar) }  // It refuses more than 2000.
        }
    }

    @Test func `the grammar's size is linear`() {
        func size(_ count: Int) -> Int {
            Schema.object((0..<count).map { .optional("key\($0)", .string) }).grammar.utf8.count
        }
        #expect(size(400) < 5 * size(100))
        let nested = (0..<64).reduce(Schema.null) { schema, _ in
            .object([.optional("a", schema), .optional("b", .null)])
        }
        #expect(nested.grammar.utf8.count < 64 * 500)
    }
}
