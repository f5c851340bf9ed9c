/// How a line that was read looks, so that the next one that looks like it is read by comparing.
///
/// A writer's lines of one kind differ in their values; what stands between these, keys above all, is the same to the
/// byte. A layout is the bytes that begin the line, ids and times within them left out, and a list of steps: a value of some
/// kind, and the bytes that have to be behind it. Whatever differs is left to the scanner, which reads any line. What a
/// layout takes, the scanner takes too, with the same fields: every byte of the line has been compared with one that the
/// scanner has accepted there, or has been read as a value.
struct LineLayout: ~Copyable {
    typealias Place = UnsafePointer<UInt8>

    /// What the last line says that was read; what is the same in all lines of this layout stays there.
    let fields: UnsafeMutablePointer<LineFields>
    private let head: Head
    private let headBytes: UnsafeMutablePointer<Bytes>
    private let headEnd: UnsafeMutablePointer<Bytes>
    private let steps: UnsafeMutablePointer<Step>

    /// - Parameter fields: Of the line that head and steps are of.
    init(head: Head, bytes: [UInt8], steps: [Step], of fields: LineFields) {
        self.head = head
        let blocks = stride(from: 0, to: bytes.count, by: Bytes.length).map { start in
            Bytes(bytes[start..<min(bytes.count, start + Bytes.length)]) { !head.isValue(start + $0) }
        }
        headBytes = .allocate(capacity: blocks.count)
        headBytes.initialize(from: blocks, count: blocks.count)
        headEnd = headBytes + blocks.count
        self.steps = .allocate(capacity: steps.count)
        self.steps.initialize(from: steps, count: steps.count)
        self.fields = .allocate(capacity: 1)
        self.fields.initialize(to: fields)
    }

    deinit {
        headBytes.deallocate()
        steps.deallocate()
        fields.deallocate()
    }

    /// Whether it is worth while to compare a line; `LineLayouts.reach` bytes are readable from `line` on.
    @inline(__always)
    func isLikely(_ line: Place) -> Bool {
        JSONScanner.word(line + head.type.offset) == head.type.word
            && JSONScanner.word(line + head.name.offset) == head.name.word
    }

    /// Reads a line that has this layout into `fields`; returns whether it has.
    ///
    /// The bytes must be followed by a newline and 64 bytes that may be read.
    @inline(__always)
    func read(_ line: Place, _ recent: inout RecentValues) -> Bool {
        readHead(line, &recent) && Self.readRest(line, line + head.length, steps, into: fields, &recent)
    }

    @inline(__always)
    private func readHead(_ line: Place, _ recent: inout RecentValues) -> Bool {
        var wrong = SIMD4<UInt64>()
        var (bytes, place) = (headBytes, line)
        while bytes < headEnd {
            wrong |= bytes.pointee.difference(place)
            bytes += 1
            place += Bytes.length
        }
        guard wrong[0] | wrong[1] | wrong[2] | wrong[3] == 0 else { return false }
        if head.spanID > 0 {
            guard let id = Hexadecimal.key16(line + head.spanID), id != 0 else { return false }
            fields.pointee.spanKey = id
        }
        if head.traceID > 0 {
            guard recent.trace.read(line + head.traceID) else { return false }
            (fields.pointee.traceHigh, fields.pointee.traceLow) = (recent.trace.high, recent.trace.low)
        }
        if head.parentID > 0 {
            guard recent.parent.read(line + head.parentID) else { return false }
            fields.pointee.parentID = recent.parent.bits
        }
        if head.timestamp > 0 {
            guard let time = recent.minute.read(line + head.timestamp) else { return false }
            fields.pointee.timestamp = time
        }
        return true
    }

