import Telemetry
import Testing

@testable import Agent

@Suite struct SchemaValidationTests {
    @Test func `what fits a schema passes`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let schema = Schema.random(depth: 3, using: &generator)
            if schema.description.contains("number") { continue }  // Samples of numbers may miss narrow ranges.
            let value = schema.sample(using: &generator)
            #expect(throws: Never.self, "\(schema)") { try schema.validate(value) }
        }
    }

    @Test(
        arguments: [
            ("integer", 3.0), ("integer", -4), ("number", 1), ("number 0..1", 1.0), ("1", 1.0), ("1.5", 1.5),
            ("string 6..6", "👩‍👩‍👧é"), ("string 2..2", "e\u{301}"), ("string 0..0", ""), ("int[0..0]", []),
            ("int[]", [1, 2.0]),
            (#"{"a"?: int}"#, [:]),
            (#"{"a": int, "b": int}"#, ["b": 1, "a": 2]), (#"{"one_of": [[1, {"a": 2}]]}"#, [1.0, ["a": 2.0]]),
            ("boolean", false), ("null", nil), ("true", true), (#"{"a": null}"#, ["a": nil]),
        ] as [(Schema, JSONValue)]
    )
    func `fits`(_ schema: Schema, _ value: JSONValue) {
        #expect(throws: Never.self) { try schema.validate(value) }
    }

    @Test(
        arguments: [
            ("string", 1, "$: expected string, found 1"), ("boolean", 0, "$: expected boolean, found 0"),
            ("integer", 1.5, "$: expected integer, found 1.5"), ("integer", 1e30, "$: expected integer, found 1e+30"),
            ("integer 1..10", 11, "$: expected integer 1..10, found 11"),
            ("null", false, "$: expected null, found false"),
            ("number 0..1", -0.5, "$: expected number 0..1, found -0.5"),
            ("number", "1", #"$: expected number, found "1""#),
            ("number", .number(.infinity), #"$: expected number, found "Infinity""#),
            ("true", 1, "$: expected true, found 1"),
            ("string 1..3", "", #"$: expected string 1..3, found 0 characters: """#),
            ("int[1..]", [], "$: expected integer[1..], found 0 elements: []"),
            ("int[]", [1, "a"], #"$[1]: expected integer, found "a""#),
            (
                #"{"steps": {"tool": string}[]}"#, ["steps": [["tool": "a"], ["tool": nil]]],
                "$.steps[1].tool: expected string, found null"
            ),
            (#"{"a": int}"#, [:], "$.a: expected integer, found nothing"),
            (#"{"a": int}"#, ["a": 1, "b": 2], #"$: expected no other keys than "a", found "b""#),
            ("{}", ["b": 2], #"$: expected an object without keys, found "b""#),
            (#"{"a b\"": int}"#, ["a b\"": nil], #"$["a b\""]: expected integer, found null"#),
            (#"{"": int}"#, ["": nil], #"$[""]: expected integer, found null"#),
            (#""a" | "b""#, "c", #"$: expected "a" | "b", found "c""#),
            (#"{"d": "a" | "b"}"#, ["d": "c"], #"$.d: expected "a" | "b", found "c""#),
            (#"{"k": "x", "v": int} | {"k": "y", "v": string}"#, ["k": "y", "v": 1], "$.v: expected string, found 1"),
            (#"{"one_of": [[1]]}"#, [2], #"$: expected {"one_of": [[1]]}, found [2]"#),
        ] as [(Schema, JSONValue, String)]
    )
    func `a violation names place, expectation and finding`(
        _ schema: Schema,
        _ value: JSONValue,
        _ message: String
    ) throws {
        let violation = try #require(throws: SchemaViolation.self) { try schema.validate(value) }
        #expect(violation.description == message)
    }

    @Test func `of a union, the alternative that fits furthest explains the violation`() throws {
        let schema: Schema = #"{"k": "x", "v": {"n": int}} | {"k": "y", "v": {"n": string}} | null"#
        let deep = try #require(throws: SchemaViolation.self) { try schema.validate(["k": "y", "v": ["n": 1]]) }
        #expect(deep.description == "$.v.n: expected string, found 1")
        let none = try #require(throws: SchemaViolation.self) { try schema.validate(["k": "z"]) }
        #expect(none.path == "$" && none.expected == schema.description)
    }

    @Test func `long findings are cut`() throws {
        let violation = try #require(throws: SchemaViolation.self) {
            try Schema.integer.validate(.string(String(repeating: "é", count: 10_000)))
        }
        #expect(violation.found.count == 81 && violation.found.hasSuffix("é…"))
    }
}
