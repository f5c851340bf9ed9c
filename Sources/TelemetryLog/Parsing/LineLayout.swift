/// How a line that was read looks, so that the next one that looks like it is read by comparing.
///
/// A writer's lines of one kind differ in their values; what stands between these, keys above all, is the same to the
/// byte. A layout is a list of steps: some bytes that have to be there, and then a value of some kind. Whatever differs is
/// left to the scanner, which reads any line. What a layout takes, the scanner takes too, with the same fields: every
/// byte of the line has been compared with one that the scanner has accepted there, or has been read as a value.
struct LineLayout: ~Copyable {
    typealias Place = UnsafePointer<UInt8>

    private let steps: UnsafeMutablePointer<Step>
    // What every line of this layout has.
    private let kind: EventKind
    private let eventTypeHash: UInt64
    private let eventTypeLength: Int
    private let saysFailure: Bool
    /// Eight bytes at a place where other layouts are likely to have others.
    private let probe: (offset: Int, word: UInt64)

    /// - Parameter fields: Of the line that the steps are of.
    init(steps: [Step], of fields: LineFields, probe: (offset: Int, word: UInt64)) {
        self.steps = .allocate(capacity: steps.count)
        self.steps.initialize(from: steps, count: steps.count)
        (kind, eventTypeHash, eventTypeLength) = (fields.kind, fields.eventTypeHash, fields.eventType.count)
        saysFailure = fields.saysFailure
        self.probe = probe
    }

    deinit { steps.deallocate() }

    /// Whether it is worth while to compare a line; `LineLayouts.reach` bytes are readable from `line` on.
    @inline(__always)
    func isLikely(_ line: Place) -> Bool { JSONScanner.word(line + probe.offset) == probe.word }

    /// Reads a line that has this layout; returns where its newline is, or `nil` if it has another one.
    ///
    /// The bytes must be followed by a newline and 64 bytes that may be read.
    func read(_ line: Place, into fields: UnsafeMutablePointer<LineFields>, _ recent: inout RecentValues) -> Place? {
        fields.pointee = LineFields(line)
        fields.pointee.kind = kind
        fields.pointee.eventTypeHash = eventTypeHash
        fields.pointee.saysFailure = saysFailure
        let target = UnsafeMutableRawPointer(fields)
        var scanner = JSONScanner(line)
        var step = UnsafePointer(steps)
        var object: (start: Place, end: UnsafePointer<Step>)?
        while true {
            comparing: if step.pointee.isAt(scanner.place) {
                let start = scanner.place + Int(step.pointee.length)
                scanner.place = start
                switch step.pointee.kind {
                case .integer:
                    // The byte behind it is compared with the next step's.
                    guard let number = DigitScan.read(start) else { break comparing }
                    (target + Int(step.pointee.target)).storeBytes(of: number.value, as: Int.self)
                    scanner.place = start + number.count
                case .number:
                    let (digits, count) = DigitScan.find(start)
                    let next = start[count]
                    if count > 0, count < 8, digits & 0xFF != 0 || count == 1, next != 0x2E, next | 0x20 != 0x65 {
                        scanner.place = start + count
                    } else {
                        guard let behind = Self.skipValue(start) else { break comparing }
                        scanner.follow(behind)
                    }
                case .string, .status:
                    var hasEscape = false
                    guard let end = scanner.string(hasEscape: &hasEscape) else { break comparing }
                    // The quote is compared with the next step's bytes.
                    scanner.place = end
                    let slice = Slice(start: start - line, count: end - start, hasEscape: hasEscape)
                    (target + Int(step.pointee.target)).storeBytes(of: slice, as: Slice.self)
                    if step.pointee.kind == .status { fields.pointee.isRunning = LineFields.isRunningMark(start - 1) }
                case .spanID:
                    guard let id = Hexadecimal.read16(start), id != 0 else { break comparing }
                    fields.pointee.spanID = id
                    scanner.place = start + 16
                case .parentID:
                    guard recent.parent.read(start) else { break comparing }
                    fields.pointee.parentID = recent.parent.bits
                    scanner.place = start + 16
                case .traceID:
                    guard recent.trace.read(start) else { break comparing }
                    fields.pointee.traceHigh = recent.trace.high
                    fields.pointee.traceLow = recent.trace.low
                    scanner.place = start + 32
                case .timestamp:
                    guard let time = recent.minute.read(start) else { break comparing }
                    fields.pointee.timestamp = time
                    scanner.place = start + 27
                case .duration:
                    guard let time = DurationScan.read(&scanner.place) else { break comparing }
                    fields.pointee.duration = time
                case .eventType:
                    fields.pointee.eventType = Slice(start: start - line, count: eventTypeLength, hasEscape: false)
                case .dataStart: fields.pointee.data = Slice(start: start - line, count: 0, hasEscape: false)
                case .dataEnd:
                    let place = fields.pointee.data.start
                    fields.pointee.data = Slice(start: place, count: start - line - place, hasEscape: false)
                case .text: break
                case .value:
                    guard let behind = Self.skipValue(start) else { break comparing }
                    scanner.follow(behind)
                case .object: object = (start, step + Int(step.pointee.target))
                case .objectEnd: object = nil
                case .lineEnd:
                    fields.pointee.count = start - 1 - line
                    let isText = !scanner.hasNonASCII || UTF8Check.isValid(line, count: start - 1 - line)
                    return isText ? start - 1 : nil
                }
                step += 1
                continue
            }
            // An object with other members is a value like any other.
            guard let (start, end) = object, let behind = Self.skipValue(start) else { return nil }
            scanner.follow(behind)
            step = end
            object = nil
        }
    }

