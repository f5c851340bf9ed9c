/// The span that a task is in.
///
/// A structure, because the runtime copies an `Optional` by looking at its parts, and a structure by code that knows them.
@usableFromInline
struct InnermostSpan: Sendable {
    @usableFromInline let span: ActiveSpan?

    @inlinable
    init(span: ActiveSpan?) { self.span = span }
}

extension Telemetry {
    /// Written out, because the macro's is private, and inlined code needs it.
    @usableFromInline
    static let innermostSpan = TaskLocal(wrappedValue: InnermostSpan(span: nil))

    private static var innermost: ActiveSpan? { innermostSpan.get().span }

    /// The span that the current task is in, of any recorder; child tasks are in their parent's.
    public static var currentSpan: ActiveSpan? { innermost }

    /// The span of this recorder that the current task is in.
    public var currentSpan: ActiveSpan? { currentSpan(within: Self.innermost) }

    private func currentSpan(within innermost: ActiveSpan?) -> ActiveSpan? {
        guard var span = innermost else { return nil }
        while span.telemetry !== self {
            guard let enclosing = span.enclosing else { return nil }
            span = enclosing
        }
        return span
    }

    // MARK: Traces

    /// Begins a trace for code that isn't in a scope: from now on, spans without a parent belong to it.
    ///
    /// Within `withTrace` and `withSpan`, the scope's own trace counts. The current trace is the recorder's, not the task's: concurrent interactions on one recorder
    /// want `withTrace`.
    ///
    /// - Parameters:
    ///   - userID: Whom the interaction is for; in the data of the trace's roots.
    ///   - sessionID: Which session it is part of; in the data of the trace's roots.
    /// - Returns: The trace's id, to show in an error message or look up in the log.
    @discardableResult
    public func startTrace(userID: String? = nil, sessionID: String? = nil) -> TraceID {
        let id = configuration.identifiers.nextTraceID()
        begin(TraceContext(id: id, owner: TraceOwner(userID: userID, sessionID: sessionID)))
        return id
    }

    /// Runs `body` in a trace of its own, whose root span ends when `body` returns or throws.
    ///
    /// Spans that begin within `body`, in child tasks too, belong to the trace. An error that `body` throws is recorded
    /// on the root span, unless `body` failed it with a reason of its own, and thrown on.
    ///
    /// - Parameters:
    ///   - name: What precisely the interaction is.
    ///   - type: What kind of operation it is.
    ///   - userID: Whom it is for; in the root's data.
    ///   - sessionID: Which session it is part of; in the root's data.
    ///   - parent: The span of another process that this one goes on for, as its `traceparent` told; the trace is that
    ///     one's then.
    ///   - data: What else there is to know about it when it begins.
    ///   - body: Gets the root span, to set data on and to read the trace's id from.
    @inlinable
    @discardableResult
    public func withTrace<R>(
        _ name: String? = nil,
        type: EventType = .agentRun,
        userID: String? = nil,
        sessionID: String? = nil,
        parent: Traceparent? = nil,
        data: JSONObject = JSONObject(),
        _ body: (ActiveSpan) throws -> R
    ) rethrows -> R {
        try run(startRoot(name, type, userID, sessionID, parent, data), body)
    }

    /// Runs `body` in a trace of its own, whose root span ends when `body` returns or throws.
    ///
    /// This is the same as the synchronous method, for asynchronous code.
    @inlinable
    @discardableResult
    public func withTrace<R>(
        _ name: String? = nil,
        type: EventType = .agentRun,
        userID: String? = nil,
        sessionID: String? = nil,
        parent: Traceparent? = nil,
        data: JSONObject = JSONObject(),
        _ body: (ActiveSpan) async throws -> R
    ) async rethrows -> R {
        try await run(startRoot(name, type, userID, sessionID, parent, data), body)
    }

    // MARK: Spans

