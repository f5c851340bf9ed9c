import Telemetry

/// A recursive-descent reader of the notation that ``Schema/init(parsing:)`` documents.
///
/// It reads bytes, because all syntax is ASCII, and because a combining mark after a quote would make one `Character`
/// of both. Errors count characters.
struct NotationParser {
    private let text: String
    private var index: String.Index
    private var depth = 0

    static let maximumDepth = 64

    init(_ text: String) {
        self.text = text
        index = text.startIndex
    }

    mutating func wholeSchema() throws(SchemaError) -> Schema {
        let schema = try union()
        guard next == nil else { throw error("expected the end, or | before another alternative") }
        return schema
    }

    // MARK: Scanning

    private func error(_ message: String, at index: String.Index? = nil) -> SchemaError {
        SchemaError(message, in: text, at: index ?? self.index)
    }

    private func byte(at index: String.Index) -> UInt8? { index < text.endIndex ? text.utf8[index] : nil }

    /// The next byte that isn't white space; white space before it is skipped.
    private var next: UInt8? {
        mutating get {
            while let byte = byte(at: index), [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
                text.utf8.formIndex(after: &index)
            }
            return byte(at: index)
        }
    }

    /// Skips `symbol`, if it comes next.
    private mutating func take(_ symbol: StaticString) -> Bool {
        _ = next
        guard text.utf8[index...].starts(with: symbol.bytes) else { return false }
        index = text.utf8.index(index, offsetBy: symbol.utf8CodeUnitCount)
        return true
    }

    private mutating func expect(_ symbol: StaticString, _ message: String) throws(SchemaError) {
        guard take(symbol) else { throw error(message) }
    }

    /// Skips the longest run of bytes for which `isPart` holds.
    private mutating func run(while isPart: (UInt8) -> Bool) -> Substring {
        let start = index
        while let byte = byte(at: index), isPart(byte) { text.utf8.formIndex(after: &index) }
        return text[start..<index]
    }

    /// The word that comes next, without skipping it.
    private mutating func peekWord() -> Substring {
        _ = next
        let start = index
        defer { index = start }
        // Beyond ASCII everything is part of a word, so that errors show whole words.
        return run { $0 >= 0x80 || $0 == UInt8(ascii: "_") || $0.isDigit || ($0 | 0x20).isLowercaseLetter }
    }

    // MARK: Schemas

    private mutating func union() throws(SchemaError) -> Schema {
        var alternatives = [try array()]
        while true {
            if peekWord() == "or" {
                index = text.utf8.index(index, offsetBy: 2)
            } else if !take("|") {
                return .anyOf(alternatives)
            }
            alternatives.append(try array())
        }
    }

    private mutating func array() throws(SchemaError) -> Schema {
        var schema = try single()
        while next == UInt8(ascii: "[") {
            guard depth + schema.depth < Self.maximumDepth else { throw tooDeep() }
            _ = take("[")
            schema = .array(of: schema, count: try counts())
            try expect("]", "expected ] or a range such as [2..4] after the element's type")
        }
        return schema
    }

    private mutating func single() throws(SchemaError) -> Schema {
        switch next {
        case UInt8(ascii: "\""): return .literal(.string(try string()))
        case UInt8(ascii: "{"): return try nested { parser throws(SchemaError) in try parser.object() }
        case UInt8(ascii: "["):
            return try nested { parser throws(SchemaError) in
                _ = parser.take("[")
                if parser.take("]") {
                    throw parser.error("expected the elements' type: write string[], or [string]")
                }
                let element = try parser.union()
                try parser.expect("]", "expected ] after the elements' type")
                return .array(of: element)
            }
        case UInt8(ascii: "("):
            return try nested { parser throws(SchemaError) in
                _ = parser.take("(")
                let schema = try parser.union()
                try parser.expect(")", "expected ) or |")
                return schema
            }
        case let byte? where byte.isDigit || byte == UInt8(ascii: "-"): return .literal(try number())
        default: return try named()
        }
    }

