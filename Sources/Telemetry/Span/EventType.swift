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

    /// The place in ``known`` of one of the package's own types: what is counted for it is found without hashing.
    let slot: Int?

    /// The type that the log calls `rawValue`.
    public init(rawValue: String) {
        self.rawValue = rawValue
        slot = Self.known.firstIndex { $0.rawValue == rawValue }
    }

    private init(_ rawValue: String, slot: Int) {
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
    public static let llmCall = EventType("llm_call", slot: 0)
    /// A model asked for a tool.
    public static let toolRequest = EventType("tool_request", slot: 1)
    /// A tool was executed.
    public static let toolCall = EventType("tool_call", slot: 2)
    /// Something was stored in memory, or looked up.
    public static let memory = EventType("memory", slot: 3)
    /// One of several choices was selected.
    public static let decision = EventType("decision", slot: 4)
    /// One interaction with an agent, from question to answer: a trace's root.
    public static let agentRun = EventType("agent_run", slot: 5)
    /// One round of the agent's loop.
    public static let agentStep = EventType("agent_step", slot: 6)
    /// A plan was made or carried out.
    public static let plan = EventType("plan", slot: 7)
    /// One validated action.
    public static let action = EventType("action", slot: 8)
    /// One case of an evaluation.
    public static let eval = EventType("eval", slot: 9)
}

extension EventType: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The type that the log calls so.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    /// The name that the log has.
    public var description: String { rawValue }
}
