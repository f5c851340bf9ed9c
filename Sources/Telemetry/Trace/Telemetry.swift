import Synchronization

/// A flight recorder: it takes what a program does as spans, counts it, and writes it to a log, one line a span.
///
/// ```swift
/// let telemetry = try Telemetry()  // agent_telemetry.jsonl
/// try await telemetry.withTrace("answer a question") { trace in
///     try await telemetry.withSpan(.llmCall, name: "my-model") { span in
///         span["prompt_tokens"] = 12
///     }
/// }
/// telemetry.printSummary()
/// ```
///
/// Once made, a recorder never throws and never traps into the program that it observes. What can't be recorded is
/// counted, and the summary says so. A recorder is safe to use from any number of threads and tasks at once.
public final class Telemetry: Sendable {
    /// How a recorder works.
    public struct Configuration: Sendable {
        /// How long texts, nested values and lines may be in the log.
        public var limits: Limits
        /// How much is stored of what users and models wrote.
        public var capture: ContentCapture
        /// What must not be stored at all.
        public var redaction: Redaction
        /// Which traces are written.
        ///
        /// Metrics and recent spans know all of them.
        public var sampling: Sampling
        /// What to watch while the program runs.
        ///
        /// Each crossing leaves a line of type `alert` in the log.
        public var alerts: [AlertRule]
        /// Called once when an alert fires, and once when it is over, on the thread whose span made the difference.
        public var onAlert: (@Sendable (AlertChange) -> Void)?
        /// Whether a span that begins is written, too, so that the log of a process that died shows what was going on.
        ///
        /// Such a line has the span's id, no duration, and `"status":"running"` last in its data. The finished span comes
        /// in a line of its own, which takes its place for readers; metrics and recent spans know only that one.
        public var recordsStarts: Bool
        /// How many bytes of the most recent lines are kept in memory for ``Telemetry/recentSpans(_:)`` and
        /// ``Telemetry/spans(in:)``; a typical span needs 350.
        public var recentBytes: Int
        /// Where times come from.
        public var timeSource: any TimeSource
        /// Where ids come from.
        public var identifiers: any IdentifierSource

        /// Texts of up to 16 KiB, secrets masked, 2 MiB of recent lines, the machine's clocks, and random ids, unless told
        /// otherwise.
        public init(
            limits: Limits = Limits(),
            capture: ContentCapture = .truncated(),
            redaction: Redaction = Redaction(),
            sampling: Sampling = .everything,
            alerts: [AlertRule] = [],
            onAlert: (@Sendable (AlertChange) -> Void)? = nil,
            recordsStarts: Bool = false,
            recentBytes: Int = 2 << 20,
            timeSource: any TimeSource = SystemTimeSource(),
            identifiers: any IdentifierSource = RandomIdentifiers()
        ) {
            self.limits = limits
            self.capture = capture
            self.redaction = redaction
            self.sampling = sampling
            self.alerts = alerts
            self.onAlert = onAlert
            self.recordsStarts = recordsStarts
            self.recentBytes = recentBytes
            self.timeSource = timeSource
            self.identifiers = identifiers
        }
    }

    /// What was recorded by some of the threads.
    struct Record: ~Copyable {
        var counter = SpanCounter()
        var recent = RecentSpans(capacity: 0)
    }

    /// How the recorder works.
    public let configuration: Configuration
    /// Where finished spans go.
    public let sink: any SpanSink

    /// The sink, where it is a file, as it mostly is: it is called without a detour.
    let fileSink: Unmanaged<FileSink>?
    let clock: OrderedClock
    /// The process's random ids, which nearly all have: they are drawn without a detour; `nil` where there are others.
    private let randomIdentifiers: RandomIdentifiers?
    /// It is the same for all recorders; within reach here, because a global is asked first whether it has been made.
    @usableFromInline let innermostSpan = Telemetry.innermostSpan
    let policy: LinePolicy
    /// Where lines wait for their trace to be decided; `nil` where none do.
    private let tail: Monitor<TailSampler>?
    private let headSampledOut = Atomic<Int>(0)
    let records: Lanes<Record>
    /// `nil` where nothing is watched.
    private let alerts: Monitor<AlertMonitor>?
    /// What the sink had dropped when the recorder was cleared.
    private let dropsBefore = Monitor(DropCounts())
    private let trace = SpinLock<TraceContext?>(nil)
    /// Whether `trace` is one: most programs have none, and their threads need not meet at its lock.
    private let hasTrace = Atomic(false)
    private let ignoredCalls = Atomic<Int>(0)