    private func tooDeep() -> SchemaError {
        error("nested more than \(Self.maximumDepth) deep. Make the schema flatter")
    }

    private mutating func nested(
        _ body: (inout NotationParser) throws(SchemaError) -> Schema
    ) throws(SchemaError) -> Schema {
        guard depth < Self.maximumDepth else { throw tooDeep() }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func named() throws(SchemaError) -> Schema {
        let word = peekWord()
        let start = index
        index = word.endIndex
        switch word {
        case "null": return .null
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "boolean", "bool": return .boolean
        case "string": return try textual()
        case "integer", "int": return .integer(in: try range(Int.min...Int.max, "an integer of 64 bits", \.integer))
        case "number", "float":
            return .number(in: try range(-Double.infinity...Double.infinity, "a number", \.finiteNumber))
        default:
            let what = word.isEmpty ? "expected a type" : "\(word): unknown type"
            throw error(
                "\(what). Write string, integer (int), number (float), boolean (bool), null, a literal such as \"text\""
                    + " or 42, {…}, […], or (…)",
                at: start
            )
        }
    }

    /// What follows `string`: a pattern, a range of lengths, or nothing.
    private mutating func textual() throws(SchemaError) -> Schema {
        let start = index
        let length = try counts()
        let hasLength = index > start && length != 0...Int.max
        guard next == UInt8(ascii: "/") else { return .string(length: length) }
        guard !hasLength else { throw lengthBesidePattern }
        let opening = index
        text.utf8.formIndex(after: &index)
        var parser = PatternParser(text, from: index, delimiter: "/")
        let pattern = try StringPattern(&parser)
        index = parser.index
        guard take("/") else { throw error("this pattern isn't closed. Write / behind it", at: opening) }
        let isNumber = next.map { $0.isDigit || $0 == UInt8(ascii: "-") } ?? false
        if isNumber || text.utf8[index...].starts(with: "..".utf8) { throw lengthBesidePattern }
        return .string(pattern: pattern)
    }

    private var lengthBesidePattern: SchemaError {
        error("a length beside a pattern isn't supported. Put the bounds into the pattern, as in [a-z]{2,9}")
    }

    // MARK: Objects

    private mutating func object() throws(SchemaError) -> Schema {
        _ = take("{")
        if take("}") { return .object([]) }
        var properties: [Schema.Property] = []
        var names: Set<String> = []
        repeat {
            guard next == UInt8(ascii: "\"") else {
                let word = peekWord()
                throw error("expected a key in quotes" + (word.isEmpty ? "" : ": write \"\(word)\""))
            }
            let start = index
            let name = try string()
            guard names.insert(name).inserted else {
                throw error("the key \(JSONValue.string(name)) stands twice. Remove one, or rename it", at: start)
            }
            let isOptional = take("?")
            try expect(":", "expected : and a type after the key \(JSONValue.string(name))")
            if name == "one_of", properties.isEmpty, !isOptional, next == UInt8(ascii: "[") {
                return try enumeration()
            }
            properties.append(.init(name: name, schema: try union(), isRequired: !isOptional))
        } while take(",")
        if next == UInt8(ascii: "?") {
            throw error("the ? stands behind the key: write \"key\"?: type where it may be left out, or type or null")
        }
        try expect("}", "expected , or } or | after the property")
        return .object(properties)
    }

    /// What follows `{"one_of":`.
    private mutating func enumeration() throws(SchemaError) -> Schema {
        let start = index
        skipBrackets()
        guard let values = try json(text[start..<index], at: start).array, !values.isEmpty else {
            throw error("one_of: no values. Write at least one between the brackets", at: start)
        }
        try expect("}", "expected } after the values of one_of. For a key of that name, write its type as string[]")
        return .oneOf(values)
    }

    // MARK: Literals and ranges

    private mutating func string() throws(SchemaError) -> String {
        let start = index
        skipString()
        // It begins with a quote, so what was read is a string.
        return try json(text[start..<index], at: start).string ?? ""
    }

    private mutating func number() throws(SchemaError) -> JSONValue {
        let start = index
        _ = take("-")
        _ = run(while: \.isDigit)
        // In 1..10 the points aren't the number's.
        if byte(at: index) == UInt8(ascii: "."), !text.utf8[index...].starts(with: "..".utf8) {
            text.utf8.formIndex(after: &index)
            _ = run(while: \.isDigit)
        }
        if let byte = byte(at: index), byte | 0x20 == UInt8(ascii: "e") {
            text.utf8.formIndex(after: &index)
            if let sign = self.byte(at: index), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                text.utf8.formIndex(after: &index)
            }
            _ = run(while: \.isDigit)
        }
        let value = try json(text[start..<index], at: start)
        guard value.finiteNumber != nil else { throw error("\(text[start..<index]): too large", at: start) }
        return value
    }

