internal import Telemetry

/// Writes spans as OTLP from the bytes of their lines, without making values of them.
///
/// Texts and numbers go over as they stand. What that isn't enough for (`\u` escapes, which may hold what no text can; keys
/// that stand twice; integers of more than 18 digits) is left to ``OTLP/span(_:)``.
struct OTLPWriter: ~Copyable {
    var output = OutputBytes()

    /// The keys of the objects that are being written, the innermost last, to see when one stands twice.
    private var keys: [UnsafeRawBufferPointer] = []

    /// Writes a line's span; returns whether it did.
    mutating func write(_ line: LineFields) -> Bool {
        let start = output.count
        keys.removeAll(keepingCapacity: true)
        if add(line) { return true }
        output.truncate(to: start)
        return false
    }

    private mutating func add(_ line: LineFields) -> Bool {
        for part in [line.eventType, line.name, line.error] where part.hasEscape && hasUnicodeEscape(line.bytes(part)) {
            return false
        }
        output.append("{\"traceId\":\"")
        output.append(hexadecimal: line.traceHigh)
        output.append(hexadecimal: line.traceLow)
        output.append("\",\"spanId\":\"")
        output.append(hexadecimal: line.spanID)
        if line.parentID != 0 {
            output.append("\",\"parentSpanId\":\"")
            output.append(hexadecimal: line.parentID)
        }
        output.append("\",\"name\":\"")
        let isCall = line.kind == .llmCall
        let operation: StaticString? =
            isCall
            ? "chat" : line.kind == .toolCall ? "execute_tool" : line.kind == .agentRun ? "invoke_agent" : nil
        if let operation { output.append(operation) } else { output.append(line.bytes(line.eventType)) }
        if line.name.count > 0 {
            if operation != nil || line.eventType.count > 0 { output.append(0x20) }
            output.append(line.bytes(line.name))
        }
        output.append(isCall ? "\",\"kind\":3,\"startTimeUnixNano\":\"" : "\",\"kind\":1,\"startTimeUnixNano\":\"")
        output.append(decimal: OTLP.nanoseconds(line.timestamp))
        output.append("\",\"endTimeUnixNano\":\"")
        output.append(decimal: OTLP.nanoseconds(line.end))
        output.append("\",\"attributes\":[{\"key\":\"agent_telemetry.event_type\",\"value\":{\"stringValue\":\"")
        output.append(line.bytes(line.eventType))
        output.append("\"}}")
        if let operation {
            output.append(",{\"key\":\"gen_ai.operation.name\",\"value\":{\"stringValue\":\"")
            output.append(operation)
            output.append("\"}}")
        }
        if line.data.isPresent {
            var scanner = JSONScanner(line.base + line.data.start)
            guard members(&scanner, isTop: true) else { return false }
        }
        if line.isFailure { output.append(",{\"key\":\"error.type\",\"value\":{\"stringValue\":\"_OTHER\"}}") }
        output.append("]")
        if line.isFailure {
            output.append(",\"status\":{\"code\":2,\"message\":\"")
            output.append(line.bytes(line.error))
            output.append("\"}")
        }
        output.append("}")
        return true
    }

