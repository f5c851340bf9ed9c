import Telemetry
import Testing

struct JSONValueTests {
    @Test func `literals stand for values`() {
        let value: JSONValue = ["operation": "multiply", "a": 42, "b": [1.5, true, nil], "c": [:], "d": []]
        #expect(value.description == #"{"operation":"multiply","a":42,"b":[1.5,true,null],"c":{},"d":[]}"#)
        let name = "x"
        #expect(("a \(name)" as JSONValue) == .string("a x"))
    }

    @Test func `a value gives itself as its own kind alone`() {
        let kinds: [JSONValue] = [nil, true, 1, 1.5, "a", [1], ["a": 1]]
        #expect(kinds.map(\.bool) == [nil, true, nil, nil, nil, nil, nil])
        #expect(kinds.map(\.integer) == [nil, nil, 1, nil, nil, nil, nil])
        #expect(kinds.map(\.number) == [nil, nil, 1, 1.5, nil, nil, nil])
        #expect(kinds.map(\.string) == [nil, nil, nil, nil, "a", nil, nil])
        #expect(kinds.map(\.array) == [nil, nil, nil, nil, nil, [1], nil])
        #expect(kinds.map(\.object) == [nil, nil, nil, nil, nil, nil, ["a": 1]])
    }

    @Test func `a place that isn't there is nil`() {
        let value: JSONValue = ["list": [1, ["deep": "yes"]]]
        #expect(value["list"]?[1]?["deep"] == "yes")
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["other"] == nil)
        #expect(value[0] == nil)
        #expect(value["list"]?["key"] == nil)
    }

    @Test(
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (1e16, "1e+16"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (123456.789, "123456.789"),
            (.nan, "\"NaN\""), (-.nan, "\"NaN\""), (.signalingNaN, "\"NaN\""),
            (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\""),
        ] as [(Double, String)]
    )
    func `a number is written with the fewest digits that read back the same`(number: Double, text: String) throws {
        #expect(JSONValue.number(number).description == text)
        if number.isFinite {
            let read = try #require(try JSONValue(parsing: text).number)
            #expect(read.bitPattern == number.bitPattern)
        }
    }

    @Test(arguments: [(0, "0"), (-1, "-1"), (.max, "9223372036854775807"), (.min, "-9223372036854775808")])
    func `an integer is written whole`(integer: Int, text: String) throws {
        #expect(JSONValue.integer(integer).description == text)
        #expect(try JSONValue(parsing: text) == .integer(integer))
    }

    @Test func `Swift values become JSON and are read back`() {
        #expect([[1, 2], []].json == [[1, 2], []])
        #expect([[Int]](json: [[1, 2], []]) == [[1, 2], []])
        #expect([Int](json: [1, "2"]) == nil)
        #expect([Int](json: 1) == nil)
        #expect(Bool(json: 1) == nil)
        #expect(Int(json: 1.0) == nil)
        #expect(Double(json: 1) == 1)
        #expect(String(json: nil) == nil)
        #expect(JSONObject(json: ["a": 1]) == ["a": 1])
        #expect(JSONObject(json: []) == nil)
        #expect(JSONValue(json: 1) == 1)
    }
}
