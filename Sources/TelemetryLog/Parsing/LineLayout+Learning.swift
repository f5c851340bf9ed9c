internal import CScan

extension LineLayout {
    /// The layout of a line that the scanner has read as `fields`, if another line may have it.
    ///
    /// - Parameters:
    ///   - keepsData: Whether lines are to say where their data is.
    ///   - isSpecific: Whether the operation's name, the model's and the tool's are those of all lines.
    ///   - isConstant: Of a stricter layout, for each value that may be constant, in the line's order, whether it is.
    init?(of fields: LineFields, keepsData: Bool, isSpecific: Bool, isConstant: [Bool]? = nil) {
        var fields = fields
        fields.memo = isSpecific ? 0 : -1
        var learner = Learner(fields, keepsData: keepsData, isSpecific: isSpecific, isConstant: isConstant)
        guard learner.learnLine() else { return nil }
        let bytes = Array(UnsafeBufferPointer(start: fields.base, count: learner.head.length))
        self.init(head: learner.head, bytes: bytes, steps: learner.steps, of: fields)
    }

    /// Walks over a line that is known to be one.
    private struct Learner {
        /// Lines with more members have layouts that hardly come again.
        private static let mostSteps = 64

        private let fields: LineFields
        private let keepsData: Bool
        private let isSpecific: Bool
        private let isConstant: [Bool]?
        /// How many values came by that may be constant.
        private var values = 0
        private var scanner: JSONScanner
        /// What has become a part of the head, or of a step.
        private var learned: Place
        /// The value that the next step begins with; none as long as the head goes on.
        private var value: (kind: cscan_kind, target: Int, constant: Int)?
        /// The keys of figures that were met: which of two equal ones counts, depends on the values' types.
        private var figures: Set<String> = []

        private(set) var head = Head()
        private(set) var steps: [cscan_step] = []

        init(_ fields: LineFields, keepsData: Bool, isSpecific: Bool, isConstant: [Bool]?) {
            self.fields = fields
            self.keepsData = keepsData
            self.isSpecific = isSpecific
            self.isConstant = isConstant
            scanner = JSONScanner(fields.base)
            learned = fields.base
            head.type.word = JSONScanner.word(fields.base)
            head.name = head.type
        }

        mutating func learnLine() -> Bool {
            let end = fields.base + fields.count
            guard fields.count < 1 << 15, end.pointee == 0x0A, !fields.eventType.hasEscape,
                members({ $0.topLevelValue($1) })
            else { return false }
            scanner.place = end + 1
            begin(CSCAN_LINE_END)
            // Nothing is behind it.
            begin(CSCAN_TEXT)
            for place in steps.indices.dropLast().reversed() where steps[place + 1].kind == CSCAN_TEXT {
                steps[place].more = steps[place + 1].more &+ 1
            }
            return steps.count <= Self.mostSteps
        }

        /// Walks over the object that begins here.
        private mutating func members(_ value: (inout Learner, String) -> Bool) -> Bool {
            scanner.place += 1
            scanner.skipWhitespace()
            if scanner.take(0x7D) { return true }
            repeat {
                guard scanner.take(0x22) else { return false }
                let start = scanner.place
                var hasEscape = false
                guard let end = scanner.string(hasEscape: &hasEscape), scanner.take(0x3A) else { return false }
                scanner.skipWhitespace()
                let key = String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
                guard value(&self, key) else { return false }
            } while scanner.take(0x2C)
            return scanner.take(0x7D)
        }

        private mutating func topLevelValue(_ key: String) -> Bool {
            // What says that there is no value is a part of the layout.
            if scanner.place.pointee == 0x6E { return scanner.value() }
            switch key {
            case "span_id": return addFixed(CSCAN_SPAN_ID, \.spanID, to: \.spanKey)
            case "parent_span_id": return addFixed(CSCAN_PARENT_ID, \.parentID, to: \.parentID)
            case "trace_id": return addFixed(CSCAN_TRACE_ID, \.traceID, to: \.traceHigh)
            case "event_type": return addConstant(fields.eventType, \.type, to: \.eventType)
            case "timestamp":
                return scanner.place[28] == 0x22 && addFixed(CSCAN_TIMESTAMP, \.timestamp, to: \.timestamp)
            case "duration_ms": return add(CSCAN_DURATION, to: \.duration)
            case "name":
                return isSpecific ? addConstant(fields.name, \.name, to: \.name) : add(CSCAN_STRING, to: \.name)
            case "error": return add(CSCAN_STRING, to: \.error)
            case "data":
                if keepsData { begin(CSCAN_DATA_START, to: \.data) }
                guard members({ $0.dataValue($1) }) else { return false }
                if keepsData { begin(CSCAN_DATA_END, to: \.data) }
                return true
            default: return addAny()
            }
        }

