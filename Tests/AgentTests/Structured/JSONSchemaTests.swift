import Telemetry
import Testing

@testable import Agent

@Suite struct JSONSchemaTests {
    @Test(
        arguments: [
            ("null", #"{"type":"null"}"#), ("boolean", #"{"type":"boolean"}"#), ("number", #"{"type":"number"}"#),
            ("int 1..", #"{"type":"integer","minimum":1}"#),
            ("string 1..9", #"{"type":"string","minLength":1,"maxLength":9}"#),
            (#"string /[a-z]\.\//"#, #"{"type":"string","pattern":"^[a-z]\\.\\/$"}"#),
            ("string /a|b/", #"{"type":"string","pattern":"^(a|b)$"}"#),
            (#""a" | "b""#, #"{"type":"string","enum":["a","b"]}"#), (#""a" | 1 | null"#, #"{"enum":["a",1,null]}"#),
            ("7", #"{"const":7}"#), ("string | null", #"{"anyOf":[{"type":"string"},{"type":"null"}]}"#),
            ("int[1..2]", #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}"#),
            (
                #"{"a": string, "b"?: boolean}"#,
                #"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"boolean"}},"#
                    + #""required":["a"],"additionalProperties":false}"#
            ),
        ] as [(Schema, String)]
    )
    func `a schema is printed as JSON Schema`(_ schema: Schema, _ text: String) {
        #expect(schema.jsonSchema.description == text)
    }
}
