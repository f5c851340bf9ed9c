public import Telemetry

/// What a list says of a trace.
public struct TraceOverview: Sendable, Hashable {
    /// The trace's id.
    public internal(set) var id: TraceID
    /// The root's event type; of traces without one root, that of the span that began first.
    public internal(set) var eventType: EventType
    /// What precisely it was.
    public internal(set) var name: String?
    /// Whom it was for.
    public internal(set) var user: String?
    /// When its first span began.
    public internal(set) var start: Timestamp
    /// The time from the first span's beginning to the last one's end.
    public internal(set) var duration: Duration
    /// How many spans it has.
    public internal(set) var spans: Int
    /// How many of them failed.
    public internal(set) var failures: Int
    /// How many of them were retries.
    public internal(set) var retries: Int
    /// How many began but, as far as the log goes, didn't end.
    public internal(set) var unfinished: Int
    /// Tokens of its prompts.
    public internal(set) var promptTokens: Int
    /// Tokens of its answers.
    public internal(set) var completionTokens: Int
}

extension LogReader {
    /// The traces that fit, newest first.
    ///
    /// A trace fits when its failures, its duration, its user and its beginning do, and when one of its spans has the event
    /// type and one the text.
    ///
    /// - Parameters:
    ///   - filter: Which traces fit.
    ///   - limit: The most traces to return.
    /// - Returns: The traces, how many fit in all, and what came up.
    /// - Throws: ``LogError`` when a file can't be read.
    public func traces(
        matching filter: LogFilter = LogFilter(),
        limit: Int = .max
    ) throws(LogError) -> (traces: [TraceOverview], total: Int, report: ReadingReport) {
        let (consumers, report, unfinished) = try read { TraceConsumer(filter) }
        var all = consumers[0]
        for other in consumers.dropFirst() { all.merge(other) }
        all.countUnfinished(unfinished)
        let fitting = all.traces.filter { all.fits($0.value) }.sorted { a, b in
            (a.value.first, a.key.low, a.key.high) > (b.value.first, b.key.low, b.key.high)
        }
        let traces = fitting.prefix(max(0, limit)).compactMap { $0.value.overview($0.key) }
        return (traces, fitting.count, report)
    }
}

/// Gathers what a list says of each trace.
struct TraceConsumer: LineConsumer {
    struct Key: Hashable {
        var high: UInt64
        var low: UInt64
    }

    struct Figures {
        var first = Int64.max
        var last = Int64.min
        var spans: Int32 = 0
        var failures: Int32 = 0
        var retries: Int32 = 0
        var unfinished: Int32 = 0
        var promptTokens = 0
        var completionTokens = 0
        var hasType = false
        var hasText = false
        /// The span that stands for the trace: its root, or else the one that began first.
        var face: Face?
    }

    struct Face {
        var isRoot: Bool
        var start: Int64
        var eventType: String
        var name: String?
        var user: String?
    }

    private let filter: LogFilter
    private let search: TextSearch?
    private(set) var traces: [Key: Figures] = [:]

    init(_ filter: LogFilter) {
        self.filter = filter
        search = filter.text.map { TextSearch($0) }
    }

    /// The traces of spans that began, by where the records of that stand.
    private var begun: [LinePlace: Key] = [:]

    mutating func take(_ line: inout LineFields, at place: LinePlace) { add(line, isUnfinished: false) }

    mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) {
        begun[place] = Key(high: line.traceHigh, low: line.traceLow)
        add(line, isUnfinished: true)
    }

    /// Counts the spans that didn't end, once it is known which these are.
    mutating func countUnfinished(_ places: [LinePlace]) {
        for place in places {
            guard let key = begun[place] else { continue }
            traces[key]?.unfinished += 1
        }
    }

    private mutating func add(_ line: LineFields, isUnfinished: Bool) {
        if line.isAboutTheLog { return }
        var figures = traces[Key(high: line.traceHigh, low: line.traceLow)] ?? Figures()
        let hasType = filter.eventType == nil || line.text(line.eventType) == filter.eventType?.rawValue
        let hasText = search?.isIn(line) ?? true
        figures.add(line, isUnfinished: isUnfinished, hasType: hasType, hasText: hasText)
        traces[Key(high: line.traceHigh, low: line.traceLow)] = figures
    }

    mutating func merge(_ other: TraceConsumer) {
        begun.merge(other.begun) { first, _ in first }
        traces.merge(other.traces) { a, b in
            var sum = a
            sum.merge(b)
            return sum
        }
    }

    func fits(_ figures: Figures) -> Bool {
        if filter.isFailed, figures.failures == 0 { return false }
        if let slowerThan = filter.slowerThan, .microseconds(figures.last - figures.first) <= slowerThan {
            return false
        }
        if let user = filter.user, figures.face?.user != user { return false }
        return figures.hasType && figures.hasText && filter.isInTime(figures.first)
    }
}

extension TraceConsumer.Figures {
    fileprivate mutating func add(_ line: LineFields, isUnfinished: Bool, hasType: Bool, hasText: Bool) {
        first = min(first, line.timestamp)
        last = max(last, line.end)
        if !isUnfinished { spans += 1 }
        if line.isFailure { failures += 1 }
        if line.attempt > 1, !isUnfinished { retries += 1 }
        promptTokens = promptTokens.addingSaturating(line.promptTokens)
        completionTokens = completionTokens.addingSaturating(line.completionTokens)
        if hasType { self.hasType = true }
        if hasText { self.hasText = true }
        let isRoot = line.parentID == 0
        guard isBetter(isRoot: isRoot, start: line.timestamp) else { return }
        face = TraceConsumer.Face(
            isRoot: isRoot,
            start: line.timestamp,
            eventType: line.text(line.eventType) ?? "",
            name: line.text(line.name),
            user: line.text(line.user)
        )
    }

    private func isBetter(isRoot: Bool, start: Int64) -> Bool {
        guard let face else { return true }
        return isRoot == face.isRoot ? start < face.start : isRoot
    }

    fileprivate mutating func merge(_ other: Self) {
        first = min(first, other.first)
        last = max(last, other.last)
        spans += other.spans
        failures += other.failures
        retries += other.retries
        unfinished += other.unfinished
        promptTokens = promptTokens.addingSaturating(other.promptTokens)
        completionTokens = completionTokens.addingSaturating(other.completionTokens)
        hasType = hasType || other.hasType
        hasText = hasText || other.hasText
        if let theirs = other.face, isBetter(isRoot: theirs.isRoot, start: theirs.start) { face = theirs }
    }

    fileprivate func overview(_ key: TraceConsumer.Key) -> TraceOverview? {
        guard let id = TraceID(high: key.high, low: key.low), let face else { return nil }
        return TraceOverview(
            id: id,
            eventType: EventType(rawValue: face.eventType),
            name: face.name,
            user: face.user,
            start: Timestamp(microseconds: first),
            duration: .microseconds(last - first),
            spans: Int(spans),
            failures: Int(failures),
            retries: Int(retries),
            unfinished: Int(unfinished),
            promptTokens: promptTokens,
            completionTokens: completionTokens
        )
    }
}
