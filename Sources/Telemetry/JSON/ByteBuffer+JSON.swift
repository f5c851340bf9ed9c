extension ByteBuffer {
    /// Appends `value` as compact JSON that fits within `limits`; what doesn't fit is cut, with a mark that says so.
    mutating func appendJSON(_ value: JSONValue, limits: Limits = .none, depth: Int = 0) {
        switch value {
        case .null: append("null" as StaticString)
        case .bool(true): append("true" as StaticString)
        case .bool(false): append("false" as StaticString)
        case .integer(let value): appendJSON(value)
        case .number(let value): appendJSON(value)
        case .string(let text): appendJSON(text, limit: limits.fieldBytes)
        case .array(let elements):
            guard depth < limits.depth else { return append("\"…[nested too deeply]\"" as StaticString) }
            append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { append(UInt8(ascii: ",")) }
                appendJSON(element, limits: limits, depth: depth + 1)
            }
            append(UInt8(ascii: "]"))
        case .object(let object):
            guard depth < limits.depth else { return append("\"…[nested too deeply]\"" as StaticString) }
            append(UInt8(ascii: "{"))
            for (place, member) in object.enumerated() {
                if place > 0 { append(UInt8(ascii: ",")) }
                appendJSON(member.key, limit: limits.fieldBytes)
                append(UInt8(ascii: ":"))
                appendJSON(member.value, limits: limits, depth: depth + 1)
            }
            append(UInt8(ascii: "}"))
        }
    }

    mutating func appendJSON(_ value: Int) {
        append(atMost: 24) { $0.put(value) }
    }

    /// Appends the shortest digits that read back as the same number; NaN and infinities as strings.
    mutating func appendJSON(_ value: Double) {
        if value.isNaN { return append("\"NaN\"" as StaticString) }
        if value.isInfinite {
            return value < 0 ? append("\"-Infinity\"" as StaticString) : append("\"Infinity\"" as StaticString)
        }
        append(value.description)
    }

    /// Appends a JSON string.
    ///
    /// Where it is longer than `limit` bytes, it ends at the last whole character before, and a mark says how many
    /// bytes went: `…[+1234 bytes]`.
    ///
    /// Escaped is what JSON wants escaped and whatever could act on a terminal that shows the line: C0 and C1 controls,
    /// DEL, line and paragraph separators, and the bidirectional controls (Unicode TR 36, "Bidirectional Text Spoofing").
    mutating func appendJSON(_ text: String, limit: Int = .max) {
        let length = text.utf8.count
        guard length > limit else { return text.withBytes { appendJSON($0) } }
        append(UInt8(ascii: "\""))
        var head = text.prefix(bytes: limit)
        let kept = head.utf8.count
        head.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        append("…[+" as StaticString)
        appendDigits(UInt64(length - kept))
        append(" bytes]\"" as StaticString)
    }

    /// Appends a JSON string that is a text in UTF-8.
    mutating func appendJSON(_ text: UnsafeRawBufferPointer) {
        if text.count <= ByteCursor.shortText, appendJSON(short: text, ifPlainAnd: { _ in true }) { return }
        append(UInt8(ascii: "\""))
        appendEscaped(text)
        append(UInt8(ascii: "\""))
    }

    /// Appends a JSON string that is a short text, if `isAllowed` likes it and nothing of it must be escaped.
    @inline(__always)
    mutating func appendJSON(
        short text: UnsafeRawBufferPointer,
        ifPlainAnd isAllowed: (UnsafeRawPointer) -> Bool
    ) -> Bool {
        var isWritten = false
        append(atMost: ByteCursor.shortText + 16) { isWritten = $0.put(quotedIfPlain: text, isAllowed) }
        return isWritten
    }

    /// Appends a JSON string that is a short text, if nothing of it must be escaped, and there can't be a secret in it.
    @inline(__always)
    mutating func appendJSON(short text: UnsafeRawBufferPointer, ifHarmlessTo scan: TextScan) -> Bool {
        var isWritten = false
        append(atMost: TextScan.short + 2) { line in
            isWritten = scan.copyHarmless(short: text, to: line.next + 1)
            if isWritten { line.putQuotes(around: text.count) }
        }
        return isWritten
    }
}