    /// A recorder that appends to the file at `logFile`, which is made if there is none.
    ///
    /// - Throws: ``TelemetryError`` that names the path, when it can't be written.
    public convenience init(
        logFile: String = "agent_telemetry.jsonl",
        configuration: Configuration = Configuration()
    ) throws(TelemetryError) {
        self.init(sink: try FileSink(path: logFile), configuration: configuration)
    }

    /// A recorder that hands finished spans to `sink`.
    public init(sink: any SpanSink, configuration: Configuration = Configuration()) {
        self.sink = sink
        fileSink = (sink as? FileSink).map(Unmanaged.passUnretained)
        self.configuration = configuration
        clock = OrderedClock(configuration.timeSource)
        randomIdentifiers = configuration.identifiers as? RandomIdentifiers
        policy = LinePolicy(
            limits: configuration.limits,
            capture: configuration.capture,
            redaction: configuration.redaction
        )
        tail = configuration.sampling.tail.map { Monitor(TailSampler($0)) }
        let recentBytes = configuration.recentBytes
        records = Lanes {
            Record()
        } prepare: {
            $0.recent.resize(to: recentBytes / $1)
        }
        alerts = configuration.alerts.isEmpty ? nil : Monitor(AlertMonitor(configuration.alerts))
        if tail != nil { UndecidedTraces.add(self) }
    }

    // MARK: What was recorded

    /// What was counted so far.
    public var metrics: Metrics {
        var metrics = Metrics()
        records.withAll {
            metrics.add($0.counter)
        } end: {
            metrics.drops = sink.drops - dropsBefore.withLock { $0 }
        }
        metrics.ignoredCalls = ignoredCalls.load(ordering: .relaxed)
        metrics.sampledOutSpans =
            headSampledOut.load(ordering: .relaxed) + (withTail { $0.sampledOutSpans } ?? 0)
        return metrics
    }

    /// The figures as a block of text; see ``Metrics/summary``.
    public var summary: String { metrics.summary }

    /// Prints the ``summary`` to standard output.
    public func printSummary() { print(summary, terminator: "") }

    /// The most recent finished spans that are still in memory, in the order in which they ended.
    ///
    /// - Parameter count: The most spans to return; from the latest ones.
    public func recentSpans(_ count: Int = .max) -> [Span] {
        // Parsing takes its time: only the copy is made while nobody can record.
        var bytes = ByteBuffer()
        var lines: [(moment: UInt64, range: Range<Int>)] = []
        records.withAll { record in
            record.recent.forEach { line, moment in
                lines.append((moment, bytes.count..<bytes.count + line.count))
                bytes.append(line)
            }
        } end: {
        }
        lines.sort { $0.moment < $1.moment }  // It is stable: lines of the same moment stay as they are.
        return lines.suffix(max(0, count)).compactMap { line in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes.bytes[line.range])
            return (try? JSONValue(parsing: bytes)).flatMap { try? Span(json: $0) }
        }
    }

    /// The finished spans of a trace that are still in memory, in the order in which they ended.
    public func spans(in trace: TraceID) -> [Span] {
        recentSpans().filter { $0.traceID == trace }
    }

    // MARK: Ending

    /// Forgets the metrics and the recent spans, and empties the log if it is a regular file.
    ///
    /// The current trace, and spans that are still running, go on. Of spans that end at the same moment, each may still be
    /// in the log, though the metrics have forgotten it.
    public func clear() {
        records.withAll { record in
            record.counter = SpanCounter()
            record.recent.removeAll()
        } end: {
            headSampledOut.store(0, ordering: .relaxed)
            sink.clear()
            dropsBefore.withLock { $0 = sink.drops }
        }
        withTail { $0.clear() }
        ignoredCalls.store(0, ordering: .relaxed)
    }

    /// Waits until all that was recorded has reached the log, but at most `timeout`.
    ///
    /// Traces that wait for tail sampling go on waiting, unless they have waited too long.
    @discardableResult
    public func flush(timeout: Duration = .seconds(5)) -> FlushResult {
        withTail { $0.expire(now: configuration.timeSource.monotonicNanoseconds(), emit: emit) }
        return sink.flush(timeout: timeout)
    }

    /// Writes what is left and closes the log.
    ///
    /// Traces that wait for tail sampling are decided by what is known of them. What is recorded later is counted as
    /// dropped. Closing again does nothing.
    public func close() {
        withTail { decideAll(&$0) }
        sink.close()
    }

    private func decideAll(_ tail: inout TailSampler) {
        if let current = currentTrace { tail.end(current.id, emit: emit) }
        tail.flush(emit: emit)
    }

    /// Decides the traces that wait, because the process exits, unless another thread is about that and doesn't end.
    func decideAtExit() {
        _ = tail?.withLock(within: .milliseconds(500)) { tail in
            tail.noticeFork()
            decideAll(&tail)
        }
    }

    deinit {
        guard tail != nil else { return }
        UndecidedTraces.remove(self)
        withTail { decideAll(&$0) }
    }
}

