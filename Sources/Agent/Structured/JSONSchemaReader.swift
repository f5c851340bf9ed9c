import Telemetry

/// Makes a ``Schema`` of a JSON Schema, and names what it can't follow.
struct JSONSchemaReader {
    /// Where in the document a schema stands, and how it was reached.
    struct Place {
        var pointer = "#"
        var depth = 0
        /// The references that are being followed.
        var references: [String] = []

        /// The place below a key.
        func at(_ key: String) -> Place {
            var place = self
            // RFC 6901: ~ and / are escaped.
            place.pointer += "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
            return place
        }
    }

    private static let maximumDepth = 64
    private static let maximumCount = 10_000

    /// Keywords that constrain nothing (draft 2020-12, and those of earlier drafts and of OpenAPI).
    private static let annotations: Set<String> = [
        "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment",
        "$schema", "$id", "$defs", "definitions", "contentEncoding", "contentMediaType", "externalDocs",
    ]
    /// The keywords that are understood, by the type for which they say something.
    private static let keywords: [String: Set<String>] = [
        "object": ["properties", "required", "additionalProperties"],
        "array": ["items", "minItems", "maxItems", "uniqueItems"],
        "integer": numeric,
        "number": numeric,
        "string": ["minLength", "maxLength", "pattern"],
        "boolean": [],
        "null": [],
    ]
    private static let numeric: Set<String> = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
    private static let combinations = ["$ref", "anyOf", "oneOf", "allOf"]

    private let root: JSONValue
    private var count = 0

    init(root: JSONValue) { self.root = root }

    private func error(_ place: Place, _ message: String) -> JSONSchemaError {
        JSONSchemaError(pointer: place.pointer, message: message)
    }

    mutating func schema(_ value: JSONValue, at place: Place) throws(JSONSchemaError) -> Schema {
        count += 1
        guard count <= Self.maximumCount else {
            throw error(place, "more than \(Self.maximumCount) parts, references replaced. Make the schema smaller")
        }
        guard place.depth <= Self.maximumDepth else {
            throw error(place, "nested more than \(Self.maximumDepth) deep. Make the schema flatter")
        }
        guard let object = value.object else {
            let what = value.bool.map { $0 ? "true accepts anything" : "false accepts nothing" } ?? "is no schema"
            throw error(place, "\(what). Write an object such as {\"type\": \"string\"}")
        }
        if let keyword = Self.combinations.first(where: { object.keys.contains($0) }) {
            try rejectOthers(object, place, understood: [keyword], beside: keyword)
            return try combination(keyword, object[keyword] ?? .null, at: place.at(keyword))
        }
        return try typed(object, at: place)
    }

    /// Throws for keywords that are neither understood nor without effect.
    private func rejectOthers(
        _ object: JSONObject,
        _ place: Place,
        understood: Set<String>,
        beside keyword: String? = nil
    ) throws(JSONSchemaError) {
        for key in object.keys where !understood.contains(key) && !Self.annotations.contains(key) {
            if let keyword {
                throw error(place.at(key), "isn't supported beside \(keyword). Move it into the schema there")
            }
            throw error(place.at(key), "isn't supported. Remove it, and check the values yourself")
        }
    }

    // MARK: Combinations

    private mutating func combination(
        _ keyword: String,
        _ value: JSONValue,
        at place: Place
    ) throws(JSONSchemaError) -> Schema {
        if keyword == "$ref" { return try reference(value, at: place) }
        guard let values = value.array, !values.isEmpty else {
            throw error(place, "must be an array of schemas. Write at least one")
        }
        if keyword == "allOf", values.count > 1 {
            throw error(place, "of several schemas isn't supported. Write one schema that has what all of them ask for")
        }
        var alternatives: [Schema] = []
        for (index, value) in values.enumerated() {
            alternatives.append(try schema(value, at: place.at("\(index)")))
        }
        if keyword == "oneOf" {
            for (index, one) in alternatives.enumerated() {
                for (other, schema) in alternatives.enumerated().dropFirst(index + 1) where !one.excludes(schema) {
                    throw error(
                        place,
                        "a value might fit both \(index) and \(other), which oneOf forbids. Write anyOf if it may"
                    )
                }
            }
        }
        return .anyOf(alternatives)
    }

