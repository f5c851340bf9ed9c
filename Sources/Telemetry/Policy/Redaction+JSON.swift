extension Redaction {
    /// The members with all that must not be stored masked; `nil` if there is nothing of that.
    public func masked(_ object: JSONObject) -> JSONObject? { masked(object, depth: 0) }

    /// The value with all that must not be stored masked; `nil` if there is nothing of that.
    ///
    /// At a secret key whatever says something is masked as a whole; `null`, `true` and `false` don't, and stay.
    public func masked(_ value: JSONValue, at key: String) -> JSONValue? { masked(value, at: key, depth: 0) }

    private func masked(_ value: JSONValue, at key: String, depth: Int) -> JSONValue? {
        // `Optional.none` where `nil` might stand for the value `null`.
        let new: JSONValue?
        switch value {
        case .null, .bool: new = Optional.none
        case _ where masks(key: key): new = .string(Self.mark)
        default: new = masked(value, depth: depth)
        }
        guard let replacement else { return new }
        let replaced = replacement(key, new ?? value)
        return replaced == value ? Optional.none : replaced
    }

    private func masked(_ value: JSONValue, depth: Int) -> JSONValue? {
        // No line has that depth: the limits cut there, and so do we, lest what is below goes unseen.
        guard depth < JSONValue.maximumDepth else { return .string("…[nested too deeply]") }
        switch value {
        case .null, .bool, .number: return nil
        case .integer(let number):
            guard masksCardNumbers else { return nil }
            return masked(String(number)).map(JSONValue.string)
        case .string(let text): return masked(text).map(JSONValue.string)
        case .object(let object): return masked(object, depth: depth + 1).map(JSONValue.object)
        case .array(let elements):
            var new: [JSONValue]?
            for (place, element) in elements.enumerated() {
                guard let element = masked(element, depth: depth + 1) else { continue }
                if new == nil { new = elements }
                new?[place] = element
            }
            return new.map(JSONValue.array)
        }
    }

    private func masked(_ object: JSONObject, depth: Int) -> JSONObject? {
        var members: [(String, JSONValue)]?
        for (place, member) in object.enumerated() {
            let key = masked(member.key)
            let value = masked(member.value, at: member.key, depth: depth)
            guard key != nil || value != nil || members != nil else { continue }
            if members == nil { members = object.prefix(place).map { ($0.key, $0.value) } }
            members?.append((key ?? member.key, value ?? member.value))
        }
        return members.map { JSONObject($0) }
    }
}
