import Telemetry

@testable import Agent

/// SplitMix64: the same seed, the same schemas.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Strings that break naive quoting.
let hostileStrings = [
    "", " ", "a", "a\"b", "back\\slash", "new\nline", "\r\n", "tab\t", "\u{0}", "\u{1B}[31m", "\u{7F}", "👩‍👩‍👧", "é",
    "\u{301}mark first", "]", "[a-z]", "{1,2}", "|", "or", "root ::= x", "one_of", "\u{202E}rtl", "日本", "'", "$.a",
    "?", "\\u0041", "\\\"",
]

/// Patterns of all kinds.
let samplePatterns: [StringPattern] = [
    #"[A-Z]{3}-\d{4}"#, "", "a|bc|", #"(\w+\.)*\w+@[a-z]{2,5}"#, "[^a-z]{1,3}", ".{0,9}", #"[\s\S]{2}"#, "(a?b?)+c",
    #"["\\\/\n\u202e]{1,4}"#, "[é-ÿ😀日-本]+", "/[/]{2}", #"[\u0000-\u001f\u007f-\u00a0]+"#, "(?:ab|a)(?:c|bcd)",
    "[\u{D7FF}-\u{E000}\u{FFFF}\u{10000}\u{10FFFF}]{1,2}", "x{600}", "(?:red|green|blue)(?:, (?:red|green|blue))*",
]

extension PatternNode {
    /// A text of the pattern.
    func sample(using generator: inout SeededGenerator) -> String {
        switch self {
        case .scalar(let set):
            let range = set.ranges.randomElement(using: &generator)!
            return String(Unicode.Scalar(UInt32.random(in: range, using: &generator))!)
        case .sequence(let nodes): return nodes.map { $0.sample(using: &generator) }.joined()
        case .choice(let nodes): return nodes.randomElement(using: &generator)!.sample(using: &generator)
        case .repetition(let node, let count):
            let upper = min(count.upperBound, count.lowerBound + 3)
            let count = Int.random(in: count.lowerBound...upper, using: &generator)
            return (0..<count).map { _ in node.sample(using: &generator) }.joined()
        }
    }
}

extension Schema {
    /// Any schema, at most `depth` deep.
    static func random(depth: Int, using generator: inout SeededGenerator) -> Schema {
        let kinds = depth > 0 ? 9 : 6
        switch Int.random(in: 0..<kinds, using: &generator) {
        case 0: return .null
        case 1: return .boolean
        case 2:
            let bounds = [Int.min, -1234, -10, -1, 0, 1, 7, 99, 100, 65535, Int.max].pick(2, &generator).sorted()
            return .integer(in: bounds[0]...bounds[1])
        case 3:
            let bounds = [-Double.infinity, -1e300, -2.5, 0, 1e-7, 1, 99.5, 1e21, .infinity].pick(2, &generator)
                .sorted()
            return bounds[0] < .infinity && bounds[1] > -.infinity ? .number(in: bounds[0]...bounds[1]) : .number
        case 4 where Bool.random(using: &generator):
            return .string(pattern: samplePatterns.randomElement(using: &generator)!)
        case 4:
            let bounds = [0, 1, 3, 80, Int.max].pick(2, &generator).sorted()
            return .string(length: bounds[0]...bounds[1])
        case 5: return .literal(.random(depth: depth, using: &generator))
        case 6:
            let bounds = [0, 1, 2, 5, Int.max].pick(2, &generator).sorted()
            return .array(of: .random(depth: depth - 1, using: &generator), count: bounds[0]...bounds[1])
        case 7:
            let names = hostileStrings.shuffled(using: &generator).prefix(Int.random(in: 0...4, using: &generator))
            return .object(
                names.map { name in
                    let schema = random(depth: depth - 1, using: &generator)
                    return Bool.random(using: &generator) ? .required(name, schema) : .optional(name, schema)
                }
            )
        default:
            return .anyOf((0...2).map { _ in random(depth: depth - 1, using: &generator) })
        }
    }

    /// A value that fits, as constrained decoding may produce it.
    func sample(using generator: inout SeededGenerator) -> JSONValue {
        switch kind {
        case .null: return .null
        case .boolean: return .bool(Bool.random(using: &generator))
        case .integer(let range):
            let limit = 999_999_999_999_999
            let lower = range.lowerBound == .min ? min(-limit, range.upperBound) : range.lowerBound
            let upper = range.upperBound == .max ? max(limit, lower) : range.upperBound
            return .integer(Int.random(in: lower...upper, using: &generator))
        case .number(let range):
            let lower = max(range.lowerBound.rounded(.up), -999_999)
            let upper = min(range.upperBound.rounded(.down), 999_999)
            return lower <= upper ? .integer(Int(Double.random(in: lower...upper, using: &generator))) : .integer(0)
        case .string(let length):
            let count = Int.random(
                in: length.lowerBound...min(length.upperBound, length.lowerBound + 9),
                using: &generator
            )
            let characters: [Character] = ["a", "\"", "\\", "\n", "\u{1}", "é", "😀", "]", " "]
            return .string(String((0..<count).map { _ in characters.randomElement(using: &generator)! }))
        case .pattern(let pattern): return .string(pattern.node.sample(using: &generator))
        case .literal(let value): return value
        case .array(let element, let count):
            let count = Int.random(
                in: count.lowerBound...min(count.upperBound, count.lowerBound + 3),
                using: &generator
            )
            return .array((0..<count).map { _ in element.sample(using: &generator) })
        case .object(let properties):
            var object = JSONObject()
            for property in properties where property.isRequired || Bool.random(using: &generator) {
                object[property.name] = property.schema.sample(using: &generator)
            }
            return .object(object)
        case .anyOf(let alternatives):
            return alternatives.randomElement(using: &generator)!.sample(using: &generator)
        }
    }
}

extension JSONValue {
    static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return .bool(Bool.random(using: &generator))
        case 1: return .integer([Int.min, -1, 0, 42, Int.max].randomElement(using: &generator)!)
        case 2: return .number([-0.5, 3, 1e-9, 1e300].randomElement(using: &generator)!)
        case 3: return .string(hostileStrings.randomElement(using: &generator)!)
        case 4: return .array((0..<2).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            let key = hostileStrings.randomElement(using: &generator)!
            return .object(JSONObject([(key, random(depth: depth - 1, using: &generator))]))
        }
    }
}

extension Array {
    fileprivate func pick(_ count: Int, _ generator: inout SeededGenerator) -> [Element] {
        Array(shuffled(using: &generator).prefix(count))
    }
}