    private mutating func reference(_ value: JSONValue, at place: Place) throws(JSONSchemaError) -> Schema {
        guard let pointer = value.string, pointer == "#" || pointer.hasPrefix("#/") else {
            throw error(
                place,
                "must be a reference within the document, such as \"#/$defs/name\". Copy the schema to there"
            )
        }
        guard !place.references.contains(pointer), pointer != "#" else {
            throw error(place, "\(pointer) is recursive. Write out as many levels as are needed")
        }
        var target: JSONValue? = root
        for part in pointer.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
            let key = Self.percentDecoded(part).replacing("~1", with: "/").replacing("~0", with: "~")
            target = target?.array == nil ? target?[key] : Int(key).flatMap { target?[$0] }
        }
        guard let target else {
            throw error(place, "\(pointer): there is no such place in the document. Correct the reference")
        }
        let inner = Place(pointer: pointer, depth: place.depth, references: place.references + [pointer])
        return try schema(target, at: inner)
    }

    /// The text with `%7B` and the like replaced; as it is where that isn't UTF-8.
    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(UInt8(digits[0] * 16 + digits[1]))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? String(text)
    }

    // MARK: Types

    private mutating func typed(_ object: JSONObject, at place: Place) throws(JSONSchemaError) -> Schema {
        let values = try enumeration(object, at: place)
        guard let type: JSONValue = object["type"] else {
            guard let values else {
                throw error(place, "accepts values of any type. Add \"type\", such as \"type\": \"object\"")
            }
            try rejectOthers(object, place, understood: ["enum", "const"])
            return .oneOf(values)
        }
        let names = type.array?.map(\.string) ?? [type.string]
        let types = names.compactMap { $0 }.filter { Self.keywords[$0] != nil }
        guard !types.isEmpty, types.count == names.count else {
            let known = "object, array, string, integer, number, boolean and null"
            throw error(place.at("type"), "\(type.excerpt) is no type. The types are \(known)")
        }
        // What says nothing of these types, but of others, is without effect.
        let understood = Self.keywords.values.reduce(into: Set(["type", "enum", "const"])) { $0.formUnion($1) }
        try rejectOthers(try withoutFormat(object, types, at: place), place, understood: understood)
        var alternatives: [Schema] = []
        for type in types { alternatives.append(try schema(of: type, object, at: place)) }
        let schema = Schema.anyOf(alternatives)
        guard let values else { return schema }
        let fitting = values.filter { (try? schema.validate($0)) != nil }
        guard !fitting.isEmpty else {
            throw error(place, "none of its values is \(schema). Correct the type or the values")
        }
        return .oneOf(fitting)
    }

    /// The values that `enum` and `const` leave; `nil` if there are neither.
    private func enumeration(_ object: JSONObject, at place: Place) throws(JSONSchemaError) -> [JSONValue]? {
        let only: JSONValue? = object["const"]
        guard let values: JSONValue = object["enum"] else { return only.map { [$0] } }
        guard let values = values.array, !values.isEmpty else {
            throw error(place.at("enum"), "must be an array of values. Write at least one")
        }
        guard let only else { return values }
        guard values.contains(only) else {
            throw error(place.at("const"), "isn't one of the enum's values. Remove one of both")
        }
        return [only]
    }

    /// `format` only describes numbers: OpenAPI's are those of a `Double` and of 64 bits.
    private func withoutFormat(
        _ object: JSONObject,
        _ types: [String],
        at place: Place
    ) throws(JSONSchemaError) -> JSONObject {
        guard let format: JSONValue = object["format"] else { return object }
        let applies = types.contains("string") || !["int64", "double"].contains(format.string)
        if applies {
            throw error(
                place.at("format"),
                "\(format.excerpt) isn't supported. Remove it, say the form in the description, and check the values yourself"
            )
        }
        var rest = object
        rest["format"] = JSONValue?.none
        return rest
    }

    private mutating func schema(
        of type: String,
        _ object: JSONObject,
        at place: Place
    ) throws(JSONSchemaError) -> Schema {
        switch type {
        case "null": return .null
        case "boolean": return .boolean
        case "string": return try text(object, place)
        case "integer": return .integer(in: try integers(object, place))
        case "number":
            let (lower, upper) = try bounds(object, place)
            guard lower <= upper else {
                throw error(place, "no number is from \(lower) to \(upper). Correct the bounds")
            }
            return .number(in: lower...upper)
        case "array": return try array(object, place)
        default: return try properties(object, place)
        }
    }

    private func text(_ object: JSONObject, _ place: Place) throws(JSONSchemaError) -> Schema {
        let length = try counts(object, "minLength", "maxLength", place)
        guard let value: JSONValue = object["pattern"] else { return .string(length: length) }
        let place = place.at("pattern")
        guard let text = value.string else {
            throw error(place, "\(value.excerpt): must be a regular expression in quotes")
        }
        guard length == 0...Int.max else {
            throw error(
                place,
                "isn't supported beside minLength and maxLength. Put the bounds into the pattern, as in ^[a-z]{2,9}$"
            )
        }
        do {
            return .string(pattern: try StringPattern(anchored: text))
        } catch let flaw {
            throw error(place, "in column \(flaw.column) of \(value.excerpt): \(flaw.message)")
        }
    }

    private func counts(
        _ object: JSONObject,
        _ minimum: String,
        _ maximum: String,
        _ place: Place
    ) throws(JSONSchemaError) -> ClosedRange<Int> {
        func count(_ key: String) throws(JSONSchemaError) -> Int? {
            guard let value: JSONValue = object[key] else { return nil }
            guard let count = value.wholeNumber, count >= 0 else {
                throw error(place.at(key), "\(value.excerpt): must be a count. Write a whole number from 0 on")
            }
            return count
        }
        let lower = try count(minimum) ?? 0
        let upper = try count(maximum) ?? .max
        guard lower <= upper else {
            throw error(place, "nothing fits: \(minimum) is above \(maximum). Correct one of them")
        }
        return lower...upper
    }

    /// The bounds of a number; the exclusive ones are the next numbers beyond.
    private func bounds(_ object: JSONObject, _ place: Place) throws(JSONSchemaError) -> (lower: Double, upper: Double)
    {
        func bound(_ key: String) throws(JSONSchemaError) -> Double? {
            guard let value: JSONValue = object[key] else { return nil }
            guard let number = value.number, number.isFinite else {
                throw error(place.at(key), "\(value.excerpt): must be a number. Correct it")
            }
            return number
        }
        let lower = max(try bound("minimum") ?? -.infinity, try bound("exclusiveMinimum")?.nextUp ?? -.infinity)
        let upper = min(try bound("maximum") ?? .infinity, try bound("exclusiveMaximum")?.nextDown ?? .infinity)
        return (lower, upper)
    }

    private func integers(_ object: JSONObject, _ place: Place) throws(JSONSchemaError) -> ClosedRange<Int> {
        // Exactly where the bounds are integers, which a Double of more than 53 bits isn't.
        func bound(_ key: String, _ step: Int, _ rule: FloatingPointRoundingRule) throws(JSONSchemaError) -> Int? {
            guard let value: JSONValue = object[key] else { return nil }
            if let integer = value.wholeNumber {
                let (result, overflows) = integer.addingReportingOverflow(step)
                if !overflows { return result }
            } else if let number = value.number, number.isFinite {
                if let integer = Int(exactly: number.rounded(rule)) { return integer }
                // Beyond 64 bits, a bound that excludes nothing is none.
                if (number > 0) == (rule == .down) { return nil }
            }
            throw error(place.at(key), "\(value.excerpt): no integer of 64 bits fits. Correct the bound")
        }
        let lower = max(try bound("minimum", 0, .up) ?? .min, try bound("exclusiveMinimum", 1, .up) ?? .min)
        let upper = min(try bound("maximum", 0, .down) ?? .max, try bound("exclusiveMaximum", -1, .down) ?? .max)
        guard lower <= upper else { throw error(place, "no integer is from \(lower) to \(upper). Correct the bounds") }
        return lower...upper
    }

    private mutating func array(_ object: JSONObject, _ place: Place) throws(JSONSchemaError) -> Schema {
        if let unique: JSONValue = object["uniqueItems"], unique != .bool(false) {
            throw error(place.at("uniqueItems"), "isn't supported. Remove it, and check the elements yourself")
        }
        let count = try counts(object, "minItems", "maxItems", place)
        guard let items: JSONValue = object["items"] else {
            throw error(place, "accepts elements of any type. Add \"items\" with their schema")
        }
        var inner = place.at("items")
        inner.depth += 1
        return .array(of: try schema(items, at: inner), count: count)
    }

    private mutating func properties(_ object: JSONObject, _ place: Place) throws(JSONSchemaError) -> Schema {
        if let additional: JSONValue = object["additionalProperties"], additional != .bool(false) {
            throw error(
                place.at("additionalProperties"),
                "isn't supported, unless it is false. Name the keys under \"properties\""
            )
        }
        let value: JSONValue = object["properties"] ?? [:]
        guard let members = value.object else {
            throw error(place.at("properties"), "must be an object. Write a schema for each key")
        }
        var required: Set<String> = []
        let names: JSONValue = object["required"] ?? []
        guard let names = names.array else { throw error(place.at("required"), "must be an array of keys. Correct it") }
        for (index, name) in names.enumerated() {
            let place = place.at("required").at("\(index)")
            guard let name = name.string else { throw error(place, "must be a key. Write it in quotes") }
            guard members.keys.contains(name) else {
                throw error(
                    place,
                    "\(JSONValue.string(name).text) isn't among the properties. Add it there, or remove it"
                )
            }
            required.insert(name)
        }
        var properties: [Schema.Property] = []
        for (name, value) in members {
            var inner = place.at("properties").at(name)
            inner.depth += 1
            let schema = try schema(value, at: inner)
            properties.append(required.contains(name) ? .required(name, schema) : .optional(name, schema))
        }
        return .object(properties)
    }
}

