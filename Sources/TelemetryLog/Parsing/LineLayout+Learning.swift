extension LineLayout {
    /// The layout of a line that the scanner has read as `fields`, if another line may have it.
    ///
    /// - Parameters:
    ///   - keepsData: Whether lines are to say where their data is.
    ///   - isSpecific: Whether the operation's name, the model's and the tool's are those of all lines.
    init?(of fields: LineFields, keepsData: Bool, isSpecific: Bool) {
        var fields = fields
        fields.memo = isSpecific ? 0 : -1
        var learner = Learner(fields, keepsData: keepsData, isSpecific: isSpecific)
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
        private var scanner: JSONScanner
        /// What has become a part of the head, or of a step.
        private var learned: Place
        /// The value that the next step begins with; none as long as the head goes on.
        private var value: (kind: Kind, target: Int, constant: Slice)?
        /// The keys of figures that were met: which of two equal ones counts, depends on the values' types.
        private var figures: Set<String> = []

        private(set) var head = Head()
        private(set) var steps: [Step] = []

        init(_ fields: LineFields, keepsData: Bool, isSpecific: Bool) {
            self.fields = fields
            self.keepsData = keepsData
            self.isSpecific = isSpecific
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
            begin(.lineEnd)
            // Nothing is behind it.
            begin(.text)
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
            case "span_id": return addFixed(.spanID, \.spanID, to: \.spanKey)
            case "parent_span_id": return addFixed(.parentID, \.parentID, to: \.parentID)
            case "trace_id": return addFixed(.traceID, \.traceID, to: \.traceHigh)
            case "event_type": return addConstant(fields.eventType, \.type, to: \.eventType)
            case "timestamp":
                return scanner.place[28] == 0x22 && addFixed(.timestamp, \.timestamp, to: \.timestamp)
            case "duration_ms": return add(.duration, to: \.duration)
            case "name": return isSpecific ? addConstant(fields.name, \.name, to: \.name) : add(.string, to: \.name)
            case "error": return add(.string, to: \.error)
            case "data":
                if keepsData { begin(.dataStart) }
                guard members({ $0.dataValue($1) }) else { return false }
                if keepsData { begin(.dataEnd) }
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
            case 0x22 where isSpecific && key == "tool": return addConstant(fields.tool, nil, to: \.tool)
            case 0x22 where isSpecific && key == "model": return addConstant(fields.model, nil, to: \.model)
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
            case 0x22: return add(.ignoredString, to: \.ignored)
            case 0x74, 0x66, 0x6E: return scanner.value()
            case 0x5B: return add(.value, to: \.ignored)
            case 0x7B: return isWithinObject ? add(.value, to: \.ignored) : addObject()
            default: return add(.number, to: \.ignored)
            }
        }

        private mutating func addObject() -> Bool {
            begin(.object)
            let place = steps.count
            guard members({ learner, _ in learner.addAny(isWithinObject: true) }) else { return false }
            begin(.objectEnd)
            steps[place].target = UInt16(steps.count - place)
            return true
        }

        /// A value that is as long in all lines: in the head, if it hasn't ended.
        private mutating func addFixed(
            _ kind: Kind,
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
            guard let target = MemoryLayout<LineFields>.offset(of: field) else { return false }
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
            begin(.constant, target, slice)
            scanner.place = end
            return true
        }

        /// Makes a step of the value that begins here; with strings, of what is in the quotes.
        private mutating func add(_ kind: Kind, to field: PartialKeyPath<LineFields>) -> Bool {
            guard let target = MemoryLayout<LineFields>.offset(of: field) else { return false }
            let isQuoted = scanner.place.pointee == 0x22
            if isQuoted { scanner.place += 1 }
            begin(kind, target)
            if isQuoted { scanner.place -= 1 }
            guard scanner.value() else { return false }
            learned = scanner.place - (isQuoted ? 1 : 0)
            return true
        }

        /// Makes a step of the last value and the bytes from it to here, where another value begins.
        private mutating func begin(_ kind: Kind, _ target: Int = 0, _ constant: Slice = Slice()) {
            defer { value = (kind, target, constant) }
            if value == nil {
                head.length = min(scanner.place - fields.base, Head.mostBytes)
                learned = fields.base + head.length
                value = (.text, 0, Slice())
                if learned == scanner.place { return }
            }
            repeat {
                let count = min(scanner.place - learned, Bytes.length)
                let (kind, target, constant) = value ?? (.text, 0, Slice())
                let text = UnsafeBufferPointer(start: learned, count: count)
                steps.append(Step(kind, target: target, constant: constant, text: text))
                learned += count
                value = nil
            } while learned < scanner.place
        }
    }
}
