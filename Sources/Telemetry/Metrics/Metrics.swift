/// What a recorder counted since it began or was cleared: the agent's health at a glance.
///
/// Every finished span is counted. Metrics don't depend on what the log keeps.
public struct Metrics: Sendable, Hashable {
    /// Calls of a language model, failed ones and retries included.
    public private(set) var llmCalls = 0
    /// Calls of a language model that failed.
    public private(set) var llmFailures = 0
    /// Calls of a language model that repeated an earlier one: those whose `attempt` is greater than 1.
    public private(set) var llmRetries = 0
    /// Executions of tools, failed ones included.
    public private(set) var toolCalls = 0
    /// Executions of tools that failed.
    public private(set) var toolFailures = 0
    /// Requests for tools, whether or not they were then executed.
    public private(set) var toolRequests = 0
    /// Memory operations.
    public private(set) var memoryOperations = 0
    /// Decisions.
    public private(set) var decisions = 0
    /// The time that all calls of language models took together.
    public var totalLatency: Duration { Duration(wholeNanoseconds: totalNanoseconds) }
    private var totalNanoseconds: UInt64 = 0
    /// Tokens of all prompts, those found in a cache included.
    public private(set) var promptTokens = 0
    /// Tokens of prompts that were found in a cache.
    public private(set) var cachedTokens = 0
    /// Tokens of all answers.
    public private(set) var completionTokens = 0
    /// Finished spans of all types.
    public private(set) var spans = 0
    /// Calls that were ignored because their span had ended: data set, or the span ended, a second time.
    public internal(set) var ignoredCalls = 0
    /// Spans that sampling kept from the log, with their whole traces.
    public internal(set) var sampledOutSpans = 0
    /// Records that could not be written to the log, and so are not in it, by cause.
    public internal(set) var drops = DropCounts()
    /// Records that could not be written to the log, and so are not in it.
    public var droppedSpans: Int { drops.total }

    /// By the slot of the package's own types, which are found without hashing.
    private var knownLatencies = [LatencyHistogram](repeating: LatencyHistogram(), count: EventType.known.count)
    private var otherLatencies: [EventType: LatencyHistogram] = [:]

    /// Nothing counted yet.
    public init() {}

    /// The event types that were counted with a duration, by name.
    public var eventTypes: [EventType] {
        let known = zip(EventType.known, knownLatencies).filter { $0.1.count > 0 }.map(\.0)
        return (known + otherLatencies.keys).sorted { $0.rawValue < $1.rawValue }
    }

    /// How long operations of a type took; `nil` if there were none.
    ///
    /// The package's own types and the first 64 others are told apart; any further ones are counted together as `other`.
    public func latency(of type: EventType) -> LatencyHistogram? {
        guard let slot = type.slot else { return otherLatencies[type] }
        return knownLatencies[slot].count > 0 ? knownLatencies[slot] : nil
    }

    /// The mean duration of a model call; `nil` if there were none.
    public var averageLatency: Duration? { llmCalls > 0 ? totalLatency / llmCalls : nil }
    /// The share of model calls that succeeded, from 0 to 1; `nil` if there were none.
    public var llmSuccessRate: Double? { rate(llmCalls - llmFailures, of: llmCalls) }
    /// The share of tool executions that succeeded, from 0 to 1; `nil` if there were none.
    public var toolSuccessRate: Double? { rate(toolCalls - toolFailures, of: toolCalls) }
    /// The share of tool executions that failed, from 0 to 1; `nil` if there were none.
    public var toolFailureRate: Double? { rate(toolFailures, of: toolCalls) }

    private func rate(_ part: Int, of whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }

    mutating func count(_ facts: borrowing SpanFacts, of type: EventType) {
        spans += 1
        if let nanoseconds = facts.nanoseconds { countLatency(nanoseconds, of: type) }
        switch type.slot {
        case EventType.llmCall.slot:
            llmCalls += 1
            totalNanoseconds &+= facts.nanoseconds ?? 0
            if facts.isFailure { llmFailures += 1 }
            if facts.attempt > 1 { llmRetries += 1 }
            promptTokens.addSaturating(facts.promptTokens)
            cachedTokens.addSaturating(facts.cachedTokens)
            completionTokens.addSaturating(facts.completionTokens)
        case EventType.toolCall.slot:
            toolCalls += 1
            if facts.isFailure { toolFailures += 1 }
        case EventType.toolRequest.slot: toolRequests += 1
        case EventType.memory.slot: memoryOperations += 1
        case EventType.decision.slot: decisions += 1
        default: break
        }
    }

    private mutating func countLatency(_ nanoseconds: UInt64, of type: EventType) {
        if let slot = type.slot {
            knownLatencies[slot].add(nanoseconds: nanoseconds)
        } else {
            let isKnown = otherLatencies[type] != nil || otherLatencies.count < 64
            otherLatencies[isKnown ? type : "other", default: LatencyHistogram()].add(nanoseconds: nanoseconds)
        }
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
        guard let fact = KnownKeys[entry.known]?.pointee.fact else { return }
        switch entry.value {
        case .integer(let value): count(value, fact)
        case .bool(let value): count(value, fact)
        default: break
        }
    }
}

extension Int {
    /// Adds a count that came from outside: it may be negative or absurd, and must not trap.
    fileprivate mutating func addSaturating(_ count: Int) {
        let (sum, overflow) = addingReportingOverflow(Swift.max(0, count))
        self = overflow ? .max : sum
    }
}