        /// A value of the data; where figures need one, it must have the type that they want, or be a literal name.
        private mutating func dataValue(_ key: String) -> Bool {
            let figure: (kind: cscan_kind, field: PartialKeyPath<LineFields>)? =
                switch key {
                case "tool": (CSCAN_STRING, \.tool)
                case "model": (CSCAN_STRING, \.model)
                case "user_id": (CSCAN_STRING, \.user)
                case "status": (CSCAN_STATUS, \.ignored)
                case "attempt": (CSCAN_INTEGER, \.attempt)
                case "count": (CSCAN_INTEGER, \.droppedCount)
                case "prompt_tokens": (CSCAN_INTEGER, \.promptTokens)
                case "cached_tokens": (CSCAN_INTEGER, \.cachedTokens)
                case "completion_tokens": (CSCAN_INTEGER, \.completionTokens)
                case "success": (CSCAN_LINE_END, \.saysFailure)
                default: nil
                }
            guard let figure else { return addAny() }
            guard figures.insert(key).inserted else { return false }
            switch scanner.place.pointee {
            case 0x74, 0x66, 0x6E: return scanner.value()
            case 0x22 where isSpecific && key == "tool": return addConstant(fields.tool, nil, to: \.tool)
            case 0x22 where isSpecific && key == "model": return addConstant(fields.model, nil, to: \.model)
            case 0x22 where figure.kind == CSCAN_STRING || figure.kind == CSCAN_STATUS:
                return add(figure.kind, to: figure.field)
            case 0x30...0x39 where figure.kind == CSCAN_INTEGER:
                return DigitScan.read(scanner.place) != nil && add(CSCAN_INTEGER, to: figure.field)
            default: return false
            }
        }

        /// A value that nobody asks for.
        ///
        /// Of an object the members are compared, but not those of an object within it.
        private mutating func addAny(isWithinObject: Bool = false) -> Bool {
            switch scanner.place.pointee {
            case 0x22: return add(CSCAN_IGNORED_STRING, to: \.ignored)
            case 0x74, 0x66, 0x6E: return scanner.value()
            case 0x5B: return add(CSCAN_VALUE_STEP, to: \.ignored)
            case 0x7B: return isWithinObject ? add(CSCAN_VALUE_STEP, to: \.ignored) : addObject()
            default: return add(CSCAN_NUMBER, to: \.ignored)
            }
        }

        private mutating func addObject() -> Bool {
            // With other members it has the looser layout.
            if isConstant != nil { return members { learner, _ in learner.addAny(isWithinObject: true) } }
            begin(CSCAN_OBJECT)
            let place = steps.count
            guard members({ learner, _ in learner.addAny(isWithinObject: true) }) else { return false }
            begin(CSCAN_OBJECT_END)
            steps[place].target = UInt16(steps.count - place)
            return true
        }

        /// A value that is as long in all lines: in the head, if it hasn't ended.
        private mutating func addFixed(
            _ kind: cscan_kind,
            _ offset: WritableKeyPath<Head, Int>,
            to field: PartialKeyPath<LineFields>
        ) -> Bool {
            let start = scanner.place - fields.base + 1
            guard value == nil, scanner.value() else { return value != nil && add(kind, to: field) }
            // What is too far behind for the head begins the steps.
            guard scanner.place - fields.base <= Head.mostBytes else {
                scanner.place = fields.base + start - 1
                return add(kind, to: field)
            }
            head[keyPath: offset] = start
            return true
        }

        /// A string that is the same in all lines.
        private mutating func addConstant(
            _ slice: Slice,
            _ probe: WritableKeyPath<Head, (offset: Int, word: UInt64)>?,
            to field: PartialKeyPath<LineFields>
        ) -> Bool {
            let start = scanner.place + 1
            guard scanner.value() else { return false }
            if value == nil, scanner.place - fields.base <= Head.mostBytes {
                // Its last bytes, if it has eight: names often begin alike.
                let last = max(start, scanner.place - 8) - fields.base
                if let probe { head[keyPath: probe] = (last, JSONScanner.word(fields.base + last)) }
                return true
            }
            let end = scanner.place
            scanner.place = start
            begin(CSCAN_CONSTANT, to: field, constant: slice.count | (slice.hasEscape ? Int(CSCAN_ESCAPE) : 0))
            scanner.place = end
            return true
        }

        /// Makes a step of the value that begins here; with strings, of what is in the quotes.
        private mutating func add(_ kind: cscan_kind, to field: PartialKeyPath<LineFields>) -> Bool {
            if kind.mayBeConstant {
                values += 1
                if let isConstant, values <= isConstant.count, isConstant[values - 1] { return scanner.value() }
            }
            let isQuoted = scanner.place.pointee == 0x22
            if isQuoted { scanner.place += 1 }
            // What else is to be written, has its place told as a constant.
            let second: PartialKeyPath<LineFields>? =
                switch kind {
                case CSCAN_TRACE_ID: \.traceLow
                case CSCAN_STATUS: \.isRunning
                default: nil
                }
            begin(kind, to: field, constant: second.map(LineLayout.place(of:)) ?? 0)
            if isQuoted { scanner.place -= 1 }
            guard scanner.value() else { return false }
            learned = scanner.place - (isQuoted ? 1 : 0)
            return true
        }

        private mutating func begin(_ kind: cscan_kind, to field: PartialKeyPath<LineFields>, constant: Int = 0) {
            begin(kind, LineLayout.place(of: field), constant)
        }

        /// Makes a step of the last value and the bytes from it to here, where another value begins.
        private mutating func begin(_ kind: cscan_kind, _ target: Int = 0, _ constant: Int = 0) {
            defer { value = (kind, target, constant) }
            if value == nil {
                head.length = min(scanner.place - fields.base, Head.mostBytes)
                learned = fields.base + head.length
                value = (CSCAN_TEXT, 0, 0)
                if learned == scanner.place { return }
            }
            repeat {
                let count = min(scanner.place - learned, cscan_bytes.length)
                let (kind, target, constant) = value ?? (CSCAN_TEXT, 0, 0)
                let text = UnsafeBufferPointer(start: learned, count: count)
                steps.append(cscan_step(kind, target: target, constant: constant, text: text))
                learned += count
                value = nil
            } while learned < scanner.place
        }
    }
}
