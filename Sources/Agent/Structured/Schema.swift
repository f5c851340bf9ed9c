public import Telemetry

/// The shape that a JSON value must have: what a model may answer, and what a tool takes.
///
/// A string literal in the notation of ``init(parsing:)`` is a schema, too:
/// ```swift
/// let schema: Schema = #"{"answer": string, "difficulty": "beginner" | "intermediate"}"#
/// ```
///
/// Every schema can be satisfied: ranges aren't empty, a union has alternatives, and a key stands once.
/// A schema is a tree without references; walk it by switching over ``kind``.
public struct Schema: Sendable, Hashable {
    /// What a schema asks for.
    public indirect enum Kind: Sendable, Hashable {
        /// The literal `null`.
        case null
        /// `true` or `false`.
        case boolean
        /// A number without fraction that fits 64 bits. `Int.min` and `Int.max` stand for no bound.
        case integer(ClosedRange<Int>)
        /// A finite number. Infinities stand for no bound.
        case number(ClosedRange<Double>)
        /// A text of so many Unicode scalars, which is how JSON Schema counts: `"e\u{301}"` has two. `Int.max` stands for
        /// no bound.
        case string(length: ClosedRange<Int>)
        /// A text that matches the pattern as a whole.
        case pattern(StringPattern)
        /// Exactly this value. Never `null`, which is ``null``.
        case literal(JSONValue)
        /// So many elements of one shape. `Int.max` stands for no bound.
        case array(of: Schema, count: ClosedRange<Int>)
        /// These keys and no others. They are distinct.
        case object([Property])
        /// At least one of these. They are two or more, distinct, and themselves no unions.
        case anyOf([Schema])
    }

    /// A key of an object, and what stands there.
    public struct Property: Sendable, Hashable {
        /// The key.
        public var name: String
        /// The shape of the value.
        public var schema: Schema
        /// Whether the key must be there.
        public var isRequired: Bool

        /// A key that must be there.
        public static func required(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: true)
        }

        /// A key that may be left out.
        public static func optional(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    /// What the schema asks for.
    public let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }
}

extension Schema {
    /// The literal `null`.
    public static let null = Schema(.null)
    /// `true` or `false`.
    public static let boolean = Schema(.boolean)
    /// A number without fraction that fits 64 bits.
    public static let integer = Schema.integer(in: Int.min...Int.max)
    /// A finite number, integers included.
    public static let number = Schema.number(in: -Double.infinity...Double.infinity)
    /// A text.
    public static let string = Schema.string(length: 0...Int.max)

    /// A number without fraction within `range`.
    public static func integer(in range: ClosedRange<Int>) -> Schema { Schema(.integer(range)) }

    /// A number within `range`, integers included.
    ///
    /// - Precondition: A finite number is within the range.
    public static func number(in range: ClosedRange<Double>) -> Schema {
        precondition(range.lowerBound < .infinity && range.upperBound > -.infinity, "no finite number is in \(range)")
        return Schema(.number(range))
    }

    /// A text of so many Unicode scalars.
    ///
    /// - Precondition: The length is not negative.
    public static func string(length: ClosedRange<Int>) -> Schema {
        precondition(length.lowerBound >= 0, "a string can't have \(length.lowerBound) scalars")
        return Schema(.string(length: length))
    }

    /// A text that matches `pattern` as a whole.
    public static func string(pattern: StringPattern) -> Schema { Schema(.pattern(pattern)) }

    /// Exactly `value`.
    public static func literal(_ value: JSONValue) -> Schema { value == .null ? .null : Schema(.literal(value)) }

    /// An array of so many elements.
    ///
    /// - Precondition: The count is not negative.
    public static func array(of element: Schema, count: ClosedRange<Int> = 0...Int.max) -> Schema {
        precondition(count.lowerBound >= 0, "an array can't have \(count.lowerBound) elements")
        return Schema(.array(of: element, count: count))
    }

    /// An object with these keys and no others.
    ///
    /// Output is produced in this order; input may have any.
    ///
    /// - Precondition: The keys are distinct.
    public static func object(_ properties: [Property]) -> Schema {
        var names: Set<String> = []
        for property in properties {
            precondition(names.insert(property.name).inserted, "the key \(property.name) stands twice in a schema")
        }
        return Schema(.object(properties))
    }

    /// At least one of `alternatives`.
    ///
    /// Unions within it become part of it; what stands twice counts once.
    ///
    /// - Precondition: There is an alternative.
    public static func anyOf(_ alternatives: [Schema]) -> Schema {
        precondition(!alternatives.isEmpty, "no value fits a union without alternatives")
        var seen: Set<Schema> = []
        let distinct = alternatives.flatMap(\.alternatives).filter { seen.insert($0).inserted }
        return distinct.count == 1 ? distinct[0] : Schema(.anyOf(distinct))
    }

    /// Exactly one of `values`: an enumeration.
    ///
    /// - Precondition: There is a value.
    public static func oneOf(_ values: [JSONValue]) -> Schema { anyOf(values.map(Schema.literal)) }

    /// The alternatives of a union; the schema itself if it is none.
    var alternatives: [Schema] {
        if case .anyOf(let alternatives) = kind { alternatives } else { [self] }
    }

    /// How many arrays and objects stand within each other at most.
    ///
    /// - Complexity: Linear in the size of the schema.
    var depth: Int {
        switch kind {
        case .null, .boolean, .integer, .number, .string, .pattern, .literal: 0
        case .array(let element, _): element.depth + 1
        case .object(let properties): (properties.map(\.schema.depth).max() ?? 0) + 1
        case .anyOf(let alternatives): alternatives.map(\.depth).max() ?? 0
        }
    }
}
