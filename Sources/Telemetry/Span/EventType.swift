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

    /// The type that the log calls `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// One call of a language model.
    public static let llmCall = EventType(rawValue: "llm_call")
    /// A model asked for a tool.
    public static let toolRequest = EventType(rawValue: "tool_request")
    /// A tool was executed.
    public static let toolCall = EventType(rawValue: "tool_call")
    /// Something was stored in memory, or looked up.
    public static let memory = EventType(rawValue: "memory")
    /// One of several choices was selected.
    public static let decision = EventType(rawValue: "decision")
    /// One interaction with an agent, from question to answer: a trace's root.
    public static let agentRun = EventType(rawValue: "agent_run")
    /// One round of the agent's loop.
    public static let agentStep = EventType(rawValue: "agent_step")
    /// A plan was made or carried out.
    public static let plan = EventType(rawValue: "plan")
    /// One validated action.
    public static let action = EventType(rawValue: "action")
    /// One case of an evaluation.
    public static let eval = EventType(rawValue: "eval")
}

extension EventType: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The type that the log calls so.
    public init(stringLiteral value: String) { rawValue = value }
    /// The name that the log has.
    public var description: String { rawValue }
}
