/// What kind of operation a span is: one of the agent's, or your own.
///
/// For example:
/// ```swift
/// extension EventType {
///     static let retrieval: EventType = "retrieval"
/// }
/// ```
public struct EventType: RawRepresentable, Sendable, Hashable {
    /// The name that the log has.
    public let rawValue: String

    /// The place of one of the package's own types: what is counted for it is found without hashing.
    enum Slot: Int, CaseIterable {
        case llmCall, toolRequest, toolCall, memory, decision, agentRun, agentStep, plan, action, eval

        static let count = allCases.count
    }

    /// The place in ``known``; `nil` for types of the program's own.
    let slot: Slot?

    /// The type that the log calls `rawValue`.
    public init(rawValue: String) {
        self.rawValue = rawValue
        slot = Self.known.first { $0.rawValue == rawValue }?.slot
    }

    private init(_ rawValue: String, _ slot: Slot) {
        self.rawValue = rawValue
        self.slot = slot
    }

    /// The package's own types.
    static let known = [
        llmCall, toolRequest, toolCall, memory, decision, agentRun, agentStep, plan, action, eval,
    ]

    /// Whether both have the same name.
    public static func == (a: EventType, b: EventType) -> Bool {
        a.slot == b.slot && (a.slot != nil || a.rawValue == b.rawValue)
    }

    /// Feeds the name to the hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// One call of a language model.
    public static let llmCall = EventType("llm_call", .llmCall)
    /// A model asked for a tool.
    public static let toolRequest = EventType("tool_request", .toolRequest)
    /// A tool was executed.
    public static let toolCall = EventType("tool_call", .toolCall)
    /// Something was stored in memory, or looked up.
    public static let memory = EventType("memory", .memory)
    /// One of several choices was selected.
    public static let decision = EventType("decision", .decision)
    /// One interaction with an agent, from question to answer: a trace's root.
    public static let agentRun = EventType("agent_run", .agentRun)
    /// One round of the agent's loop.
    public static let agentStep = EventType("agent_step", .agentStep)
    /// A plan was made or carried out.
    public static let plan = EventType("plan", .plan)
    /// One validated action.
    public static let action = EventType("action", .action)
    /// One case of an evaluation.
    public static let eval = EventType("eval", .eval)
}

extension EventType: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The type that the log calls so.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    /// The name that the log has.
    public var description: String { rawValue }
}