/// The trace in which spans without a parent are.
struct TraceContext: Sendable {
    var id: TraceID
    /// `nil` where nobody was named, and for spans that have a parent.
    var owner: TraceOwner?
    /// Whether the trace began in another process.
    var isRemote = false
}

/// How a span ended.
struct SpanEnding {
    /// Whether the trace is complete with it, as far as this process knows.
    var isRoot: Bool
    /// What went wrong.
    var error: String?
    /// When it was, in nanoseconds of the monotonic clock.
    var moment: UInt64
}

/// Whom a trace is for.
///
/// A class, because most spans have nothing to do with it: a reference that is missing costs nothing to pass on.
final class TraceOwner: Sendable {
    let userID: String?
    let sessionID: String?

    init?(userID: String?, sessionID: String?) {
        guard userID != nil || sessionID != nil else { return nil }
        self.userID = userID
        self.sessionID = sessionID
    }

    /// A root's data: whom the trace belongs to, then `data`.
    func adding(_ data: JSONObject) -> JSONObject {
        var all: JSONObject = [:]
        all["user_id"] = userID
        all["session_id"] = sessionID
        all.merge(data)
        return all
    }
}

// MARK: What spans need

extension Telemetry {
    /// The current trace of code that isn't in a scope.
    var currentTrace: TraceContext? { hasTrace.load(ordering: .acquiring) ? trace.withLock { $0 } : nil }

    /// Makes a trace the current one, with which the one before ends.
    func begin(_ new: TraceContext) {
        let old = trace.withLock { trace in
            defer { trace = new }
            return trace
        }
        hasTrace.store(true, ordering: .releasing)
        if let old { withTail { $0.end(old.id, emit: emit) } }
    }

    @inline(__always)
    func nextSpanID() -> SpanID {
        randomIdentifiers?.nextSpanID() ?? configuration.identifiers.nextSpanID()
    }

    func countIgnoredCall() { ignoredCalls.add(1, ordering: .relaxed) }

    /// Whether a redaction of the user's own is to see each member of the data.
    var looksAtAllMembers: Bool { policy.rules.pointee.replacesMembers }

    /// Takes a finished span: counts it, writes its line, keeps it, and hands it on.
    ///
    /// - Parameters:
    ///   - head: The line's fields but its texts and the data.
    ///   - type: What kind of operation it was.
    ///   - name: What precisely it was.
    ///   - ending: How it ended.
    ///   - facts: What the metrics count, as far as it is known without the data.
    ///   - data: Writes the data's members, and adds to the facts.
    @inline(__always)
    func record(
        _ head: SpanHead,
        _ type: EventType,
        name: String?,
        _ ending: SpanEnding,
        _ facts: SpanFacts,
        _ data: (inout LineWriter, inout SpanFacts) -> Void
    ) {
        LineWriter.withLine(policy: policy) { line in
            var facts = facts
            line.recorder = .passUnretained(self)
            line.begin(head, type, name: name, error: ending.error)
            data(&line, &facts)
            line.end(error: ending.error)
            deliver(line.bytes, head.traceID, type, facts, at: ending.moment, isRoot: ending.isRoot)
        }
    }

