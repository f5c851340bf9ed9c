import Telemetry

/// A Swift type whose values a model can give: it has a schema, and is decoded from what fits that schema.
///
/// For example:
/// ```swift
/// struct Answer: SchemaRepresentable {
///     enum Difficulty: String, CaseIterable, SchemaRepresentable { case beginner, advanced }
///
///     var answer: String
///     var difficulty: Difficulty
///     var links: [String]?
///
///     static let schema = Schema.object([
///         .required("answer", .string(length: 1...200)),
///         .required("difficulty", Difficulty.schema),
///         .optional("links", [String].schema),
///     ])
/// }
///
/// let answer = try await agent.generate(Answer.self, from: "What is Python?")
/// ```
///
/// Strings, integers, floating-point numbers, truth values, arrays, optionals, and enumerations of strings that list
/// their cases have a schema already. The notation of ``Schema/init(parsing:)`` writes one, too:
/// `static let schema: Schema = #"{"answer": string 1..200}"#`.
///
/// Everything that fits the schema should decode: keys are those of `CodingKeys`, only keys of optional properties may
/// be left out, and integers are within the range of their type. Otherwise ``Agent/generate(_:from:examples:)`` fails.
public protocol SchemaRepresentable: Decodable {
    /// What the JSON of a value looks like.
    static var schema: Schema { get }
}

extension String: SchemaRepresentable {
    /// Any text.
    public static var schema: Schema { .string }
}

extension Int: SchemaRepresentable {
    /// Any integer that fits 64 bits.
    public static var schema: Schema { .integer }
}

extension Double: SchemaRepresentable {
    /// Any finite number.
    public static var schema: Schema { .number }
}

extension Bool: SchemaRepresentable {
    /// `true` or `false`.
    public static var schema: Schema { .boolean }
}

extension Array: SchemaRepresentable where Element: SchemaRepresentable {
    /// An array of any length.
    public static var schema: Schema { .array(of: Element.schema) }
}

extension Optional: SchemaRepresentable where Wrapped: SchemaRepresentable {
    /// What is wrapped, or `null`.
    public static var schema: Schema { .anyOf([Wrapped.schema, .null]) }
}

extension SchemaRepresentable where Self: CaseIterable & RawRepresentable, RawValue == String {
    /// The raw values of the cases, in their order.
    ///
    /// - Precondition: There is a case.
    public static var schema: Schema { .oneOf(allCases.map { .string($0.rawValue) }) }
}
