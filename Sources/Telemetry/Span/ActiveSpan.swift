import Synchronization

/// An operation that is running: it takes data until it ends, and is a ``Span`` from then on.
///
/// `withSpan` and `withTrace` end their span by themselves. One from `startSpan` is ended by you; if it is released
/// without that, it ends there and then as failed, so that it isn't lost.
///
/// A span ends once. Ending it again, or setting something after the end, is ignored and counted in
/// ``Metrics/ignoredCalls``. An active span is safe to use from several threads and tasks at once.
public final class ActiveSpan: Sendable {
    /// It can't be copied, so that what is read of it takes no references.
    private struct State: ~Copyable {
        var name: String?
        /// The members behind those that are written, with other keys than theirs.
        var data: JSONObject
        var error: String?
        var hasEnded = false
    }

    /// The span's own id.
    public let id: SpanID
    /// The trace that the span belongs to.
    public let traceID: TraceID
    /// The span within which this one runs; `nil` for a trace's root.
    public let parentID: SpanID?
    /// What kind of operation it is.
    public let eventType: EventType
    /// The recorder that gets the span when it ends.
    public let telemetry: Telemetry

    /// The innermost span of another recorder that was current where this one began.
    ///
    /// Of one's own recorder none is kept: spans that outlive those around them would hold on to all of them.
    let enclosing: ActiveSpan?

    /// Whether the trace is complete, as far as this process knows, when the span ends.
    private let isRoot: Bool
    private let start: (wall: Timestamp, monotonic: UInt64)
    private let isTaken = Atomic(false)
    /// Both are reached only between `lock` and `unlock`, and by who ended the span.
    @exclusivity(unchecked) private nonisolated(unsafe) var state: State
    @exclusivity(unchecked) private nonisolated(unsafe) var written = WrittenMembers()

    init(
        _ telemetry: Telemetry,
        trace: TraceContext,
        parentID: SpanID?,
        enclosing: ActiveSpan?,
        eventType: EventType,
        name: consuming String?,
        data: consuming JSONObject
    ) {
        self.telemetry = telemetry
        id = telemetry.nextSpanID()
        traceID = trace.id
        self.parentID = parentID
        self.enclosing = enclosing?.innermost(notOf: telemetry)
        self.eventType = eventType
        if let owner = trace.owner {
            state = State(name: name, data: owner.adding(data))
        } else {
            state = State(name: name, data: data)
        }
        start = telemetry.clock.now()
        isRoot = parentID == nil || trace.isRemote
        if telemetry.configuration.recordsStarts { recordStart() }
    }

    @inline(never)
    private func recordStart() {
        withState { telemetry.recordStart(head(nanoseconds: nil), eventType, name: $0.name, $0.data) }
    }

    /// This span, or the innermost one around it that is of another recorder.
    @inline(__always)
    private func innermost(notOf telemetry: Telemetry) -> ActiveSpan? {
        if self.telemetry !== telemetry { return self }
        // Mostly there is none. The look is cheaper than to take a reference and give it back.
        return enclosing == nil ? nil : enclosing?.innermostAround(notOf: telemetry)
    }

    @inline(never)
    private func innermostAround(notOf telemetry: Telemetry) -> ActiveSpan? {
        var span: ActiveSpan? = self
        while let candidate = span, candidate.telemetry === telemetry { span = candidate.enclosing }
        return span
    }

    /// The span as W3C Trace Context has it, to hand on to a process that goes on with the trace.
    public var traceparent: Traceparent { Traceparent(traceID: traceID, parentID: id) }

    deinit {
        // Nobody else can reach it any more.
        if !state.hasEnded { finish(failing: "the span was released without being ended") }
    }

    /// What precisely it is: the model, the tool.
    ///
    /// It may be set when that is known.
    public var name: String? {
        get { withState { $0.name } }
        set { change { $0.name = newValue } }
    }

    /// The data at `key`, as a Swift value; `nil` removes it.
    ///
    /// For example: `span["prompt_tokens"] = 12`.
    @inlinable
    public subscript<Value: JSONRepresentable>(key: String) -> Value? {
        // The conversions are the program's own code, which may use this very span: they run outside of the lock.
        get { json(at: key).flatMap(Value.init(json:)) }
        set { set(newValue?.json, at: key) }
    }

