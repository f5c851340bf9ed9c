import Telemetry
import Testing

@testable import Agent

@Suite struct JSONValueDecoderTests {
    struct Step: Decodable, Equatable {
        enum Kind: String, Decodable { case think, act }
        var kind: Kind
        var note: String?
        var scores: [Double]
        var table: [String: [Int?]]
    }

    @Test func `a nested value decodes`() throws {
        let json: JSONValue = [
            "kind": "act", "note": nil, "scores": [1, 2.5], "table": ["a\"\n": [1, nil, 3.0], "": []], "more": true,
        ]
        let step: Step = try JSONValueDecoder().decode(from: json)
        #expect(step == Step(kind: .act, note: nil, scores: [1, 2.5], table: ["a\"\n": [1, nil, 3], "": []]))
    }

    @Test func `single values decode`() throws {
        let decoder = JSONValueDecoder()
        #expect(try decoder.decode(Int.self, from: 3) == 3)
        #expect(try decoder.decode(Double.self, from: 3) == 3)
        #expect(try decoder.decode(UInt8.self, from: 255.0) == 255)
        #expect(try decoder.decode(String.self, from: "👩‍👩‍👧\u{0}") == "👩‍👩‍👧\u{0}")
        #expect(try decoder.decode(Int?.self, from: nil) == nil)
        #expect(try decoder.decode([Bool].self, from: [true, false]) == [true, false])
    }

    @Test func `an integer must fit`() {
        let decoder = JSONValueDecoder()
        #expect(throws: DecodingError.self) { try decoder.decode(UInt8.self, from: 256) }
        #expect(throws: DecodingError.self) { try decoder.decode(UInt.self, from: -1) }
        #expect(throws: DecodingError.self) { try decoder.decode(Int.self, from: 1.5) }
        #expect(throws: DecodingError.self) { try decoder.decode(Int.self, from: 1e30) }
        #expect(throws: DecodingError.self) { try decoder.decode(Int.self, from: .number(.nan)) }
    }

    @Test(
        arguments: [
            (["kind": "act", "scores": [1, "x"], "table": [:]], "scores/1", "expected a number, found \"x\""),
            (["kind": "run", "scores": [], "table": [:]], "kind", "invalid"),
            (["kind": "act", "scores": [], "table": ["a": 1]], "table/a", "expected an array"),
            (["kind": "act", "scores": []], "", "the keys are: \"kind\", \"scores\""), ([1], "", "expected an object"),
        ] as [(JSONValue, String, String)]
    )
    func `an error has the path and the reason`(_ json: JSONValue, _ path: String, _ reason: String) throws {
        let error = try #require(throws: DecodingError.self) { try JSONValueDecoder().decode(Step.self, from: json) }
        let context =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: DecodingError.Context(codingPath: [], debugDescription: "")
            }
        #expect(context.codingPath.map(\.stringValue).joined(separator: "/") == path)
        #expect(context.debugDescription.contains(reason), "\(context.debugDescription)")
    }

    @Test func `an array that is too short says so`() {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try (container.decode(Int.self), container.decode(Int.self))
            }
        }
        let error = #expect(throws: DecodingError.self) { try JSONValueDecoder().decode(Pair.self, from: [1]) }
        #expect("\(String(describing: error))".contains("only 1 element"))
    }

    @Test func `classes decode through their super decoder`() throws {
        class Base: Decodable { var id = 0 }
        final class Derived: Base {
            let name: String
            enum Keys: CodingKey { case name }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                name = try container.decode(String.self, forKey: .name)
                try super.init(from: container.superDecoder())
            }
        }
        let value = try JSONValueDecoder().decode(Derived.self, from: ["name": "a", "super": ["id": 7]])
        #expect(value.name == "a" && value.id == 7)
    }
}
