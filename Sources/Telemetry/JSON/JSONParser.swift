/// What was wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The offset in bytes of what was wrong.
    public var offset: Int
    /// What was expected there, or what was wrong.
    public var reason: String

    /// The reason and the offset.
    public var description: String { "invalid JSON at byte \(offset): \(reason)" }
}

extension JSONValue {
    /// How deeply arrays and objects may be nested in a text that is read: a debug build needs 1.5 KiB of stack a level,
    /// and threads may have no more than 512 KiB.
    static let maximumDepth = 128

    /// Reads one JSON value (RFC 8259) that fills the whole text.
    ///
    /// - Throws: ``JSONError`` for anything else, for text that is not UTF-8, and for values nested more than 128 deep.
    public init(parsing text: some StringProtocol) throws(JSONError) {
        self = try Self.parse(String(text))
    }

    private static func parse(_ text: String) throws(JSONError) -> JSONValue {
        var text = text
        // `withUTF8` rethrows untyped: the result carries the typed error out.
        let result = text.withUTF8 { utf8 in
            Result { () throws(JSONError) in try JSONValue(parsing: UnsafeRawBufferPointer(utf8)) }
        }
        return try result.get()
    }

    /// Reads one JSON value that fills all of `bytes`.
    init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.text()
    }
}

/// A recursive-descent reader of RFC 8259, strict, with a bound on depth.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    /// The keys of an outermost object that has one twice; empty for any other value.
    private(set) var keysWithRepeats: [String] = []
    private var depth = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    /// Skips `byte`, if it comes next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    /// The value that fills all of `bytes`.
    mutating func text() throws(JSONError) -> JSONValue {
        let value = try value()
        skipWhitespace()
        if offset < bytes.count { throw error("expected the end") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipWhitespace()
        guard let byte = next else { throw error("expected a value") }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("expected a value")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: length)
        guard bytes.count - offset >= length, bytes[offset..<offset + length].elementsEqual(expected) else {
            throw error("expected \(word)")
        }
        offset += length
        return value
    }

    private mutating func nested<Value>(
        _ body: (inout JSONParser) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        guard depth < JSONValue.maximumDepth else { throw error("nested more than \(JSONValue.maximumDepth) deep") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try nested { (parser) throws(JSONError) in
            var elements: [JSONValue] = []
            parser.offset += 1
            parser.skipWhitespace()
            if parser.take(UInt8(ascii: "]")) { return elements }
            while true {
                elements.append(try parser.value())
                parser.skipWhitespace()
                if parser.take(UInt8(ascii: "]")) { return elements }
                guard parser.take(UInt8(ascii: ",")) else { throw parser.error("expected , or ]") }
            }
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try nested { (parser) throws(JSONError) in
            var members: [(String, JSONValue)] = []
            parser.offset += 1
            parser.skipWhitespace()
            if parser.take(UInt8(ascii: "}")) { return JSONObject() }
            while true {
                parser.skipWhitespace()
                guard parser.next == UInt8(ascii: "\"") else { throw parser.error("expected a key in quotes") }
                let key = try parser.string()
                parser.skipWhitespace()
                guard parser.take(UInt8(ascii: ":")) else { throw parser.error("expected :") }
                members.append((key, try parser.value()))
                parser.skipWhitespace()
                if parser.take(UInt8(ascii: "}")) {
                    let object = JSONObject(members)
                    if parser.depth == 1, object.count < members.count { parser.keysWithRepeats = members.map(\.0) }
                    return object
                }
                guard parser.take(UInt8(ascii: ",")) else { throw parser.error("expected , or }") }
            }
        }
    }

    private mutating func digits() throws(JSONError) {
        guard let byte = next, (0x30...0x39).contains(byte) else { throw error("expected a digit") }
        while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text) else { throw JSONError(offset: start, reason: "not a number") }
        return .number(number)
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        if next == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return try validated(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), at: start)
        }
        var unescaped = ByteBuffer(capacity: 256)
        unescaped.append(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return try validated(unescaped.bytes, at: start)
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &unescaped)
            case 0..<0x20: throw error("control character in a string")
            default:
                unescaped.append(byte)
                offset += 1
            }
        }
        throw error("string without an end")
    }

    private func validated(_ utf8: UnsafeRawBufferPointer, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw JSONError(offset: start, reason: "string that is not UTF-8")
        }
        return text
    }

    private mutating func escape(into text: inout ByteBuffer) throws(JSONError) {
        guard let byte = next else { throw error("string without an end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hex4()
            if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\"), offset + 1 < bytes.count,
                bytes[offset + 1] == UInt8(ascii: "u")
            {
                let restart = offset
                offset += 2
                let low = try hex4()
                if (0xDC00..<0xE000).contains(low) {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    offset = restart
                }
            }
            // A surrogate without its other half stands for no character: U+FFFD, as readers of WTF-8 do.
            text.append(String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")))
        default:
            offset -= 1
            throw error("unknown escape")
        }
    }

    private mutating func hex4() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = hexDigit(byte) else { throw error("expected four hex digits") }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }
}

/// The value of an ASCII hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