    /// Runs `body` in a span, which ends when `body` returns or throws.
    ///
    /// The span belongs to the one that the current task is in; if there is none, to the trace that
    /// ``startTrace(userID:sessionID:)`` began; if there is none either, it is a trace of its own. An error that `body`
    /// throws is recorded on the span and thrown on.
    ///
    /// - Parameters:
    ///   - type: What kind of operation it is.
    ///   - name: What precisely it is: the model, the tool.
    ///   - data: What there is to know about it when it begins.
    ///   - body: Gets the span, to set data on.
    @inlinable
    @discardableResult
    public func withSpan<R>(
        _ type: EventType,
        name: String? = nil,
        data: JSONObject = JSONObject(),
        _ body: (ActiveSpan) throws -> R
    ) rethrows -> R {
        try run(startSpan(type, name: name, data: data), body)
    }

    /// Runs `body` in a span, which ends when `body` returns or throws.
    ///
    /// This is the same as the synchronous method, for asynchronous code.
    @inlinable
    @discardableResult
    public func withSpan<R>(
        _ type: EventType,
        name: String? = nil,
        data: JSONObject = JSONObject(),
        _ body: (ActiveSpan) async throws -> R
    ) async rethrows -> R {
        try await run(startSpan(type, name: name, data: data), body)
    }

    /// Begins a span that you end yourself, where no scope fits: in callbacks, for example.
    ///
    /// It has the same parent as one of `withSpan`, but does not become the current one.
    public func startSpan(
        _ type: EventType,
        name: consuming String? = nil,
        data: consuming JSONObject = JSONObject()
    ) -> ActiveSpan {
        let innermost = innermostSpan.get().span
        let (trace, parent, owner) = surroundings(within: innermost)
        return ActiveSpan(
            self,
            trace: TraceContext(id: trace, owner: owner),
            parentID: parent,
            enclosing: innermost,
            eventType: type,
            name: name,
            data: data
        )
    }

    /// The trace and the parent that a span gets which begins here and now; without a parent, whose trace it is.
    typealias Surroundings = (trace: TraceID, parent: SpanID?, owner: TraceOwner?)

    @inline(__always)
    func surroundings() -> Surroundings { surroundings(within: innermostSpan.get().span) }

    @inline(__always)
    private func surroundings(within innermost: ActiveSpan?) -> Surroundings {
        // Looked at where it is: each reference that is taken and given back costs 10 ns.
        if let innermost, innermost.telemetry === self { return (innermost.traceID, innermost.id, nil) }
        return surroundings(outside: innermost)
    }

    @inline(never)
    private func surroundings(outside innermost: ActiveSpan?) -> Surroundings {
        if let span = currentSpan(within: innermost) { return (span.traceID, span.id, nil) }
        if let trace = currentTrace { return (trace.id, nil, trace.owner) }
        return (configuration.identifiers.nextTraceID(), nil, nil)
    }

    @usableFromInline
    func startRoot(
        _ name: String?,
        _ type: EventType,
        _ userID: String?,
        _ sessionID: String?,
        _ parent: Traceparent?,
        _ data: JSONObject
    ) -> ActiveSpan {
        ActiveSpan(
            self,
            trace: TraceContext(
                id: parent?.traceID ?? configuration.identifiers.nextTraceID(),
                owner: TraceOwner(userID: userID, sessionID: sessionID),
                isRemote: parent != nil
            ),
            parentID: parent?.parentID,
            enclosing: Self.innermost,
            eventType: type,
            name: name,
            data: data
        )
    }

    @inlinable
    func run<R>(_ span: ActiveSpan, _ body: (ActiveSpan) throws -> R) rethrows -> R {
        do {
            let result = try innermostSpan.withValue(InnermostSpan(span: span)) { try body(span) }
            span.finish()
            return result
        } catch {
            span.finish(failing: describe(error))
            throw error
        }
    }

    @inlinable
    func run<R>(_ span: ActiveSpan, _ body: (ActiveSpan) async throws -> R) async rethrows -> R {
        do {
            let result = try await innermostSpan.withValue(InnermostSpan(span: span)) { try await body(span) }
            span.finish()
            return result
        } catch {
            span.finish(failing: describe(error))
            throw error
        }
    }
}
