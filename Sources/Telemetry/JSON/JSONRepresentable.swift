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
    @inlinable
    public var json: JSONValue { self }
    /// The value itself.
    @inlinable
    public init(json: JSONValue) { self = json }
}

extension Bool: JSONRepresentable {
    /// `true` or `false`.
    @inlinable
    public var json: JSONValue { .bool(self) }
    /// The truth value, if `json` is one.
    @inlinable
    public init?(json: JSONValue) {
        guard let value = json.bool else { return nil }
        self = value
    }
}

extension Int: JSONRepresentable {
    /// An integer.
    @inlinable
    public var json: JSONValue { .integer(self) }
    /// The integer, if `json` is one.
    @inlinable
    public init?(json: JSONValue) {
        guard let value = json.integer else { return nil }
        self = value
    }
}

extension Double: JSONRepresentable {
    /// A number.
    @inlinable
    public var json: JSONValue { .number(self) }
    /// The number, if `json` is one, integers included.
    @inlinable
    public init?(json: JSONValue) {
        guard let value = json.number else { return nil }
        self = value
    }
}

extension String: JSONRepresentable {
    /// A text.
    @inlinable
    public var json: JSONValue { .string(self) }
    /// The text, if `json` is one.
    @inlinable
    public init?(json: JSONValue) {
        guard let value = json.string else { return nil }
        self = value
    }
}

extension JSONObject: JSONRepresentable {
    /// An object.
    @inlinable
    public var json: JSONValue { .object(self) }
    /// The members, if `json` is an object.
    @inlinable
    public init?(json: JSONValue) {
        guard let value = json.object else { return nil }
        self = value
    }
}

extension Array: JSONRepresentable where Element: JSONRepresentable {
    /// A list.
    @inlinable
    public var json: JSONValue { .array(map(\.json)) }
    /// The elements, if `json` is an array of nothing else.
    @inlinable
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