    /// Counts a finished span, keeps its line, and hands it on.
    private func deliver(
        _ line: UnsafeRawBufferPointer,
        _ trace: TraceID,
        _ type: EventType,
        _ facts: SpanFacts,
        at moment: UInt64,
        isRoot: Bool
    ) {
        records.withLane { record in
            record.counter.count(facts, of: type)
            record.recent.append(line, at: moment)
        }
        var traits: SpanTraits = isRoot ? .root : []
        if facts.isFailure { traits.insert(.failure) }
        if samples {
            sample(line, trace, traits, facts.nanoseconds)
        } else {
            emit(line, traits)
        }
        if alerts != nil { watch(facts, of: type) }
    }

    /// Whether any trace may be left out.
    private var samples: Bool { tail != nil || configuration.sampling.ratio < 1 }

    /// Hands a line on if its trace is kept, or lets it wait until that is known.
    @inline(never)
    private func sample(
        _ line: UnsafeRawBufferPointer,
        _ trace: TraceID,
        _ traits: SpanTraits,
        _ nanoseconds: UInt64?
    ) {
        guard configuration.sampling.considers(trace) else {
            if !traits.contains(.start) { headSampledOut.add(1, ordering: .relaxed) }
            return
        }
        guard tail != nil else { return emit(line, traits) }
        let now = configuration.timeSource.monotonicNanoseconds()
        let duration = nanoseconds.map(Duration.init(wholeNanoseconds:))
        // Of a trace that `startTrace` began, any number of spans have no parent: the next one ends it.
        let isLast = traits.contains(.root) && trace != currentTrace?.id
        withTail {
            $0.add(line, trace: trace, traits: traits, isLast: isLast, duration: duration, now: now, emit: emit)
        }
    }

    @discardableResult
    private func withTail<Result>(_ body: (inout TailSampler) -> Result) -> Result? {
        tail?.withLock { tail in
            tail.noticeFork()
            return body(&tail)
        }
    }

    @inline(__always)
    private func emit(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        guard let fileSink else { return sink.write(line.bytes, traits: traits) }
        // Without taking a reference, which costs 10 ns: `sink` has one.
        fileSink._withUnsafeGuaranteedRef { $0.write(line, traits) }
    }

    @inline(never)
    private func watch(_ facts: SpanFacts, of type: EventType) {
        let changes = alerts?.withLock { alerts in
            alerts.count(
                eventType: type,
                duration: facts.nanoseconds.map(Duration.init(wholeNanoseconds:)),
                isFailure: facts.isFailure,
                isRetry: type == .llmCall && facts.attempt > 1,
                now: configuration.timeSource.monotonicNanoseconds()
            )
        }
        for change in changes ?? [] { announce(change) }
    }

    /// Leaves a line of a trace of its own, which no sampling drops, and calls the program.
    @inline(never)
    private func announce(_ change: AlertChange) {
        let span = Span(
            id: configuration.identifiers.nextSpanID(),
            traceID: configuration.identifiers.nextTraceID(),
            eventType: .alert,
            name: change.rule.name,
            timestamp: clock.now().wall,
            data: change.data
        )
        span.withLine(policy: policy) { emit($0, .root) }
        configuration.onAlert?(change)
    }

    /// Writes that a span has begun.
    @inline(never)
    func recordStart(_ head: SpanHead, _ type: EventType, name: String?, _ data: JSONObject) {
        var data = data
        data["status"] = nil
        LineWriter.withLine(policy: policy) { line in
            var facts = SpanFacts()
            line.begin(head, type, name: name, error: nil)
            line.members(data, counting: &facts)
            line.member("status", "running")
            line.end(error: nil)
            if samples {
                sample(line.bytes, head.traceID, .start, nil)
            } else {
                emit(line.bytes, .start)
            }
        }
    }
}