    @inline(never)
    private static func skipValue(_ place: Place) -> JSONScanner? {
        var scanner = JSONScanner(place)
        return scanner.value() ? scanner : nil
    }
}

extension LineLayout {
    /// Bytes that have to be there, and what stands behind them.
    struct Step {
        /// The most bytes that a step compares.
        static let mostBytes = 24

        /// The bytes, and which of them count.
        private let words: (UInt64, UInt64, UInt64)
        private let masks: (UInt64, UInt64, UInt64)
        /// How many bytes count.
        let length: UInt32
        /// Where in `LineFields` the value goes, in bytes; with an object, how many steps it has.
        var target: UInt16
        let kind: Kind

        /// - Parameter text: Up to ``mostBytes`` bytes.
        init(_ text: some Collection<UInt8>, _ kind: Kind, target: Int) {
            func word(_ start: Int, _ byte: (UInt8) -> UInt64) -> UInt64 {
                text.dropFirst(start).prefix(8).reversed().reduce(0) { $0 << 8 | byte($1) }
            }
            words = (word(0) { UInt64($0) }, word(8) { UInt64($0) }, word(16) { UInt64($0) })
            masks = (word(0) { _ in 0xFF }, word(8) { _ in 0xFF }, word(16) { _ in 0xFF })
            length = UInt32(text.count)
            self.target = UInt16(target)
            self.kind = kind
        }

        @inline(__always)
        func isAt(_ place: Place) -> Bool {
            let first = JSONScanner.word(place) & masks.0 ^ words.0
            let second = JSONScanner.word(place + 8) & masks.1 ^ words.1
            let third = JSONScanner.word(place + 16) & masks.2 ^ words.2
            return first | second | third == 0
        }
    }

    /// What stands behind the bytes of a step.
    enum Kind: UInt8 {
        /// More bytes.
        case text
        /// 16 hexadecimal digits, not all of them 0.
        case spanID, parentID
        /// 32 hexadecimal digits, not all of them 0.
        case traceID
        /// The event type, which the next steps compare.
        case eventType
        /// A string's content.
        case string
        /// As `string`; the content `running` says that the span began.
        case status
        /// A whole number of up to seven digits.
        case integer
        /// Any value, most likely a whole number of up to seven digits.
        case number
        /// 27 characters.
        case timestamp
        case duration
        /// Nothing: the data begins here.
        case dataStart
        /// Nothing: the data ended here.
        case dataEnd
        /// An object that the next steps read; they may fail, because it is a value like any other.
        case object
        /// More bytes, behind an object's end.
        case objectEnd
        /// Any value.
        case value
        /// Nothing: the newline has been compared.
        case lineEnd
    }
}
