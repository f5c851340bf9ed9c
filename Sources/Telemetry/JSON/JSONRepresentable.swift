/// A Swift value that stands for a JSON value and can be read back from it.
///
/// For example, a status of your own becomes something that a span can carry:
/// ```swift
/// extension Status: JSONRepresentable {
///     var json: JSONValue { .string(rawValue) }
///     init?(json: JSONValue) { self.init(rawValue: json.string ?? "") }
/// }
/// span["status"] = Status.ready
/// ```
public protocol JSONRepresentable {
    /// The value as JSON.
    var json: JSONValue { get }
    /// The value that `json` stands for; `nil` when it is of another kind.
    init?(json: JSONValue)
}

extension JSONValue: JSONRepresentable {
    /// The value itself.
    public var json: JSONValue { self }
    /// The value itself.
    public init(json: JSONValue) { self = json }
}

extension Bool: JSONRepresentable {
    /// `true` or `false`.
    public var json: JSONValue { .bool(self) }
    /// The truth value, if `json` is one.
    public init?(json: JSONValue) {
        guard let value = json.bool else { return nil }
        self = value
    }
}

extension Int: JSONRepresentable {
    /// An integer.
    public var json: JSONValue { .integer(self) }
    /// The integer, if `json` is one.
    public init?(json: JSONValue) {
        guard let value = json.integer else { return nil }
        self = value
    }
}

extension Double: JSONRepresentable {
    /// A number.
    public var json: JSONValue { .number(self) }
    /// The number, if `json` is one, integers included.
    public init?(json: JSONValue) {
        guard let value = json.number else { return nil }
        self = value
    }
}

extension String: JSONRepresentable {
    /// A text.
    public var json: JSONValue { .string(self) }
    /// The text, if `json` is one.
    public init?(json: JSONValue) {
        guard let value = json.string else { return nil }
        self = value
    }
}

extension JSONObject: JSONRepresentable {
    /// An object.
    public var json: JSONValue { .object(self) }
    /// The members, if `json` is an object.
    public init?(json: JSONValue) {
        guard let value = json.object else { return nil }
        self = value
    }
}

extension Array: JSONRepresentable where Element: JSONRepresentable {
    /// A list.
    public var json: JSONValue { .array(map(\.json)) }
    /// The elements, if `json` is an array of nothing else.
    public init?(json: JSONValue) {
        guard let elements = json.array else { return nil }
        var values: [Element] = []
        values.reserveCapacity(elements.count)
        for element in elements {
            guard let value = Element(json: element) else { return nil }
            values.append(value)
        }
        self = values
    }
}
