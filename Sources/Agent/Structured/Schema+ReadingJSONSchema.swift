public import Telemetry

extension Schema {
    /// Reads a JSON Schema: the part of draft 2020-12 that tools use.
    ///
    /// Understood are `type`, a list of types included; `properties`, `required`, and `additionalProperties`, which may
    /// be `false` or absent, and counts as `false`; `items`, `minItems` and `maxItems`; `enum` and `const`; `anyOf`;
    /// `oneOf`, where at most one alternative can fit a value; `allOf` of one schema; `minimum`, `maximum` and their
    /// exclusive forms; `minLength` and `maxLength`, or an anchored `pattern` (``StringPattern``); and a `$ref` within the document that isn't recursive. Keywords
    /// that only describe (`title`, `description`, `default`, `examples` and the like) are skipped, and so are those
    /// that say nothing of the given type. Anything else is an error: no constraint is dropped silently.
    ///
    /// What ``jsonSchema`` prints reads back as the same.
    ///
    /// - Throws: ``JSONSchemaError``, which shows the place: for keywords that aren't supported, values of the wrong
    ///   kind, schemas that no value fits or any value does, and those that are recursive, nested more than 64 deep, or
    ///   have more than 10,000 parts once all references are replaced.
    public init(jsonSchema: JSONValue) throws(JSONSchemaError) {
        var reader = JSONSchemaReader(root: jsonSchema)
        self = try reader.schema(jsonSchema, at: JSONSchemaReader.Place())
    }

    /// Reads a JSON Schema that is a text.
    ///
    /// - Throws: ``JSONSchemaError``, as ``init(jsonSchema:)-(JSONValue)`` does, and where the text isn't JSON.
    public init(jsonSchema text: String) throws(JSONSchemaError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            let before = text.utf8.prefix(error.offset)
            let line = before.count { $0 == 0x0A } + 1
            let column = String(decoding: before.suffix(while: { $0 != 0x0A }), as: UTF8.self).count + 1
            throw JSONSchemaError(
                pointer: "#",
                message: "invalid JSON in line \(line), column \(column): \(error.reason). Correct the text"
            )
        }
        try self.init(jsonSchema: value)
    }
}

extension BidirectionalCollection {
    /// The longest suffix all of whose elements fulfil `predicate`.
    fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
        var start = endIndex
        while start > startIndex, predicate(self[index(before: start)]) { formIndex(before: &start) }
        return self[start...]
    }
}
