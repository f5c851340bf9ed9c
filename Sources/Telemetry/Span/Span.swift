/// One finished operation: a model call, a tool's execution, a memory access, or whatever else was recorded.
///
/// A span is a plain value: what a line of the log says. The running thing is an ``ActiveSpan``.
///
/// In files that import `Telemetry`, `Span` means this type; the standard library's is `Swift.Span`.
public struct Span: Sendable, Hashable, Identifiable {
    /// The span's own id.
    public var id: SpanID
    /// The trace that the span belongs to: one whole interaction.
    public var traceID: TraceID
    /// The span within which this one ran; `nil` for a trace's root.
    public var parentID: SpanID?
    /// What kind of operation it was.
    public var eventType: EventType
    /// What precisely it was: the model, the tool, the memory operation.
    public var name: String?
    /// When the operation began.
    public var timestamp: Timestamp
    /// How long it took by a clock that never goes back; `nil` for what happens in an instant.
    public var duration: Duration?
    /// What there is to know about it, in the order in which it was set.
    public var data: JSONObject
    /// What went wrong; `nil` if nothing did.
    public var error: String?

    /// A record with these fields.
    public init(
        id: SpanID,
        traceID: TraceID,
        parentID: SpanID? = nil,
        eventType: EventType,
        name: String? = nil,
        timestamp: Timestamp,
        duration: Duration? = nil,
        data: JSONObject = [:],
        error: String? = nil
    ) {
        self.id = id
        self.traceID = traceID
        self.parentID = parentID
        self.eventType = eventType
        self.name = name
        self.timestamp = timestamp
        self.duration = duration
        self.data = data
        self.error = error
    }

    /// Whether the operation failed: it has an ``error``, or its data says `"success": false`.
    public var isFailure: Bool { error != nil || data["success"] == false }
}

extension Span: CustomStringConvertible {
    /// The span's line in the log, without limits.
    public var description: String {
        withLine(policy: .plain) { String(decoding: $0.dropLast(), as: UTF8.self) }
    }
}