    private static func readRest(
        _ line: Place,
        _ start: Place,
        _ steps: UnsafeMutablePointer<Step>,
        into fields: UnsafeMutablePointer<LineFields>,
        _ recent: inout RecentValues
    ) -> Bool {
        let target = UnsafeMutableRawPointer(fields)
        var place = start
        var step = steps
        /// All bytes of strings, put together.
        var seen: UInt64 = 0
        /// Where the object begins whose members are being compared, and its last step.
        var object: Place?
        var objectEnd = step
        while true {
            let start = place
            let guess = Int(step.pointee.usualLength)
            reading: do {
                if let word = step.pointee.usual(at: start) {
                    // The field still has it.
                    seen |= word
                    place = start + guess
                } else {
                    switch step.pointee.kind {
                    case .integer:
                        guard let number = DigitScan.read(start) else { break reading }
                        (target + Int(step.pointee.target)).storeBytes(of: number.value, as: Int.self)
                        place = step.go(start, number.count, guess)
                        step.pointee.keep(start, number.count)
                    case .number:
                        // A point or an exponent isn't what comes next, unless there is no end to it.
                        let (digits, count) = DigitScan.find(start)
                        if count > 0, count < 8, digits & 0xFF != 0 || count == 1,
                            start[count] != 0x2E, start[count] | 0x20 != 0x65
                        {
                            place = step.go(start, count, guess)
                        } else {
                            guard let behind = Self.skipValue(start, &seen) else { break reading }
                            place = step.go(start, behind - start, guess)
                        }
                        step.pointee.keep(start, place - start)
                    case .ignoredString:
                        var hasEscape = false
                        guard let end = Self.skipString(start, &seen, &hasEscape) else { break reading }
                        place = step.go(start, end - start, guess)
                        step.pointee.keep(start, end - start)
                    case .string, .status:
                        var hasEscape = false
                        guard let end = Self.skipString(start, &seen, &hasEscape) else { break reading }
                        place = step.go(start, end - start, guess)
                        let slice = Slice(start: start - line, count: end - start, hasEscape: hasEscape)
                        (target + Int(step.pointee.target)).storeBytes(of: slice, as: Slice.self)
                        if step.pointee.kind == .status {
                            fields.pointee.isRunning = LineFields.isRunningMark(start - 1)
                        }
                    case .constant:
                        let slice = step.pointee.slice(at: start - line)
                        (target + Int(step.pointee.target)).storeBytes(of: slice, as: Slice.self)
                    case .spanID:
                        guard let id = Hexadecimal.key16(start), id != 0 else { break reading }
                        fields.pointee.spanKey = id
                        place = start + 16
                    case .parentID:
                        guard recent.parent.read(start) else { break reading }
                        fields.pointee.parentID = recent.parent.bits
                        place = start + 16
                    case .traceID:
                        guard recent.trace.read(start) else { break reading }
                        fields.pointee.traceHigh = recent.trace.high
                        fields.pointee.traceLow = recent.trace.low
                        place = start + 32
                    case .timestamp:
                        guard let time = recent.minute.read(start) else { break reading }
                        fields.pointee.timestamp = time
                        place = start + 27
                    case .duration:
                        guard let time = DurationScan.read(&place) else { break reading }
                        fields.pointee.duration = time
                        place = step.go(start, place - start, guess)
                        step.pointee.keep(start, place - start)
                    case .dataStart: fields.pointee.data = Slice(start: start - line, count: 0, hasEscape: false)
                    case .dataEnd:
                        let begin = fields.pointee.data.start
                        fields.pointee.data = Slice(start: begin, count: start - line - begin, hasEscape: false)
                    case .text: break
                    case .value:
                        guard let behind = Self.skipValue(start, &seen) else { break reading }
                        place = behind
                    case .object: (object, objectEnd) = (start, step + Int(step.pointee.target))
                    case .objectEnd: object = nil
                    case .lineEnd:
                        let count = start - 1 - line
                        fields.pointee.base = line
                        fields.pointee.count = count
                        return seen & 0x8080_8080_8080_8080 == 0 || UTF8Check.isValid(line, count: count)
                    }
                }
                guard step.pointee.isFollowed(at: place) else { break reading }
                place += Int(step.pointee.length)
                step += 1
                continue
            }
            // An object with other members is a value like any other.
            guard let start = object, let behind = Self.skipValue(start, &seen) else { return false }
            place = behind
            step = objectEnd
            object = nil
        }
    }

    /// Skips a string's content; returns where its closing quote is.
    ///
    /// Bytes beyond it may be put to those that were seen: looking at the line's UTF-8 once more does no harm.
    @inline(__always)
    private static func skipString(_ start: Place, _ seen: inout UInt64, _ hasEscape: inout Bool) -> Place? {
        var place = start
        while true {
            let word = JSONScanner.word(place)
            seen |= word
            let found = JSONScanner.endsOfText(word)
            if found == 0 {
                place += 8
                continue
            }
            place += found.trailingZeroBitCount &>> 3
            if place.pointee == 0x22 { return place }
            guard place.pointee == 0x5C, let next = JSONScanner.afterEscape(place) else { return nil }
            hasEscape = true
            place = next
        }
    }

    @inline(never)
    private static func skipValue(_ place: Place, _ seen: inout UInt64) -> Place? {
        var scanner = JSONScanner(place)
        guard scanner.value() else { return nil }
        seen |= scanner.seen
        return scanner.place
    }
}
