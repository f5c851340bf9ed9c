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
        let latency = knownLatencies[slot.rawValue]
        return latency.count > 0 ? latency : nil
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

    /// Adds what was counted elsewhere.
    mutating func add(_ counter: borrowing SpanCounter) {
        llmCalls += counter[.llmCall].spans
        llmFailures += counter[.llmCall].failures
        llmRetries += counter.retries
        toolCalls += counter[.toolCall].spans
        toolFailures += counter[.toolCall].failures
        toolRequests += counter[.toolRequest].spans
        memoryOperations += counter[.memory].spans
        decisions += counter[.decision].spans
        totalNanoseconds &+= counter.llmNanoseconds
        promptTokens.addSaturating(counter.promptTokens)
        cachedTokens.addSaturating(counter.cachedTokens)
        completionTokens.addSaturating(counter.completionTokens)
        spans += counter.spans
        for type in EventType.known {
            guard let slot = type.slot else { continue }
            knownLatencies[slot.rawValue].merge(counter[slot].latency)
        }
        for (type, latency) in counter.others { otherLatencies.add(latency, of: type) }
    }
}
