/// Counts finished spans; ``Metrics`` are made of what one or several of these have counted.
///
/// The figures of each of the package's own types have a place in memory, so that counting is a few additions.
struct SpanCounter: ~Copyable {
    /// What is counted of one type.
    struct Figures: ~Copyable {
        private(set) var spans = 0
        private(set) var failures = 0
        private(set) var latency = LatencyCounter()

        @inline(__always)
        mutating func count(_ facts: borrowing SpanFacts) {
            spans &+= 1
            if facts.isFailure { failures &+= 1 }
            if let nanoseconds = facts.nanoseconds { latency.add(nanoseconds: nanoseconds) }
        }
    }

    private let known: UnsafeMutablePointer<Figures>
    private var otherSpans = 0
    /// How long spans of the program's own types took.
    private(set) var others: [EventType: LatencyHistogram] = [:]

    /// Of model calls.
    private(set) var retries = 0
    private(set) var llmNanoseconds: UInt64 = 0
    private(set) var promptTokens = 0
    private(set) var cachedTokens = 0
    private(set) var completionTokens = 0

    init() {
        known = .allocate(capacity: EventType.Slot.count)
        for place in 0..<EventType.Slot.count { (known + place).initialize(to: Figures()) }
    }

    deinit {
        known.deinitialize(count: EventType.Slot.count)
        known.deallocate()
    }

    /// The figures of one of the package's own types.
    subscript(slot: EventType.Slot) -> Figures {
        _read { yield known[slot.rawValue] }
    }

    /// All spans.
    var spans: Int { (0..<EventType.Slot.count).reduce(otherSpans) { $0 + known[$1].spans } }

    @inline(__always)
    mutating func count(_ facts: borrowing SpanFacts, of type: EventType) {
        guard let slot = type.slot else { return countOther(facts, type) }
        known[slot.rawValue].count(facts)
        guard slot == .llmCall else { return }
        if facts.attempt > 1 { retries &+= 1 }
        llmNanoseconds &+= facts.nanoseconds ?? 0
        promptTokens.addSaturating(facts.promptTokens)
        cachedTokens.addSaturating(facts.cachedTokens)
        completionTokens.addSaturating(facts.completionTokens)
    }

    @inline(never)
    private mutating func countOther(_ facts: borrowing SpanFacts, _ type: EventType) {
        otherSpans += 1
        guard let nanoseconds = facts.nanoseconds else { return }
        others[others.place(of: type), default: LatencyHistogram()].add(nanoseconds: nanoseconds)
    }
}

extension [EventType: LatencyHistogram] {
    /// Where a type is counted: the first 64 have a place of their own, the others one together.
    fileprivate func place(of type: EventType) -> EventType {
        if self[type] != nil { return type }
        let own = count - (self["other"] == nil ? 0 : 1)
        return own < 64 ? type : "other"
    }

    /// Counts what was counted of a type elsewhere.
    mutating func add(_ latency: LatencyHistogram, of type: EventType) {
        self[place(of: type), default: LatencyHistogram()].merge(latency)
    }
}

/// What the metrics count of a span, beside its type; the tokens and attempts of model calls only.
struct SpanFacts {
    /// How long it took; `nil` for an instant.
    var nanoseconds: UInt64?
    var isFailure = false
    var attempt = 1
    var promptTokens = 0
    var cachedTokens = 0
    var completionTokens = 0
}

extension SpanFacts {
    /// Takes note of a number in a span's data.
    @inline(__always)
    mutating func count(_ value: Int, _ fact: KnownKeys.Fact) {
        switch fact {
        case .attempt: attempt = value
        case .promptTokens: promptTokens = value
        case .cachedTokens: cachedTokens = value
        case .completionTokens: completionTokens = value
        case .none, .success: break
        }
    }

    /// Takes note of a truth value in a span's data.
    @inline(__always)
    mutating func count(_ value: Bool, _ fact: KnownKeys.Fact) {
        if !value, fact == .success { isFailure = true }
    }

    /// Takes note of a member of a span's data.
    mutating func count(_ entry: JSONObject.Entry) {
        guard let fact = KnownKeys.shared[entry.known]?.pointee.fact else { return }
        switch entry.value {
        case .integer(let value): count(value, fact)
        case .bool(let value): count(value, fact)
        default: break
        }
    }
}

extension Int {
    /// Adds a count that came from outside: it may be negative or absurd, and must not trap.
    @inline(__always)
    mutating func addSaturating(_ count: Int) {
        let (sum, overflow) = addingReportingOverflow(Swift.max(0, count))
        self = overflow ? .max : sum
    }
}
