import Telemetry

extension Schema {
    /// Reads the notation that the lessons use.
    ///
    /// | notation | means |
    /// |---|---|
    /// | `string`, `integer` or `int`, `number` or `float`, `boolean` or `bool`, `null` | the types of JSON |
    /// | `"beginner"`, `42`, `-1.5`, `true`, `false` | exactly this value |
    /// | `"a" \| "b"`, `string or null` | either; `\|` and `or` mean the same |
    /// | `{"answer": string, "note"?: string}` | an object of these keys; with `?` the key may be left out |
    /// | `string[]`, `[string]`, `("a" \| "b")[]` | an array; parentheses group |
    /// | `integer 1..10`, `number 0..1`, `number 0..` | within a range, bounds included; either may be left out |
    /// | `string 1..80` | a text of 1 to 80 characters (Unicode scalars) |
    /// | `string /[A-Z]{3}-\d{4}/` | a text that matches a ``StringPattern``; `/` in it is written `\/` |
    /// | `string[2..4]`, `string[1..]` | an array of 2 to 4, of at least 1 |
    /// | `{"one_of": ["a", "b", [1, 2]]}` | one of these JSON values, of any kind |
    ///
    /// A type's name in quotes is a text: `{"answer": "string"}` asks for the word string. Space and line breaks may stand
    /// anywhere between. Strings are JSON strings, with its escapes. An object whose
    /// only key is `one_of` is written `{"one_of": string[]}`: only a `[` after that key begins an enumeration.
    ///
    /// For example:
    /// ```swift
    /// let schema = try Schema(parsing: configuration.schema)
    /// ```
    ///
    /// - Throws: ``SchemaError``, which shows the place: for syntax errors, also in patterns, unknown types, keys that
    ///   stand twice, ranges that nothing fits, and arrays and objects nested more than 64 deep.
    public init(parsing notation: String) throws(SchemaError) {
        var parser = NotationParser(notation)
        self = try parser.wholeSchema()
    }
}

extension Schema: ExpressibleByStringLiteral {
    /// A schema that is written in the program, in the notation of ``init(parsing:)``.
    ///
    /// - Precondition: The notation is correct; otherwise the program stops, and shows the place. Read text that comes
    ///   from elsewhere with ``init(parsing:)``: that `Schema("…")` is a literal, too, is the language's rule (SE-0213).
    public init(stringLiteral notation: String) {
        do {
            try self.init(parsing: notation)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension Schema: CustomStringConvertible {
    /// The schema on one line in the notation of ``init(parsing:)``, which reads it back.
    public var description: String {
        switch kind {
        case .null: "null"
        case .boolean: "boolean"
        case .integer(let range): "integer" + Self.suffix(range.description(unbounded: Int.min...Int.max))
        case .number(let range):
            "number" + Self.suffix(range.description(unbounded: -Double.infinity...Double.infinity))
        case .string(let length): "string" + Self.suffix(length.description(unbounded: 0...Int.max))
        case .pattern(let pattern): "string \(pattern)"
        case .literal(let value):
            switch value {
            case .array, .object: "{\"one_of\": [\(value.text)]}"
            default: value.text
            }
        case .array(let element, let count):
            (element.alternatives.count > 1 ? "(\(element))" : element.description)
                + "[\(count.description(unbounded: 0...Int.max))]"
        case .object(let properties):
            "{" + properties.map(\.description).joined(separator: ", ") + "}"
        case .anyOf(let alternatives): alternatives.map(\.description).joined(separator: " | ")
        }
    }

    private static func suffix(_ range: String) -> String { range.isEmpty ? "" : " " + range }
}

extension Schema.Property: CustomStringConvertible {
    /// The property as it stands in an object's notation.
    public var description: String { "\(JSONValue.string(name).text)\(isRequired ? "" : "?"): \(schema)" }
}

extension ClosedRange where Bound: LosslessStringConvertible {
    /// `lower..upper`, without the bounds that are none; empty when both are none.
    fileprivate func description(unbounded: ClosedRange) -> String {
        if self == unbounded { return "" }
        let lower = lowerBound == unbounded.lowerBound ? "" : Self.text(of: lowerBound)
        let upper = upperBound == unbounded.upperBound ? "" : Self.text(of: upperBound)
        return "\(lower)..\(upper)"
    }

    /// `1` also for `1.0`.
    private static func text(of bound: Bound) -> String {
        (bound as? Double).flatMap(Int.init(exactly:))?.description ?? bound.description
    }
}

extension JSONValue {
    /// The value as JSON with one space after each `:` and `,`, which is how models write it, and so the one form in
    /// which constrained output is produced.
    var text: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.map { "\(JSONValue.string($0.key).text): \($0.value.text)" }.joined(separator: ", ") + "}"
        default: description
        }
    }
}
