public import Telemetry

/// Where a value doesn't have the shape that a schema asks for.
public struct SchemaViolation: Error, Sendable, Hashable {
    /// The place in the value, from its root `$`: `$.steps[2].tool`.
    public var path: String
    /// What the schema asks for there.
    public var expected: String
    /// What is there; long values are cut.
    public var found: String
}

extension SchemaViolation: CustomStringConvertible {
    /// `$.steps[2].tool: expected "search" | "calculator", found "serch"`.
    public var description: String { "\(path): expected \(expected), found \(found)" }
}

extension Schema {
    /// Checks that `value` has this shape.
    ///
    /// The order of an object's keys makes no difference, nor does writing a number `3` or `3.0`.
    ///
    /// - Throws: ``SchemaViolation`` for the first place that doesn't fit. Where no alternative of a union fits, it is the
    ///   place in the alternative that fits furthest, if there is one such, and otherwise the union's.
    /// - Complexity: Linear in the size of the value, for schemas without unions.
    public func validate(_ value: JSONValue) throws(SchemaViolation) {
        if let mismatch = mismatch(with: value, at: []) { throw mismatch.violation }
    }

    /// The first place at or below `path` where `value` doesn't fit.
    private func mismatch(with value: JSONValue, at path: [PathElement]) -> Mismatch? {
        switch (kind, value) {
        case (.null, .null), (.boolean, .bool): return nil
        case (.integer(let range), _):
            if let integer = value.wholeNumber, range.contains(integer) { return nil }
        case (.number(let range), _):
            if let number = value.number, number.isFinite, range.contains(number) { return nil }
        case (.string(let length), .string(let text)):
            let count = text.unicodeScalars.count
            if length.contains(count) { return nil }
            return Mismatch(path, description, "\(count) characters: \(value.excerpt)")
        case (.pattern(let pattern), .string(let text)):
            if pattern.matches(text) { return nil }
        case (.literal(let literal), _):
            if literal.isSameJSON(as: value) { return nil }
            return Mismatch(path, description, value.excerpt, isLiteral: true)
        case (.array(let element, let count), .array(let elements)):
            guard count.contains(elements.count) else {
                return Mismatch(path, description, "\(elements.count) elements: \(value.excerpt)")
            }
            for (place, value) in elements.enumerated() {
                if let mismatch = element.mismatch(with: value, at: path + [.index(place)]) { return mismatch }
            }
            return nil
        case (.object(let properties), .object(let object)):
            return Self.mismatch(of: object, with: properties, at: path)
        case (.anyOf(let alternatives), _):
            var mismatches: [Mismatch] = []
            for alternative in alternatives {
                guard let mismatch = alternative.mismatch(with: value, at: path) else { return nil }
                mismatches.append(mismatch)
            }
            guard let furthest = mismatches.map(\.reach).max(by: <) else { break }
            let best = mismatches.filter { $0.reach == furthest }
            if furthest.0 > path.count, best.count == 1 { return best[0] }
        default: break
        }
        return Mismatch(path, description, value.excerpt)
    }

    private static func mismatch(
        of object: JSONObject,
        with properties: [Property],
        at path: [PathElement]
    ) -> Mismatch? {
        let members = Dictionary(object.map { ($0.key, $0.value) }) { first, _ in first }
        for property in properties {
            let path = path + [.key(property.name)]
            if let value = members[property.name] {
                if let mismatch = property.schema.mismatch(with: value, at: path) { return mismatch }
            } else if property.isRequired {
                return Mismatch(path, property.schema.description, "nothing")
            }
        }
        let names = Set(properties.map(\.name))
        guard let unknown = object.keys.first(where: { !names.contains($0) }) else { return nil }
        let known = properties.map { JSONValue.string($0.name).text }.joined(separator: ", ")
        let expected = known.isEmpty ? "an object without keys" : "no other keys than \(known)"
        return Mismatch(path, expected, JSONValue.string(unknown).excerpt)
    }
}

/// A violation whose place is still a list, so that alternatives can be compared by how far they fit.
private struct Mismatch {
    let path: [PathElement]
    let expected: String
    let found: String
    let isLiteral: Bool

    init(_ path: [PathElement], _ expected: String, _ found: String, isLiteral: Bool = false) {
        self.path = path
        self.expected = expected
        self.found = found
        self.isLiteral = isLiteral
    }

    /// How far the alternative fits; a literal that doesn't often tells that another alternative was meant.
    var reach: (Int, Int) { (path.count, isLiteral ? 0 : 1) }

    var violation: SchemaViolation {
        SchemaViolation(path: path.reduce("$") { $0 + $1.description }, expected: expected, found: found)
    }
}

private enum PathElement: CustomStringConvertible {
    case key(String)
    case index(Int)

    var description: String {
        switch self {
        case .index(let index): "[\(index)]"
        case .key(let key) where !key.isEmpty && key.allSatisfy({ $0.isLetter || $0.isWholeNumber || $0 == "_" }):
            ".\(key)"
        case .key(let key): "[\(JSONValue.string(key).text)]"
        }
    }
}

extension JSONValue {
    /// The value as JSON, cut after 80 characters.
    var excerpt: String {
        let text = text
        return text.count > 80 ? text.prefix(80) + "…" : text
    }

    /// The integer, also when it is written `3.0`.
    var wholeNumber: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// Whether both stand for the same JSON value: equal, but for `3` and `3.0`, which are.
    fileprivate func isSameJSON(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer, .number), (.number, .integer): number == other.number
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isSameJSON(as: $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { key, value in
                    let other: JSONValue? = b[key]
                    return other.map(value.isSameJSON(as:)) ?? false
                }
        default: self == other
        }
    }
}
