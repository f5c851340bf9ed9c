import Telemetry
import Testing

@testable import Agent

@Suite struct SchemaNotationTests {
    @Test func `the lesson's schema is read`() throws {
        let schema = try Schema(parsing: #"{"answer": string, "difficulty": "beginner" | "intermediate"}"#)
        #expect(
            schema
                == .object([
                    .required("answer", .string), .required("difficulty", .oneOf(["beginner", "intermediate"])),
                ])
        )
    }

    @Test(
        arguments: [
            ("string", .string), ("integer", .integer), ("int", .integer), ("number", .number), ("float", .number),
            ("boolean", .boolean), ("bool", .boolean), ("null", .null), ("\"a\"", .literal("a")), ("42", .literal(42)),
            ("-1.5e3", .literal(-1500.0)), ("true", .literal(true)), ("false", .literal(false)), ("{}", .object([])),
            ("string or null", .anyOf([.string, .null])), ("string|null", .anyOf([.string, .null])),
            ("string[]", .array(of: .string)), ("[string]", .array(of: .string)), ("[ [ string ] ]", "string[][]"),
            (#"("a" | "b")[]"#, .array(of: .oneOf(["a", "b"]))), (#"["a" | "b"]"#, #"("a" | "b")[]"#),
            (#""a" | "b"[]"#, .anyOf([.literal("a"), .array(of: .literal("b"))])),
            (#"{"a"?: int}"#, .object([.optional("a", .integer)])), (#"{"a" ? : int}"#, #"{"a"?: int}"#),
            (#"{"a": int}[]"#, .array(of: .object([.required("a", .integer)]))),
            ("integer 1..10", .integer(in: 1...10)), ("int 1..", .integer(in: 1...Int.max)),
            ("int ..-1", .integer(in: Int.min ... -1)), ("int -3 .. 3", .integer(in: -3...3)),
            ("number 0..1", .number(in: 0...1)), ("number -1.5..2.5e1", .number(in: -1.5...25)),
            ("string 1..80", .string(length: 1...80)), ("string ..80", .string(length: 0...80)),
            (#"string /[A-Z]{3}-\d{4}/"#, .string(pattern: #"[A-Z]{3}-\d{4}"#)),
            (#"string /\/[/]\u002f/"#, .string(pattern: #"\/[/]\u002f"#)), ("string //", .string(pattern: "")),
            (#"{"a": string /(?:x|y)/[..3] | null}"#, #"{"a": (string /x|y/)[0..3] or null}"#),
            ("string[2..4]", .array(of: .string, count: 2...4)), ("string 1..2[1..]", "(string 1..2)[1..]"),
            (#"{"one_of": ["a", "b"]}"#, .oneOf(["a", "b"])), (#"{"one_of": ["]", "\"["]}"#, .oneOf(["]", "\"["])),
            (#"{"x": {"one_of": [1, [2], {"k": null}]}}"#, .object([.required("x", .oneOf([1, [2], ["k": nil]]))])),
            (#"{"one_of": string[]}"#, .object([.required("one_of", .array(of: .string))])),
            (#"{"one_of"?: [string]}"#, .object([.optional("one_of", .array(of: .string))])),
            ("\n{\r\n\t\"a\" : int ,\n\"b\":null}\n", #"{"a": int, "b": null}"#),
            (#"{"\u0061\n\"": "\\"}"#, .object([.required("a\n\"", .literal("\\"))])),
            ("\"\u{301}\"", .literal("\u{301}")), (#""a" | ("b" | "a")"#, .oneOf(["a", "b"])),
            (#"("a")"#, .literal("a")),
        ] as [(String, Schema)]
    )
    func `notation means`(_ notation: String, _ schema: Schema) throws {
        #expect(try Schema(parsing: notation) == schema)
    }

    @Test(
        arguments: [
            ("", 1, "expected a type"), ("  ", 3, "expected a type"),
            (#"{"answer": strin}"#, 12, "strin: unknown type"),
            (#"{answer: string}"#, 2, #"write "answer""#), (#"{"a": int, "a": int}"#, 12, "stands twice"),
            (#"{"a": int, "\u0061": int}"#, 12, "stands twice"), (#"{"one_of": []}"#, 12, "no values"),
            (#"{"one_of": ["a",]}"#, 17, "invalid JSON"), (#"{"one_of": [string]}"#, 13, "invalid JSON"),
            (#"{"one_of": ["a"], "b": int}"#, 17, "write its type as string[]"),
            ("int 5..1", 5, "nothing fits"), ("number 1..0.5", 8, "nothing fits"), ("string 3..2", 8, "nothing fits"),
            ("string[4..2]", 8, "nothing fits"), ("string -1..2", 8, "-1: expected a count"),
            ("int 1.5..2", 5, "expected an integer"), ("int 1", 6, "expected .."), ("string[3]", 9, "expected .."),
            ("int 1..99999999999999999999", 8, "expected an integer"), ("number 1e999..", 8, "too large"),
            ("1e999", 1, "too large"), ("01", 2, "invalid JSON"), ("1.", 3, "invalid JSON"), ("-", 2, "invalid JSON"),
            ("string string", 8, "expected the end"), ("string |", 9, "expected a type"),
            ("| string", 1, "expected a type"),
            ("string or", 10, "expected a type"), ("[]", 3, "write string[]"), ("[string", 8, "expected ]"),
            ("(string", 8, "expected )"), ("()", 2, "expected a type"), ("{", 2, "expected a key"),
            (#"{"a"}"#, 5, "expected :"), (#"{"a": }"#, 7, "expected a type"), (#"{"a": int"#, 10, "expected , or }"),
            (#"{"a": int,}"#, 11, "expected a key"), (#""abc"#, 5, "without an end"), (#""a\q""#, 4, "unknown escape"),
            ("\"a\u{1}\"", 3, "control character"), ("String", 1, "String: unknown type"),
            ("string /a", 8, "this pattern isn't closed"), ("string 1..2 /a/", 13, "a length beside a pattern"),
            ("string /a/ 1..2", 12, "a length beside a pattern"), ("string /a/ ..2", 12, "a length beside a pattern"),
            (#"{"a": string /[A-Z/}"#, 15, "this [ isn't closed"), ("string /é(?=b)/", 10, "lookahead"),
            ("größe", 1, "größe: unknown type"), (#"{"a": string?}"#, 13, "the ? stands behind the key"),
            (#"{'a': string}"#, 2, "expected a key in quotes"), ("string /[^\\s\\S]/", 9, "no character"),
            ("list[string]", 1, "list: unknown type"), ("int 1...5", 8, "expected the end"),
            ("int >= 0", 5, "expected the end"),
            ("\"👩‍👩‍👧é\" x", 6, "expected the end"), ("string[", 8, "expected ]"), ("\"\\", 3, "string"),
        ]
    )
    func `an error shows its place`(_ notation: String, _ column: Int, _ message: String) throws {
        let error = try #require(throws: SchemaError.self) { try Schema(parsing: notation) }
        #expect(error.message.contains(message), "\(error)")
        #expect((error.line, error.column) == (1, column), "\(error)")
        let excerpt = error.excerpt.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(excerpt.count == 2)
        #expect(excerpt.last?.count == 4 + column)
    }

    @Test func `an error reads as two lines below its message`() throws {
        let error = try #require(throws: SchemaError.self) { try Schema(parsing: #"{"answer": strin}"#) }
        let message =
            "strin: unknown type. Write string, integer (int), number (float), boolean (bool), null, a literal such as "
        #expect(
            error.description == message + #"""
                "text" or 42, {…}, […], or (…)
                    {"answer": strin}
                               ^
                """#
        )
    }

    @Test func `an error in a later line shows that line, without its controls`() throws {
        let error = try #require(throws: SchemaError.self) {
            try Schema(parsing: "{\"a\": int,\r\n\t\"b\": \u{1B}[31m,\n\"c\": int}")
        }
        #expect((error.line, error.column) == (2, 7))
        #expect(error.excerpt == "     \"b\":  [31m,\n          ^")
    }

    @Test func `a long line is cut round the error`() throws {
        let keys = (0..<100).map { #""key\#($0)": int, "# }.joined()
        let error = try #require(throws: SchemaError.self) { try Schema(parsing: "{\(keys)\"x\": what, \(keys)}") }
        let lines = error.excerpt.split(separator: "\n")
        #expect(lines[0].hasPrefix("    …") && lines[0].hasSuffix("…") && lines[0].count < 120)
        #expect(lines[0].dropFirst(lines[1].count - 1).hasPrefix("what"))
    }

    @Test(arguments: [("[", "]"), ("(", ")"), (#"{"a":"#, "}")])
    func `nesting beyond 64 is an error`(_ open: String, _ close: String) throws {
        func nested(_ count: Int) -> String {
            String(repeating: open, count: count) + "int" + String(repeating: close, count: count)
        }
        #expect(throws: Never.self) { try Schema(parsing: nested(64)) }
        for count in [65, 100_000] {
            let error = try #require(throws: SchemaError.self) { try Schema(parsing: nested(count)) }
            #expect(error.message.contains("64 deep"))
        }
    }

    @Test func `nesting by suffixes counts, too`() throws {
        #expect(try Schema(parsing: "int" + String(repeating: "[]", count: 64)).depth == 64)
        #expect(throws: SchemaError.self) { try Schema(parsing: "int" + String(repeating: "[]", count: 65)) }
        let mixed = #"{"a": int"# + String(repeating: "[]", count: 63)
        #expect(throws: Never.self) { try Schema(parsing: mixed + "}") }
        #expect(throws: SchemaError.self) { try Schema(parsing: mixed + "[]}") }
    }

    @Test func `a printed schema reads back as the same`() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let schema = Schema.random(depth: 3, using: &generator)
            #expect(try Schema(parsing: schema.description) == schema)
        }
    }

    @Test(arguments: [
        (#"{"a":int 0..9,"b"?:[float or null]}"#, #"{"a": integer 0..9, "b"?: (number | null)[]}"#),
        ("number 0.0..1", "number 0..1"), ("string 0..", "string"),
        ("string/^(a|b\u{7}\n)$/", #"string /a|b\u0007\u000a/"#), ("string[0..3]", "string[..3]"),
        (#"{"one_of":["a",1]}"#, #""a" | 1"#), (#"{"one_of":[[1,{"a":2}]]}"#, #"{"one_of": [[1, {"a": 2}]]}"#),
    ])
    func `schemas print in one form`(_ notation: String, _ printed: String) throws {
        #expect(try Schema(parsing: notation).description == printed)
    }
}
