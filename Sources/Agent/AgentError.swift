public import Telemetry

/// Why an agent couldn't do what was asked of it.
///
/// Its description ends with the trace's id, so that a message that a user reports leads to the trace:
/// `no answer that fits {"answer": string} in 3 attempts: … (trace 4bf92f35)`.
public struct AgentError: Error, Sendable {
    /// The kind of failure, to switch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        init(_ description: String) { self.description = description }

        /// The model failed, or can't take what it was given.
        public static let model = Code("model")
        /// No answer fitted the schema in all attempts; the underlying error is the last one's ``UnusableAnswer``.
        public static let structuredOutput = Code("structuredOutput")
        /// The last of all attempts was cut off at `maxTokens`, or by the context's size; the underlying error is an
        /// ``UnusableAnswer``, which has the text so far.
        public static let cutOff = Code("cutOff")
        /// There was nothing, or the same thing twice, to choose from.
        public static let invalidChoices = Code("invalidChoices")
        /// A plan's dependencies, actions or inputs are wrong; none of it was done.
        public static let invalidPlan = Code("invalidPlan")
        /// The tool isn't known, its arguments don't fit, or it failed.
        public static let tool = Code("tool")
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong with what, and what to do next.
    public var message: String
    /// The trace in which it happened.
    public var traceID: TraceID
    /// The error behind it, if there was one.
    public var underlying: (any Error)?

    init(_ code: Code, _ message: String, in span: ActiveSpan, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.traceID = span.traceID
        self.underlying = underlying
    }
}

extension AgentError: CustomStringConvertible {
    /// The message, and the trace's short id.
    public var description: String { "\(message) (trace \(traceID.short))" }
}
