public import Telemetry

extension Schema {
    /// The schema as JSON Schema (draft 2020-12), as tool definitions have it.
    public var jsonSchema: JSONValue {
        switch kind {
        case .null: return ["type": "null"]
        case .boolean: return ["type": "boolean"]
        case .integer(let range):
            var object: JSONObject = ["type": "integer"]
            if range.lowerBound != .min { object["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { object["maximum"] = .integer(range.upperBound) }
            return .object(object)
        case .number(let range):
            var object: JSONObject = ["type": "number"]
            if range.lowerBound.isFinite { object["minimum"] = .number(range.lowerBound) }
            if range.upperBound.isFinite { object["maximum"] = .number(range.upperBound) }
            return .object(object)
        case .string(let length):
            var object: JSONObject = ["type": "string"]
            if length.lowerBound > 0 { object["minLength"] = .integer(length.lowerBound) }
            if length.upperBound != .max { object["maxLength"] = .integer(length.upperBound) }
            return .object(object)
        case .pattern(let pattern): return ["type": "string", "pattern": .string(pattern.anchored)]
        case .literal(let value): return ["const": value]
        case .array(let element, let count):
            var object: JSONObject = ["type": "array", "items": element.jsonSchema]
            if count.lowerBound > 0 { object["minItems"] = .integer(count.lowerBound) }
            if count.upperBound != .max { object["maxItems"] = .integer(count.upperBound) }
            return .object(object)
        case .object(let properties):
            return [
                "type": "object",
                "properties": .object(JSONObject(properties.map { ($0.name, $0.schema.jsonSchema) })),
                "required": .array(properties.filter(\.isRequired).map { .string($0.name) }),
                "additionalProperties": false,
            ]
        case .anyOf(let alternatives):
            let values = alternatives.compactMap(\.onlyValue)
            guard values.count == alternatives.count else { return ["anyOf": .array(alternatives.map(\.jsonSchema))] }
            let isText = values.allSatisfy { $0.string != nil }
            return isText ? ["type": "string", "enum": .array(values)] : ["enum": .array(values)]
        }
    }

    /// The one value that fits, if the schema is a literal.
    private var onlyValue: JSONValue? {
        switch kind {
        case .null: .some(.null)
        case .literal(let value): value
        default: nil
        }
    }
}
