extension LineFields {
    /// Reads the line of `count` bytes at `base`, if it has the form that lines have.
    ///
    /// The order of keys and whitespace between tokens make no difference, but our own writer's order is read fastest.
    /// What is refused is not yet wrong: the general parser decides that.
    ///
    /// - Parameter isRewritten: Whether the line is the general parser's, so that keys have no needless escapes.
    mutating func scan(_ base: UnsafePointer<UInt8>, count: Int, isRewritten: Bool = false) -> Bool {
        self = LineFields(base)
        self.count = count
        // Places are kept in 32 bits; longer lines aren't read at all.
        var scanner = JSONScanner(base)
        scanner.takesEscapedKeys = isRewritten
        guard count < Int(Int32.max), scanner.place.pointee == 0x7B else { return false }
        if scanFixedStart(&scanner) {
            if scanOurRest(&scanner) { return !scanner.hasNonASCII || UTF8Check.isValid(base, count: count) }
            self = LineFields(base)
            self.count = count
            scanner = JSONScanner(base)
            scanner.takesEscapedKeys = isRewritten
        }
        scanner.place += 1
        var seen: UInt32 = 0
        repeat {
            if !scanner.take(0x22) { return false }
            let key = scanner.place
            var hasEscape = false
            guard let end = scanner.string(hasEscape: &hasEscape), !hasEscape, scanner.take(0x3A) else { return false }
            scanner.skipWhitespace()
            guard member(key, end - key, &scanner, &seen) else { return false }
        } while scanner.take(0x2C)
        // span_id, trace_id, event_type, timestamp
        guard scanner.take(0x7D), seen & 0x2B == 0x2B else { return false }
        scanner.skipWhitespace()
        guard scanner.place == base + count else { return false }
        return !scanner.hasNonASCII || UTF8Check.isValid(base, count: count)
    }

    /// Reads `{"span_id":"…","trace_id":"…",`, which our own lines begin with.
    @inline(__always)
    private mutating func scanFixedStart(_ scanner: inout JSONScanner) -> Bool {
        guard count > FixedStart.length, FixedStart.matches(base),
            let id = Hexadecimal.key16(base + FixedStart.spanID), id != 0,
            let high = Hexadecimal.read16(base + FixedStart.traceID),
            let low = Hexadecimal.read16(base + FixedStart.traceID + 16), high | low != 0
        else { return false }
        spanKey = id
        traceHigh = high
        traceLow = low
        scanner.place = base + FixedStart.length
        return true
    }

    @inline(__always)
    func slice(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ hasEscape: Bool) -> Slice {
        Slice(start: start - base, count: end - start, hasEscape: hasEscape)
    }

    /// Reads a string as a part of the line.
    @inline(__always)
    func string(_ scanner: inout JSONScanner) -> Slice? {
        guard scanner.place.pointee == 0x22 else { return nil }
        scanner.place += 1
        let start = scanner.place
        var hasEscape = false
        guard let end = scanner.string(hasEscape: &hasEscape) else { return nil }
        return slice(start, end, hasEscape)
    }

    /// Takes `null`, which says no more than an absent key.
    @inline(__always)
    private func null(_ scanner: inout JSONScanner) -> Bool { scanner.place.pointee == 0x6E && scanner.value() }

    /// Reads the value of a top-level key.
    ///
    /// A key that stands twice is left to the general parser, and so is `null` where there must be a value.
    @inline(__always)
    private mutating func member(
        _ key: UnsafePointer<UInt8>,
        _ length: Int,
        _ scanner: inout JSONScanner,
        _ seen: inout UInt32
    ) -> Bool {
        let first = Key.head(key, length)
        let bit: UInt32
        switch (length, first) {
        case (10, Key.event_type) where Key.tail(key, 10) == Key.event_typeTail:
            bit = 8
            guard let value = string(&scanner) else { return false }
            setEventType(value)
        case (4, Key.name):
            bit = 16
            if null(&scanner) { break }
            guard let value = string(&scanner) else { return false }
            name = value
        case (9, Key.timestamp) where key[8] == 0x70:
            bit = 32
            guard let value = string(&scanner), !value.hasEscape,
                let time = TimestampScan.read(base + value.start, count: value.count)
            else { return false }
            timestamp = time
        case (11, Key.duration_ms) where Key.tail(key, 11) == Key.duration_msTail:
            bit = 64
            if null(&scanner) { break }
            guard let time = DurationScan.read(&scanner.place) else { return false }
            duration = time
        case (4, Key.data):
            bit = 128
            if null(&scanner) { break }
            let start = scanner.place
            guard scanData(&scanner) else { return false }
            data = slice(start, scanner.place, false)
        case (5, Key.error):
            bit = 256
            if null(&scanner) { break }
            guard let value = string(&scanner) else { return false }
            error = value
        case (14, Key.parent_span_id) where Key.tail(key, 14) == Key.parent_span_idTail:
            bit = 4
            if null(&scanner) { break }
            guard let value = string(&scanner), value.count == 16,
                let id = Hexadecimal.read16(base + value.start), id != 0
            else { return false }
            parentID = id
        case (7, Key.span_id):
            bit = 1
            guard let value = string(&scanner), value.count == 16,
                let id = Hexadecimal.key16(base + value.start), id != 0
            else { return false }
            spanKey = id
        case (8, Key.trace_id):
            bit = 2
            guard let value = string(&scanner), value.count == 32,
                let high = Hexadecimal.read16(base + value.start),
                let low = Hexadecimal.read16(base + value.start + 16), high | low != 0
            else { return false }
            traceHigh = high
            traceLow = low
        default: return scanner.value()
        }
        defer { seen |= bit }
        return seen & bit == 0
    }

