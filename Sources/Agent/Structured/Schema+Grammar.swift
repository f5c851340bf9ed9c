import Telemetry

extension Schema {
    /// The most repetitions that llama.cpp takes (`MAX_REPETITION_THRESHOLD` in `llama-grammar.cpp`).
    static let maximumRepetition = 2000

    /// The grammar of this shape in GBNF, for llama.cpp's sampler; its root rule is `root`.
    ///
    /// The text is canonical: keys in the order of the schema, one space after each `:` and `,` and none elsewhere.
    /// All that it produces fits the schema, except that:
    /// - a range of numbers with a fractional bound is followed to the next whole number;
    /// - the two halves of a surrogate pair count as two where they are written as escapes;
    /// - minimal lengths and counts above 2000 are taken as 2000.
    ///
    /// Numbers are produced without an exponent, with at most 15 digits before and 6 after the point.
    ///
    /// - Complexity: The grammar's size is linear in the schema's.
    package var grammar: String {
        var writer = GrammarWriter()
        let root = writer.expression(self)
        return "root ::= \(root)\n" + writer.rules.map { "\($0.name) ::= \($0.body)\n" }.joined()
    }
}

/// Collects the rules that a schema's expression refers to.
///
/// What is repeated is a rule with a name, never a group, because llama.cpp multiplies nested groups' repetitions.
private struct GrammarWriter {
    private(set) var rules: [(name: String, body: String)] = []
    private var names: [String: String] = [:]

    /// The name of a rule for `body`; equal bodies share one.
    private mutating func rule(_ prefix: String, _ body: String) -> String {
        if let name = names[body] { return name }
        let name = "\(prefix)-\(rules.count + 1)"
        names[body] = name
        rules.append((name, body))
        return name
    }

    mutating func expression(_ schema: Schema) -> String {
        switch schema.kind {
        case .null: return terminal("null")
        case .boolean: return #"("true" | "false")"#
        case .integer(let range): return rule("integer", Digits.integer(range))
        case .number(let range): return rule("number", Digits.number(range))
        case .string(let length): return string(length)
        case .pattern(let pattern): return rule("pattern", "\"\\\"\" \(expression(pattern.node)) \"\\\"\"")
        case .literal(let value): return terminal(value.text)
        case .array(let element, let count): return array(of: element, count)
        case .object(let properties): return object(properties)
        case .anyOf(let alternatives): return "(" + alternatives.map { expression($0) }.joined(separator: " | ") + ")"
        }
    }

    /// A quoted text of GBNF; `text` is JSON, whose control characters are escaped already.
    private func terminal(_ text: String) -> String {
        var quoted = "\""
        // By scalars: a quote with a combining mark after it is a `Character` that isn't equal to a quote.
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private mutating func string(_ length: ClosedRange<Int>) -> String {
        let character = rule(
            "char",
            #"[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])"#
        )
        let characters = repeated(character, length, default: Schema.defaultMaximumLength)
        return rule("string", #""\"" \#(characters) "\"""#)
    }

    private mutating func expression(_ node: PatternNode) -> String {
        switch node {
        case .scalar(let set):
            let escaped = SpelledScalars.escaped.ranges.joined().filter(set.contains).compactMap(Unicode.Scalar.init)
            let spelled = escaped.map { terminal(String(Substring(SpelledScalars.spelling(of: $0)))) }
            let plain = set.subtracting(SpelledScalars.escaped).ranges.map {
                $0.count == 1 ? code($0.lowerBound) : "\(code($0.lowerBound))-\(code($0.upperBound))"
            }
            let alternatives = (plain.isEmpty ? [] : ["[\(plain.joined())]"]) + spelled
            return alternatives.count == 1 ? alternatives[0] : rule("set", alternatives.joined(separator: " | "))
        case .sequence(let nodes):
            let parts = nodes.map { expression($0) }.filter { !$0.isEmpty }
            return parts.isEmpty ? terminal("") : parts.joined(separator: " ")
        case .choice(let nodes): return "(" + nodes.map { expression($0) }.joined(separator: " | ") + ")"
        case .repetition(let node, let count):
            let part = rule("part", expression(node))
            let repeated = repeated(part, count, default: Schema.defaultMaximumLength)
            return repeated.isEmpty ? terminal("") : repeated
        }
    }

    /// A scalar within a set of GBNF; only letters and digits are safe as they are.
    private func code(_ scalar: UInt32) -> String {
        let digits = String(scalar, radix: 16, uppercase: true)
        let (letter, length) = scalar < 0x100 ? ("x", 2) : scalar < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: length - digits.count) + digits
    }

    private mutating func array(of element: Schema, _ count: ClosedRange<Int>) -> String {
        guard count.upperBound > 0 else { return terminal("[]") }
        let item = rule("item", expression(element))
        let next = rule("next", "\", \" \(item)")
        let more = max(0, count.lowerBound - 1)...(count.upperBound == .max ? .max : count.upperBound - 1)
        let items = "\(item) \(repeated(next, more, default: Schema.defaultMaximumCount - 1))"
        return count.lowerBound == 0 ? "\"[\" (\(items))? \"]\"" : "\"[\" \(items) \"]\""
    }

    /// `symbol` so many times, within what llama.cpp takes.
    private func repeated(_ symbol: String, _ count: ClosedRange<Int>, default maximum: Int) -> String {
        let lower = min(count.lowerBound, Schema.maximumRepetition)
        let upper = min(count.upperBound == .max ? max(maximum, lower) : count.upperBound, Schema.maximumRepetition)
        return upper == 0 ? "" : "\(symbol){\(lower),\(upper)}"
    }

    private mutating func object(_ properties: [Schema.Property]) -> String {
        if properties.isEmpty { return terminal("{}") }
        var members = properties.map { terminal(JSONValue.string($0.name).text + ": ") + " " + expression($0.schema) }
        // The commas are simple after a key that is there in any case. Before it, each key may be the first one.
        let firstRequired = properties.firstIndex(where: \.isRequired) ?? properties.count
        var tail = ""  // What follows the member before, if that is there.
        for (member, property) in zip(members, properties).dropFirst(firstRequired + 1).reversed() {
            tail = joined(property.isRequired ? "\", \" \(member)" : "(\", \" \(member))?", tail)
        }
        guard firstRequired > 0 else { return joined("\"{\"", members[0], tail, "\"}\"") }

        var beginnings: [String] = []
        for place in properties.indices.prefix(firstRequired + 1).reversed() {
            // What stands both at the beginning and after another is a rule, so that nesting doesn't double it each time.
            if !tail.isEmpty { tail = rule("rest", tail) }
            members[place] = rule("member", members[place])
            beginnings.insert(joined(members[place], tail), at: 0)
            tail = joined(place == firstRequired ? "\", \" \(members[place])" : "(\", \" \(members[place]))?", tail)
        }
        let group = "(" + beginnings.joined(separator: " | ") + ")"
        return joined("\"{\"", firstRequired == properties.count ? group + "?" : group, "\"}\"")
    }

    private func joined(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: " ") }
}