extension Schema {
    /// Whether surely no value fits both this schema and `other`.
    fileprivate func excludes(_ other: Schema) -> Bool {
        switch (kind, other.kind) {
        case (.anyOf(let alternatives), _): alternatives.allSatisfy { $0.excludes(other) }
        case (_, .anyOf(let alternatives)): alternatives.allSatisfy { excludes($0) }
        case (.literal(let value), _): (try? other.validate(value)) == nil
        case (_, .literal(let value)): (try? validate(value)) == nil
        case (.null, .null), (.boolean, .boolean): false
        case (.integer(let a), .integer(let b)): !a.overlaps(b)
        case (.number(let a), .number(let b)): !a.overlaps(b)
        case (.integer, .number), (.number, .integer): false
        case (.string(let a), .string(let b)): !a.overlaps(b)
        case (.pattern, .pattern), (.pattern, .string), (.string, .pattern): false
        case (.array(_, let a), .array(_, let b)): !a.overlaps(b)
        case (.object(let a), .object(let b)): Self.excludes(a, b) || Self.excludes(b, a)
        default: true
        }
    }

    /// Whether a key that `one` asks for is unknown to `other`, or has another value there.
    private static func excludes(_ one: [Property], _ other: [Property]) -> Bool {
        one.contains { property in
            property.isRequired
                && other.first { $0.name == property.name }.map { property.schema.excludes($0.schema) } ?? true
        }
    }
}
