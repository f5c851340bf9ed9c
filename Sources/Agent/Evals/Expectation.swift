import Foundation
import Telemetry

/// What a case expects, in the language of ``EvalDataset``.
enum Expectation {
    /// Whether a value is as expected.
    static func holds(_ expected: JSONValue, of actual: JSONValue) -> Bool {
        switch (expected, actual) {
        case (.object(let object), _) where isOperator(object):
            return object.allSatisfy { name, operand in
                switch name {
                case "$any_of": (operand.array ?? []).contains { holds($0, of: actual) }
                case "$contains":
                    actual.string.map { text in texts(operand).allSatisfy { occurs($0, in: text) } } ?? false
                default: actual.string.map { text in !texts(operand).contains { occurs($0, in: text) } } ?? false
                }
            }
        case (.object(let object), .object(let found)):
            return object.allSatisfy { key, value in
                let member: JSONValue? = found[key]
                return member.map { holds(value, of: $0) } ?? false
            }
        case (.array(let a), .array(let b)): return a.count == b.count && zip(a, b).allSatisfy { holds($0, of: $1) }
        case (.integer, .number), (.number, .integer): return expected.number == actual.number
        default: return expected == actual
        }
    }

    /// Checks that there are no unknown operators.
    static func check(_ expected: JSONValue, in place: String) throws(EvalError) {
        for element in expected.array ?? [] { try check(element, in: place) }
        guard let object = expected.object else { return }
        for (key, value) in object {
            switch key {
            case "$any_of":
                guard let alternatives = value.array, !alternatives.isEmpty else {
                    throw EvalError("\(place): $any_of: must be a list of expectations.")
                }
            case "$contains", "$lacks":
                guard !texts(value).isEmpty else {
                    throw EvalError("\(place): \(key): must be a text or a list of texts.")
                }
            case _ where key.hasPrefix("$"):
                throw EvalError("\(place): \(key): is none of $any_of, $contains, $lacks.")
            default: break
            }
            try check(value, in: place)
        }
        if object.keys.contains(where: { $0.hasPrefix("$") }), !isOperator(object) {
            throw EvalError("\(place): expected: keys and operators can't stand in one object.")
        }
    }

    private static func isOperator(_ object: JSONObject) -> Bool {
        !object.isEmpty && object.keys.allSatisfy { $0.hasPrefix("$") }
    }

    private static func texts(_ operand: JSONValue) -> [String] {
        operand.string.map { [$0] } ?? (operand.array ?? []).compactMap(\.string)
    }

    private static func occurs(_ part: String, in text: String) -> Bool {
        text.range(of: part, options: [.caseInsensitive, .diacriticInsensitive]) != nil
    }
}