    @usableFromInline
    func json(at key: String) -> JSONValue? { withState { written.has(key) ? written.values[key] : $0.data[key] } }

    @usableFromInline
    func set(_ json: JSONValue?, at key: String) {
        // Not consumed: a caller with a number knows that nothing has to be given back.
        lock()
        let hasEnded = state.hasEnded
        if !hasEnded {
            // Only before all others: members stand in the order in which they were set.
            let isWritten = state.data.isEmpty && written.add(json, at: key, telemetry.policy.rules)
            if !isWritten { keep(json, at: key) }
        }
        unlock()
        if hasEnded { telemetry.countIgnoredCall() }
    }

    /// Sets a member that can't be written, or is to take the place of a written one.
    @inline(never)
    private func keep(_ json: JSONValue?, at key: String) {
        if written.has(key) {
            var all = written.values
            all.merge(state.data)
            state.data = all
            written.removeAll()
        }
        state.data[key] = json
    }

    /// The object at `key`; `nil` removes it.
    ///
    /// For example: `span["arguments"] = ["a": 42, "b": 7]`.
    public subscript(key: String) -> JSONObject? {
        get { json(at: key)?.object }
        set { set(newValue.map(JSONValue.object), at: key) }
    }

    /// Marks the operation as failed.
    ///
    /// The last call counts; the span goes on until it ends.
    ///
    /// - Parameter message: What went wrong.
    public func fail(_ message: String) { change { $0.error = message } }

    /// Marks the operation as failed with what describes `error`.
    public func fail(_ error: any Error) { fail(describe(error)) }

    /// Ends the operation, and records it.
    public func end() {
        if !finish() { telemetry.countIgnoredCall() }
    }

    private func change(_ body: (inout State) -> Void) {
        lock()
        let hasEnded = state.hasEnded
        if !hasEnded { body(&state) }
        unlock()
        if hasEnded { telemetry.countIgnoredCall() }
    }

    /// Ends the span, unless it has ended; as failed with `error`, unless a better reason was given before.
    @discardableResult
    @usableFromInline
    func finish(failing error: String? = nil) -> Bool {
        let end = telemetry.clock.monotonicNanoseconds()
        lock()
        let ends = !state.hasEnded
        if ends {
            state.hasEnded = true
            if state.error == nil { state.error = error }
        }
        unlock()
        guard ends else { return false }
        let elapsed = end >= start.monotonic ? end - start.monotonic : 0
        // From here on nobody changes the state, or has access to change it, and it can be read without the lock.
        record(state, nanoseconds: elapsed, at: end)
        return true
    }

    @inline(__always)
    private func record(_ state: borrowing State, nanoseconds: UInt64, at moment: UInt64) {
        var facts = written.facts
        facts.nanoseconds = nanoseconds
        if state.error != nil { facts.isFailure = true }
        let ending = SpanEnding(isRoot: isRoot, error: state.error, moment: moment)
        telemetry.record(head(nanoseconds: nanoseconds), eventType, name: state.name, ending, facts) { line, facts in
            written.withBytes { line.members(written: $0) }
            if !state.data.isEmpty { line.members(state.data, counting: &facts) }
        }
    }

    private func head(nanoseconds: UInt64?) -> SpanHead {
        SpanHead(id: id, traceID: traceID, parentID: parentID, timestamp: start.wall, nanoseconds: nanoseconds)
    }

    /// Runs `body`, which reads the state, while no other thread has it.
    @inline(__always)
    private func withState<Result>(_ body: (borrowing State) -> Result) -> Result {
        lock()
        defer { unlock() }
        return body(state)
    }

    @inline(__always)
    private func lock() {
        // Two tasks that set data on one span in the same nanoseconds are rare: a lock that spins needs no memory of
        // its own, and a sixth of a `Mutex`'s time.
        while isTaken.exchange(true, ordering: .acquiring) { System.yield() }
    }

    @inline(__always)
    private func unlock() { isTaken.store(false, ordering: .releasing) }
}

/// What an error says of itself; a cancellation says little, and so is named.
@usableFromInline
func describe(_ error: any Error) -> String {
    error is CancellationError ? "cancelled" : String(describing: error)
}