    /// Reads the object of a span's data, and of its members those that figures need.
    ///
    /// Of equal keys the last one counts, as with the general parser.
    mutating func scanData(_ scanner: inout JSONScanner) -> Bool {
        guard scanner.place.pointee == 0x7B else { return false }
        scanner.place += 1
        if scanner.take(0x7D) { return true }
        repeat {
            guard scanner.take(0x22) else { return false }
            let key = scanner.place
            var hasEscape = false
            guard let end = scanner.string(hasEscape: &hasEscape), !hasEscape || scanner.takesEscapedKeys,
                scanner.take(0x3A)
            else { return false }
            scanner.skipWhitespace()
            let value = scanner.place
            figure(key, end - key, &scanner)
            if scanner.place == value {
                // Most values are texts, and these needn't be called for.
                if value.pointee == 0x22 {
                    guard string(&scanner) != nil else { return false }
                } else if !scanner.value() {
                    return false
                }
            }
        } while scanner.take(0x2C)
        return scanner.take(0x7D)
    }

    /// Takes a member's value if figures need it and it has the type that they want.
    @inline(__always)
    private mutating func figure(_ key: UnsafePointer<UInt8>, _ length: Int, _ scanner: inout JSONScanner) {
        let head = Key.head(key, length)
        // By length first: most keys that aren't wanted go with that.
        switch length {
        case 4: if head == Key.tool { tool = optionalString(&scanner) }
        case 5:
            if head == Key.model { model = optionalString(&scanner) }
            if head == Key.count { droppedCount = max(0, integer(&scanner) ?? 0) }
        case 6: if head == Key.status { isRunning = Self.isRunningMark(scanner.place) }
        case 7:
            if head == Key.attempt { attempt = integer(&scanner) ?? 1 }
            if head == Key.success { saysFailure = scanner.place.pointee == 0x66 }
            if head == Key.user_id { user = optionalString(&scanner) }
        case 13:
            let tail = Key.tail(key, 13)
            if head == Key.prompt_tokens, tail == Key.promptTail { promptTokens = max(0, integer(&scanner) ?? 0) }
            if head == Key.cached_tokens, tail == Key.cachedTail { cachedTokens = max(0, integer(&scanner) ?? 0) }
        case 17:
            if head == Key.completion_tokens, Key.tail(key, 17) == Key.completionTail, key[8] == 0x6F {
                completionTokens = max(0, integer(&scanner) ?? 0)
            }
        default: break
        }
    }

    static func isRunningMark(_ value: UnsafePointer<UInt8>) -> Bool {
        let mark: StaticString = "\"running\""
        for index in 0..<9 where value[index] != mark.utf8Start[index] { return false }
        return true
    }

    /// Takes a string, or leaves what isn't one where it is.
    @inline(__always)
    private func optionalString(_ scanner: inout JSONScanner) -> Slice {
        let start = scanner.place
        if let value = string(&scanner) { return value }
        scanner.place = start
        return Slice()
    }

    /// Takes an integer of up to 18 digits, or leaves what isn't one where it is.
    @inline(__always)
    private func integer(_ scanner: inout JSONScanner) -> Int? {
        var place = scanner.place
        let isNegative = place.pointee == 0x2D
        if isNegative { place += 1 }
        let start = place
        var value = 0
        while place.pointee &- 0x30 < 10, place - start < 18 {
            value = value &* 10 &+ Int(place.pointee &- 0x30)
            place += 1
        }
        let next = place.pointee
        guard place > start, next != 0x2E, next | 0x20 != 0x65, next &- 0x30 >= 10,
            start.pointee != 0x30 || place - start == 1
        else { return nil }
        scanner.place = place
        return isNegative ? -value : value
    }
}
