/// Why a JSON Schema can't be read as a ``Schema``, and where in it.
public struct JSONSchemaError: Error, Sendable, Hashable {
    /// The place as a JSON Pointer in its URI form (RFC 6901, section 6): `#/properties/age/minimum`.
    public var pointer: String
    /// What was wrong, and what to write.
    public var message: String
}

extension JSONSchemaError: CustomStringConvertible {
    /// The place, then the message.
    public var description: String { "\(pointer): \(message)" }
}