    /// A range of lengths or counts, if one comes next, and otherwise all of them.
    private mutating func counts() throws(SchemaError) -> ClosedRange<Int> {
        try range(0...Int.max, "a count") { $0.integer.flatMap { $0 < 0 ? nil : $0 } }
    }

    /// A range, if one comes next, and otherwise `unbounded`.
    private mutating func range<Bound>(
        _ unbounded: ClosedRange<Bound>,
        _ what: String,
        _ read: (JSONValue) -> Bound?
    ) throws(SchemaError) -> ClosedRange<Bound> {
        let isNumber = next.map { $0.isDigit || $0 == UInt8(ascii: "-") } ?? false
        let start = index
        guard isNumber || text.utf8[index...].starts(with: "..".utf8) else { return unbounded }
        let lower = isNumber ? try bound(what, read) : unbounded.lowerBound
        try expect("..", "expected .. in a range: write 1..10, 1.., or ..10")
        let hasUpper = next.map { $0.isDigit || $0 == UInt8(ascii: "-") } ?? false
        let upper = hasUpper ? try bound(what, read) : unbounded.upperBound
        guard lower <= upper else {
            throw error("\(lower)..\(upper): nothing fits. Write the smaller bound first", at: start)
        }
        return lower...upper
    }

    private mutating func bound<Bound>(
        _ what: String,
        _ read: (JSONValue) -> Bound?
    ) throws(SchemaError) -> Bound {
        let start = index
        guard let bound = read(try number()) else {
            throw error("\(text[start..<index]): expected \(what) as a bound", at: start)
        }
        return bound
    }

    // MARK: JSON within the notation

    /// Reads `part`, which begins at `start`, as JSON.
    private func json(_ part: Substring, at start: String.Index) throws(SchemaError) -> JSONValue {
        do {
            return try JSONValue(parsing: part)
        } catch {
            throw self.error("invalid JSON: \(error.reason)", at: text.utf8.index(start, offsetBy: error.offset))
        }
    }

    /// Skips a string from its opening quote on; to the end, where the closing one is missing.
    private mutating func skipString() {
        text.utf8.formIndex(after: &index)
        while let byte = byte(at: index) {
            text.utf8.formIndex(after: &index)
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\"), index < text.endIndex { text.utf8.formIndex(after: &index) }
        }
    }

    /// Skips an array from its opening bracket on; to the end, where the closing one is missing.
    private mutating func skipBrackets() {
        var open = 0
        while let byte = byte(at: index) {
            if byte == UInt8(ascii: "\"") {
                skipString()
                continue
            }
            text.utf8.formIndex(after: &index)
            if byte == UInt8(ascii: "[") { open += 1 }
            if byte == UInt8(ascii: "]") { open -= 1 }
            if open == 0 { return }
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}

extension StaticString {
    fileprivate var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}

extension JSONValue {
    /// The number, unless it is too large for a `Double`.
    fileprivate var finiteNumber: Double? { number.flatMap { $0.isFinite ? $0 : nil } }
}
