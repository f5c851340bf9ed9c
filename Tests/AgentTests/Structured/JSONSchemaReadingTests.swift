import Telemetry
import Testing

@testable import Agent

@Suite struct JSONSchemaReadingTests {
    @Test func `what is printed as JSON Schema reads back as the same, as a value and as a text`() throws {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<2000 {
            let schema = Schema.random(depth: 3, using: &generator)
            let printed = schema.jsonSchema
            #expect(try Schema(jsonSchema: printed) == schema, "\(printed)")
            #expect(try Schema(jsonSchema: printed.description) == schema, "\(printed)")
        }
    }

    @Test(
        arguments: [
            (#"{"type": "string", "minLength": 1, "maxLength": 9.0}"#, "string 1..9"),
            (#"{"type": "string", "minimum": 3, "title": "T", "default": 1, "examples": []}"#, "string"),
            (#"{"type": "string", "pattern": "^[a-z/]+$", "minLength": 0}"#, #"string /[a-z\/]+/"#),
            (#"{"type": ["string", "null"], "pattern": "^(?:a|b)$"}"#, "string /a|b/ | null"),
            (#"{"type": "string", "pattern": "^a$", "enum": ["a", "ab"]}"#, #""a""#),
            (#"{"oneOf": [{"type": "string", "pattern": "^a$"}, {"const": "b"}]}"#, #"string /a/ | "b""#),
            (#"{"type": ["string", "null"], "maxLength": 3}"#, "string ..3 | null"),
            (#"{"type": "integer", "minimum": 0.5, "exclusiveMaximum": 10}"#, "int 1..9"),
            (#"{"type": "integer", "minimum": -1e30, "maximum": 9007199254740993}"#, "int ..9007199254740993"),
            (#"{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2.5}"#, "int 2..2"),
            (#"{"type": "integer", "format": "int64"}"#, "int"),
            (#"{"type": "number", "minimum": 0, "maximum": 1, "format": "double"}"#, "number 0..1"),
            (#"{"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": false}"#, "int[1..]"),
            (#"{"type": "object"}"#, "{}"),
            (
                #"{"type": "object", "properties": {"a": {"type": "null"}, "b": {"const": 2}}, "required": ["b"]}"#,
                #"{"a"?: null, "b": 2}"#
            ),
            (#"{"enum": ["a", 1, null, [2]]}"#, #""a" | 1 | null | {"one_of": [[2]]}"#),
            (#"{"type": "string", "enum": ["a", 1, "b"]}"#, #""a" | "b""#),
            (#"{"enum": [1, 2], "const": 2}"#, "2"), (#"{"const": null}"#, "null"),
            (#"{"anyOf": [{"type": "integer"}, {"type": "number"}], "description": "d"}"#, "int | number"),
            (#"{"oneOf": [{"type": "integer"}, {"type": "string"}, {"const": 1.5}]}"#, "int | string | 1.5"),
            (
                ##"{"oneOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y"}], "$defs": {"x": {"type": "object", "##
                    + #""properties": {"k": {"const": "x"}}, "required": ["k"]}, "y": {"type": "object", "#
                    + #""properties": {"k": {"const": "y"}}, "required": ["k"]}}}"#,
                #"{"k": "x"} | {"k": "y"}"#
            ),
            (##"{"allOf": [{"$ref": "#/definitions/a~1b%25"}], "definitions": {"a/b%": {"type": "null"}}}"##, "null"),
            (
                ##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}, "b": {"$ref": "#/$defs/t"}}, "##
                    + #""$defs": {"t": {"type": "boolean"}}, "$schema": "s"}"#,
                #"{"a"?: boolean, "b"?: boolean}"#
            ),
        ] as [(String, Schema)]
    )
    func `a JSON Schema means`(_ text: String, _ schema: Schema) throws {
        #expect(try Schema(jsonSchema: text) == schema)
    }

    @Test func `exclusive bounds of numbers leave out the bound alone`() throws {
        let schema = try Schema(jsonSchema: #"{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}"#)
        for value in [0.0, 1.0] { #expect(throws: SchemaViolation.self) { try schema.validate(.number(value)) } }
        for value in [Double(0).nextUp, Double(1).nextDown] {
            #expect(throws: Never.self) { try schema.validate(.number(value)) }
        }
        #expect(try Schema(jsonSchema: schema.jsonSchema) == schema)
    }

    @Test(
        arguments: [
            ("{", "#", "invalid JSON in line 1, column 2"), ("{\n\"ä\": x}", "#", "invalid JSON in line 2, column 6"),
            ("true", "#", "accepts anything"), ("false", "#", "accepts nothing"), ("[]", "#", "is no schema"),
            ("{}", "#", "any type"), (#"{"minLength": 3}"#, "#", "any type"),
            (#"{"type": "text"}"#, "#/type", "is no type"), (#"{"type": []}"#, "#/type", "is no type"),
            (#"{"type": ["string", 1]}"#, "#/type", "is no type"),
            (#"{"type": "string", "pattern": "a+"}"#, "#/pattern", "in column 1 of \"a+\": without ^ and $"),
            (#"{"type": "string", "pattern": "^a$|b"}"#, "#/pattern", "in column 5"),
            (#"{"type": "string", "pattern": "^a(?!b)$"}"#, "#/pattern", "in column 3"),
            (#"{"type": "string", "pattern": 1}"#, "#/pattern", "must be a regular expression"),
            (#"{"type": "string", "pattern": "^a$", "maxLength": 3}"#, "#/pattern", "beside minLength"),
            (#"{"oneOf": [{"type": "string", "pattern": "^a$"}, {"type": "string"}]}"#, "#/oneOf", "both 0 and 1"),
            (#"{"type": "string", "format": "date"}"#, "#/format", "\"date\" isn't supported"),
            (#"{"type": "integer", "format": "int32"}"#, "#/format", "\"int32\" isn't supported"),
            (#"{"type": "integer", "multipleOf": 2}"#, "#/multipleOf", "isn't supported"),
            (#"{"type": "string", "not": {"const": ""}}"#, "#/not", "isn't supported"),
            (#"{"type": "object", "patternProperties": {}}"#, "#/patternProperties", "isn't supported"),
            (#"{"type": "object", "minProperties": 1}"#, "#/minProperties", "isn't supported"),
            (#"{"type": "object", "additionalProperties": true}"#, "#/additionalProperties", "unless it is false"),
            (#"{"type": "object", "additionalProperties": {"type": "null"}}"#, "#/additionalProperties", "false"),
            (#"{"type": "object", "properties": []}"#, "#/properties", "must be an object"),
            (#"{"type": "object", "required": ["a"]}"#, "#/required/0", "isn't among the properties"),
            (#"{"type": "object", "required": [1]}"#, "#/required/0", "must be a key"),
            (#"{"type": "object", "required": true}"#, "#/required", "must be an array"),
            (
                #"{"type": "object", "properties": {"a/b~": {"type": "array", "items": {"type": "x"}}}}"#,
                "#/properties/a~1b~0/items/type", "is no type"
            ),
            (#"{"type": "array"}"#, "#", "Add \"items\""),
            (#"{"type": "array", "items": {"type": "null"}, "uniqueItems": true}"#, "#/uniqueItems", "isn't supported"),
            (#"{"type": "array", "prefixItems": [], "items": {"type": "null"}}"#, "#/prefixItems", "isn't supported"),
            (#"{"type": "array", "items": [{"type": "null"}]}"#, "#/items", "is no schema"),
            (#"{"type": "string", "minLength": -1}"#, "#/minLength", "must be a count"),
            (#"{"type": "string", "minLength": 3, "maxLength": 2}"#, "#", "minLength is above maxLength"),
            (#"{"type": "integer", "minimum": 3, "maximum": 2}"#, "#", "no integer is from 3 to 2"),
            (#"{"type": "integer", "minimum": 1e30}"#, "#/minimum", "no integer of 64 bits"),
            (#"{"type": "number", "exclusiveMinimum": 1, "maximum": 1}"#, "#", "no number is from"),
            (#"{"type": "number", "exclusiveMinimum": true}"#, "#/exclusiveMinimum", "must be a number"),
            (#"{"enum": []}"#, "#/enum", "at least one"), (#"{"enum": [1], "const": 2}"#, "#/const", "enum's values"),
            (#"{"type": "string", "enum": [1]}"#, "#", "none of its values is string"),
            (#"{"enum": ["a"], "minLength": 2}"#, "#/minLength", "isn't supported"),
            (#"{"anyOf": []}"#, "#/anyOf", "at least one"),
            (#"{"type": "object", "anyOf": [{"type": "object"}]}"#, "#/type", "beside anyOf"),
            (#"{"oneOf": [{"type": "integer"}, {"type": "null"}, {"type": "number"}]}"#, "#/oneOf", "both 0 and 2"),
            (#"{"allOf": [{"type": "null"}, {"type": "null"}]}"#, "#/allOf", "several"),
            (#"{"$ref": "https://example.com/s"}"#, "#/$ref", "within the document"),
            (##"{"$ref": "#/$defs/x"}"##, "#/$ref", "no such place"), (##"{"$ref": "#"}"##, "#/$ref", "recursive"),
            (
                ##"{"$ref": "#/$defs/x", "$defs": {"x": {"type": "array", "items": {"$ref": "#/$defs/x"}}}}"##,
                "#/$defs/x/items/$ref", "recursive"
            ),
        ]
    )
    func `what isn't supported is named with its place`(_ text: String, _ pointer: String, _ message: String) throws {
        let error = try #require(throws: JSONSchemaError.self) { try Schema(jsonSchema: text) }
        #expect(error.pointer == pointer, "\(error)")
        #expect(error.message.contains(message), "\(error)")
        #expect(error.description == "\(error.pointer): \(error.message)")
    }

    @Test func `depth and size are bounded, references included`() throws {
        func nested(_ count: Int) -> JSONValue {
            (0..<count).reduce(["type": "null"]) { value, _ in ["type": "array", "items": value] }
        }
        #expect(try Schema(jsonSchema: nested(64)).depth == 64)
        #expect(throws: JSONSchemaError.self) { try Schema(jsonSchema: nested(65)) }
        // Each name has two of the one before: 2^40 parts.
        var definitions: JSONObject = ["d0": ["type": "null"]]
        for level in 1...40 {
            let half: JSONValue = ["$ref": .string("#/$defs/d\(level - 1)")]
            definitions["d\(level)"] = ["type": "object", "properties": ["a": half, "b": half]] as JSONValue
        }
        let error = try #require(throws: JSONSchemaError.self) {
            try Schema(jsonSchema: ["$ref": "#/$defs/d40", "$defs": .object(definitions)])
        }
        #expect(error.message.contains("10000 parts"))
    }
}