    private func hasUnicodeEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 1 < bytes.count {
            if bytes[place] != 0x5C {
                place += 1
            } else if bytes[place + 1] == 0x75 {
                return true
            } else {
                place += 2
            }
        }
        return false
    }

    /// Takes a string's content.
    @inline(__always)
    private mutating func string(_ scanner: inout JSONScanner) -> UnsafeRawBufferPointer? {
        guard scanner.take(0x22) else { return nil }
        let start = scanner.place
        var hasEscape = false
        guard let end = scanner.string(hasEscape: &hasEscape) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: end - start)
        return hasEscape && hasUnicodeEscape(bytes) ? nil : bytes
    }

    private mutating func members(_ scanner: inout JSONScanner, isTop: Bool) -> Bool {
        guard scanner.take(0x7B) else { return false }
        if scanner.take(0x7D) { return true }
        let firstKey = keys.count
        var isFirst = !isTop
        repeat {
            scanner.skipWhitespace()
            guard let key = string(&scanner), scanner.take(0x3A) else { return false }
            for index in firstKey..<keys.count where isSame(keys[index], key) { return false }
            // An escape may spell a key that stands elsewhere without one.
            guard !key.contains(0x5C) else { return false }
            keys.append(key)
            scanner.skipWhitespace()
            if isTop, scanner.place.pointee == 0x6E {
                guard scanner.value() else { return false }
                continue
            }
            if !isFirst { output.append(0x2C) }
            isFirst = false
            output.append("{\"key\":\"")
            if isTop {
                if let name = Self.names.first(where: { isSame($0.key, key) }) {
                    output.append(name.attribute)
                } else {
                    output.append("agent_telemetry.")
                    output.append(key)
                }
            } else {
                output.append(key)
            }
            output.append("\",\"value\":")
            guard isTop ? attributeValue(of: key, &scanner) : value(&scanner) else { return false }
            output.append("}")
        } while scanner.take(0x2C)
        keys.removeLast(keys.count - firstKey)
        return scanner.take(0x7D)
    }

    /// A member's value in the form that the conventions want it in.
    private mutating func attributeValue(of key: UnsafeRawBufferPointer, _ scanner: inout JSONScanner) -> Bool {
        let isString = scanner.place.pointee == 0x22
        if isString, isSame(key, "finish_reason") {
            output.append("{\"arrayValue\":{\"values\":[")
            guard value(&scanner) else { return false }
            output.append("]}}")
            return true
        }
        guard !isString, isSame(key, "arguments") || isSame(key, "result") else { return value(&scanner) }
        // As JSON within a text.
        let start = scanner.place
        guard scanner.value() else { return false }
        output.append("{\"stringValue\":\"")
        var clean = start
        for place in start..<scanner.place where place.pointee == 0x22 || place.pointee == 0x5C || place.pointee < 0x20
        {
            guard place.pointee >= 0x20 else { return false }
            output.append(clean, count: place - clean)
            output.append(0x5C)
            clean = place
        }
        output.append(clean, count: scanner.place - clean)
        output.append("\"}")
        return true
    }

    private mutating func value(_ scanner: inout JSONScanner) -> Bool {
        switch scanner.place.pointee {
        case 0x22:
            guard let text = string(&scanner) else { return false }
            output.append("{\"stringValue\":\"")
            output.append(text)
            output.append("\"}")
        case 0x7B:
            output.append("{\"kvlistValue\":{\"values\":[")
            guard members(&scanner, isTop: false) else { return false }
            output.append("]}}")
        case 0x5B:
            output.append("{\"arrayValue\":{\"values\":[")
            guard elements(&scanner) else { return false }
            output.append("]}}")
        case 0x74, 0x66:
            output.append(scanner.place.pointee == 0x74 ? "{\"boolValue\":true}" : "{\"boolValue\":false}")
            return scanner.value()
        case 0x6E:
            output.append("{}")
            return scanner.value()
        default: return number(&scanner)
        }
        return true
    }

    private mutating func elements(_ scanner: inout JSONScanner) -> Bool {
        scanner.place += 1
        if scanner.take(0x5D) { return true }
        var isFirst = true
        repeat {
            scanner.skipWhitespace()
            if !isFirst { output.append(0x2C) }
            isFirst = false
            guard value(&scanner) else { return false }
        } while scanner.take(0x2C)
        return scanner.take(0x5D)
    }

    private mutating func number(_ scanner: inout JSONScanner) -> Bool {
        let start = scanner.place
        guard scanner.number() else { return false }
        let length = scanner.place - start
        // Numbers that the general parser may round, or write in another form, are its own.
        guard length <= 18, start.pointee != 0x2D || start[1] != 0x30 else { return false }
        let isInteger = !UnsafeBufferPointer(start: start, count: length)
            .contains { $0 == 0x2E || $0 | 0x20 == 0x65 }
        output.append(isInteger ? "{\"intValue\":\"" : "{\"doubleValue\":")
        output.append(start, count: length)
        output.append(isInteger ? "\"}" : "}")
        return true
    }

    private static let names = OTLP.staticAttributes
}

@inline(__always)
private func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let a = a.baseAddress, let b0 = b.baseAddress else { return true }
    return Platform.equal(a, b0, count: b.count)
}

@inline(__always)
private func isSame(_ text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
    isSame(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), bytes)
}

@inline(__always)
private func isSame(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool { isSame(text, bytes) }
