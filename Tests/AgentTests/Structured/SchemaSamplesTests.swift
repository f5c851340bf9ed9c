import Foundation
import Telemetry
import Testing

@testable import Agent

/// Schemas, values, and verdicts for other programs to compare: see `check-schemas.sh`.
@Suite struct SchemaSamplesTests {
    private static let path = ProcessInfo.processInfo.environment["SCHEMA_SAMPLES"]

    @Test(.enabled(if: path != nil)) func `Samples are written to the file that SCHEMA_SAMPLES names`() throws {
        let path = try #require(Self.path)
        var generator = SeededGenerator(seed: 17)
        var lines = ""
        for _ in 0..<1000 {
            let schema = Schema.random(depth: 3, using: &generator)
            var values: [JSONValue] = [.random(depth: 2, using: &generator)]
            for _ in 0..<6 {
                let value = schema.sample(using: &generator)
                values += [value, value.mutated(using: &generator)]
            }
            // JSON Schema's integers have no size, and ours are those of 64 bits.
            values.removeAll { $0.description.contains("e+300") }
            let line: JSONValue = [
                "notation": .string(schema.description), "schema": schema.jsonSchema, "values": .array(values),
                "fits": .array(values.map { .bool((try? schema.validate($0)) != nil) }),
            ]
            lines += "\(line)\n"
        }
        try Data(lines.utf8).write(to: URL(fileURLWithPath: path))
    }
}

extension JSONValue {
    /// The value with something changed somewhere.
    fileprivate func mutated(using generator: inout SeededGenerator) -> JSONValue {
        switch self {
        case .array(var elements) where Int.random(in: 0..<4, using: &generator) > 0:
            if let place = elements.indices.randomElement(using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: elements.remove(at: place)
                case 1: elements.append(elements[place])
                default: elements[place] = elements[place].mutated(using: &generator)
                }
            } else {
                elements.append(.random(depth: 0, using: &generator))
            }
            return .array(elements)
        case .object(var object) where Int.random(in: 0..<4, using: &generator) > 0:
            if let (key, value) = object.randomElement(using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: object[key] = JSONValue?.none
                case 1: object["\(key) "] = value
                default: object[key] = value.mutated(using: &generator)
                }
            } else {
                object["new"] = JSONValue.null
            }
            return .object(object)
        case .string(let text) where Int.random(in: 0..<4, using: &generator) > 0:
            var scalars = Array(text.unicodeScalars)
            if let place = scalars.indices.randomElement(using: &generator), Bool.random(using: &generator) {
                scalars.remove(at: place)
            } else {
                scalars.append(
                    (["x", "\u{301}", "\n", "👍", "9"] as [Unicode.Scalar]).randomElement(using: &generator)!
                )
            }
            return .string(String(String.UnicodeScalarView(scalars)))
        case .integer(let integer) where Int.random(in: 0..<4, using: &generator) > 0:
            let step = [-1, 1, 1000, -1_000_000].randomElement(using: &generator)!
            return Bool.random(using: &generator) ? .integer(integer &+ step) : .number(Double(integer % 1000) / 2)
        case .number(let number) where number.magnitude < 1e15 && Bool.random(using: &generator):
            return .number(number + 0.25)
        default: return .random(depth: 0, using: &generator)
        }
    }
}
