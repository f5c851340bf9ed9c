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
    public private(set) var totalLatency: Duration = .zero
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
    /// Records that could not be written to the log, and so are not in it.
    public internal(set) var droppedSpans = 0

    private var latencies: [EventType: LatencyHistogram] = [:]

    /// Nothing counted yet.
    public init() {}

    /// The event types that were counted with a duration, by name.
    public var eventTypes: [EventType] { latencies.keys.sorted { $0.rawValue < $1.rawValue } }

    /// How long operations of a type took; `nil` if there were none.
    ///
    /// The first 64 types are told apart; any further ones are counted together as `other`.
    public func latency(of type: EventType) -> LatencyHistogram? { latencies[type] }

    /// The mean duration of a model call; `nil` if there were none.
    public var averageLatency: Duration? { llmCalls > 0 ? totalLatency / llmCalls : nil }
    /// The share of model calls that succeeded, from 0 to 1; `nil` if there were none.
    public var llmSuccessRate: Double? { rate(llmCalls - llmFailures, of: llmCalls) }
    /// The share of tool executions that succeeded, from 0 to 1; `nil` if there were none.
    public var toolSuccessRate: Double? { rate(toolCalls - toolFailures, of: toolCalls) }
    /// The share of tool executions that failed, from 0 to 1; `nil` if there were none.
    public var toolFailureRate: Double? { rate(toolFailures, of: toolCalls) }

    private func rate(_ part: Int, of whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }

    mutating func count(_ span: Span) {
        spans += 1
        if let duration = span.duration { countLatency(duration, of: span.eventType) }
        switch span.eventType {
        case .llmCall:
            llmCalls += 1
            totalLatency += span.duration ?? .zero
            if span.isFailure { llmFailures += 1 }
            if (span.data["attempt"]?.integer ?? 1) > 1 { llmRetries += 1 }
            promptTokens.addSaturating(span.data["prompt_tokens"]?.integer)
            cachedTokens.addSaturating(span.data["cached_tokens"]?.integer)
            completionTokens.addSaturating(span.data["completion_tokens"]?.integer)
        case .toolCall:
            toolCalls += 1
            if span.isFailure { toolFailures += 1 }
        case .toolRequest: toolRequests += 1
        case .memory: memoryOperations += 1
        case .decision: decisions += 1
        default: break
        }
    }

    private mutating func countLatency(_ duration: Duration, of type: EventType) {
        let known = latencies[type] != nil || latencies.count < 64
        latencies[known ? type : "other", default: LatencyHistogram()].add(duration)
    }
}

extension Int {
    /// Adds a count that came from outside: it may be missing, negative or absurd, and must not trap.
    fileprivate mutating func addSaturating(_ count: Int?) {
        let (sum, overflow) = addingReportingOverflow(Swift.max(0, count ?? 0))
        self = overflow ? .max : sum
    }
}
