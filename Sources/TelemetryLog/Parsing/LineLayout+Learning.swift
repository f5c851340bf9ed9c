extension LineLayout {
    /// The layout of a line that the scanner has read as `fields`, if another line may have it.
    ///
    /// - Parameter keepsData: Whether lines are to say where their data is.
    init?(of fields: LineFields, keepsData: Bool) {
        var learner = Learner(fields, keepsData: keepsData)
        guard learner.learnLine() else { return nil }
        self.init(steps: learner.steps, of: fields, probe: learner.probe)
    }

    /// Walks over a line that is known to be one.
    private struct Learner {
        /// Lines with more members have layouts that hardly come again.
        private static let mostSteps = 64

        private let fields: LineFields
        private let keepsData: Bool
        private var scanner: JSONScanner
        /// What has become a step already.
        private var learned: Place
        /// The keys of figures that were met: which of two equal ones counts, depends on the values' types.
        private var figures: Set<String> = []
        /// Whether all values so far are equally long in all lines.
        private var isFixed = true

        private(set) var steps: [Step] = []
        private(set) var probe: (offset: Int, word: UInt64)

        init(_ fields: LineFields, keepsData: Bool) {
            self.fields = fields
            self.keepsData = keepsData
            scanner = JSONScanner(fields.base)
            learned = fields.base
            probe = (0, JSONScanner.word(fields.base))
        }

        mutating func learnLine() -> Bool {
            let end = fields.base + fields.count
            guard fields.count < 1 << 15, end.pointee == 0x0A, !fields.eventType.hasEscape,
                members({ $0.topLevelValue($1) }), steps.count <= Self.mostSteps
            else { return false }
            scanner.place = end + 1
            add(.lineEnd)
            return true
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
            case "span_id": return add(.spanID, to: \.spanID)
            case "parent_span_id": return add(.parentID, to: \.parentID)
            case "trace_id": return add(.traceID, to: \.traceHigh)
            case "event_type": return addEventType()
            case "timestamp": return scanner.place[28] == 0x22 && add(.timestamp, to: \.timestamp)
            case "duration_ms": return add(.duration, to: \.duration)
            case "name": return add(.string, to: \.name)
            case "error": return add(.string, to: \.error)
            case "data":
                if keepsData { add(.dataStart) }
                guard members({ $0.dataValue($1) }) else { return false }
                if keepsData { add(.dataEnd) }
                return true
            default: return addAny()
            }
        }

        /// A value of the data; where figures need one, it must have the type that they want, or be a literal name.
        private mutating func dataValue(_ key: String) -> Bool {
            let figure: (kind: Kind, field: PartialKeyPath<LineFields>)? =
                switch key {
                case "tool": (.string, \.tool)
                case "model": (.string, \.model)
                case "user_id": (.string, \.user)
                case "status": (.status, \.ignored)
                case "attempt": (.integer, \.attempt)
                case "count": (.integer, \.droppedCount)
                case "prompt_tokens": (.integer, \.promptTokens)
                case "cached_tokens": (.integer, \.cachedTokens)
                case "completion_tokens": (.integer, \.completionTokens)
                case "success": (.lineEnd, \.saysFailure)
                default: nil
                }
            guard let figure else { return addAny() }
            guard figures.insert(key).inserted else { return false }
            switch scanner.place.pointee {
            case 0x74, 0x66, 0x6E: return scanner.value()
            case 0x22 where figure.kind == .string || figure.kind == .status: return add(figure.kind, to: figure.field)
            case 0x30...0x39 where figure.kind == .integer:
                return DigitScan.read(scanner.place) != nil && add(.integer, to: figure.field)
            default: return false
            }
        }

        /// A value that nobody asks for.
        ///
        /// Of an object the members are compared, but not those of an object within it.
        private mutating func addAny(isWithinObject: Bool = false) -> Bool {
            switch scanner.place.pointee {
            case 0x22: return add(.string, to: \.ignored)
            case 0x74, 0x66, 0x6E: return scanner.value()
            case 0x5B: return add(.value, to: \.ignored)
            case 0x7B: return isWithinObject ? add(.value, to: \.ignored) : addObject()
            default: return add(.number, to: \.ignored)
            }
        }

        private mutating func addObject() -> Bool {
            add(.object)
            let place = steps.count - 1
            guard members({ learner, _ in learner.addAny(isWithinObject: true) }) else { return false }
            add(.objectEnd)
            steps[place].target = UInt16(steps.count - place)
            return true
        }

        private mutating func addEventType() -> Bool {
            scanner.place += 1
            let offset = scanner.place - fields.base
            if isFixed, offset < LineLayouts.reach - 8 { probe = (offset, JSONScanner.word(scanner.place)) }
            add(.eventType)
            scanner.place += fields.eventType.count + 1
            return true
        }

        /// Makes a step of the value that begins here; with strings, of what is in the quotes.
        private mutating func add(_ kind: Kind, to field: PartialKeyPath<LineFields>) -> Bool {
            guard let target = MemoryLayout<LineFields>.offset(of: field) else { return false }
            let isQuoted = scanner.place.pointee == 0x22
            if isQuoted { scanner.place += 1 }
            add(kind, target)
            if isQuoted { scanner.place -= 1 }
            guard scanner.value() else { return false }
            learned = scanner.place - (isQuoted ? 1 : 0)
            if ![.spanID, .traceID, .parentID, .timestamp].contains(kind) { isFixed = false }
            return true
        }

        /// Makes steps of the bytes from the last value to here.
        private mutating func add(_ kind: Kind, _ target: Int = 0) {
            while scanner.place - learned > Step.mostBytes {
                steps.append(Step(UnsafeBufferPointer(start: learned, count: Step.mostBytes), .text, target: 0))
                learned += Step.mostBytes
            }
            steps.append(
                Step(UnsafeBufferPointer(start: learned, count: scanner.place - learned), kind, target: target)
            )
            learned = scanner.place
        }
    }
}
