internal import Telemetry

/// Whom traces belong to.
struct UserTable: LineConsumer {
    private var users: [UInt64: [UInt8]] = [:]

    init() {}

    init(_ parts: [UserTable]) {
        for part in parts { users.merge(part.users) { first, _ in first } }
    }

    mutating func take(_ line: inout LineFields, at place: LinePlace) {
        guard line.parentID == 0, line.user.isPresent else { return }
        users[line.traceKey] = Array((line.text(line.user) ?? "").utf8)
    }

    func user(of line: LineFields) -> [UInt8] { users[line.traceKey] ?? [] }
}

/// Counts what a summary says.
struct SummaryConsumer: LineConsumer {
    private let grouping: LogSummary.Grouping
    private let users: UserTable?
    /// When spans have to have begun: at the first moment or later, before the second.
    private let times: (since: Int64, until: Int64)
    private var groups = GroupTable()
    private var hours: [Int64: SpanStatistics] = [:]
    private var first = Int64.max
    private var last = Int64.min
    private var spans = 0
    private var failedTraces = 0
    private var traces = TraceSet()
    private var slowest: LogSummary.Interaction?
    private var slowestDuration: Int64 = -1
    private var failures = FailureTable()
    private var dropped = 0
    private var repaired = 0

    init(_ grouping: LogSummary.Grouping, users: UserTable?, since: Timestamp?, until: Timestamp?) {
        times = (since?.microseconds ?? .min, until?.microseconds ?? .max)
        self.grouping = grouping
        self.users = users
    }

    /// The distinct traces that have a root; a class, because tables aren't copied.
    private final class TraceSet {
        private var known = RecentIDs()
        private var waiting: [UInt64] = []

        init() { waiting.reserveCapacity(64) }

        @inline(__always)
        func add(_ id: UInt64) {
            waiting.append(id)
            if waiting.count == 64 { addWaiting() }
        }

        private func addWaiting() {
            known.insert(contentsOf: waiting)
            waiting.removeAll(keepingCapacity: true)
        }

        func formUnion(_ other: TraceSet) {
            addWaiting()
            other.addWaiting()
            known.formUnion(other.known)
        }

        var count: Int {
            addWaiting()
            return known.count
        }
    }

    mutating func take(_ line: inout LineFields, at place: LinePlace) {
        guard line.timestamp >= times.since, line.timestamp < times.until else { return }
        if line.isAboutTheLog { return takeLoss(line) }
        spans += 1
        first = min(first, line.timestamp)
        last = max(last, line.end)
        if line.isFailure { failures.add(line) }
        if line.parentID == 0 { takeRoot(line) }
        switch grouping {
        case .type:
            if line.memo > 0 { return groups.add(line, to: line.memo &- 1) }
            let label = line.label
            let hasEscape = line.eventType.hasEscape || label.hasEscape
            let index = groups.index(
                line.key(line.eventType),
                line.eventTypeHash,
                line.key(label),
                hasEscape: hasEscape
            )
            if line.memo == 0 { line.memo = index + 1 }
            groups.add(line, to: index)
        case .model where line.kind == .llmCall, .tool where line.kind == .toolCall:
            let index = groups.index(line.key(line.label), hasEscape: line.label.hasEscape)
            groups.add(line, to: index)
        case .model, .tool: break
        case .user:
            let user = StoredText(users?.user(of: line) ?? [])
            let index = user.withKey { groups.index($0, hasEscape: false) }
            if line.parentID == 0 { groups.add(line, to: index) } else { groups.addCosts(of: line, to: index) }
        case .hour:
            let hour = line.timestamp.flooredDivision(by: 3_600_000_000)
            if line.parentID == 0 {
                hours[hour, default: SpanStatistics()].add(line)
            } else {
                hours[hour, default: SpanStatistics()].addCosts(line)
            }
        }
    }

    /// Counts a record that the recorder makes about the log itself.
    private mutating func takeLoss(_ line: LineFields) {
        if line.kind == .tornLine { repaired += 1 } else { dropped = dropped.addingSaturating(line.droppedCount) }
    }

    private mutating func takeRoot(_ line: LineFields) {
        traces.add(line.traceKey)
        if line.isFailure { failedTraces += 1 }
        let isEarlier = line.duration == slowestDuration && line.timestamp < slowest?.start.microseconds ?? .min
        guard line.duration > slowestDuration || isEarlier else { return }
        guard let id = TraceID(high: line.traceHigh, low: line.traceLow) else { return }
        slowestDuration = line.duration
        slowest = LogSummary.Interaction(
            id: id,
            name: line.text(line.name),
            start: Timestamp(microseconds: line.timestamp),
            duration: .microseconds(line.duration)
        )
    }

    mutating func merge(_ other: SummaryConsumer) {
        groups.merge(other.groups)
        hours.merge(other.hours) { a, b in
            var sum = a
            sum.merge(b)
            return sum
        }
        first = min(first, other.first)
        last = max(last, other.last)
        spans += other.spans
        failedTraces += other.failedTraces
        traces.formUnion(other.traces)
        if let theirs = other.slowest,
            other.slowestDuration > slowestDuration
                || other.slowestDuration == slowestDuration && theirs.start < slowest?.start ?? theirs.start
        {
            (slowest, slowestDuration) = (theirs, other.slowestDuration)
        }
        failures.merge(other.failures)
        dropped = dropped.addingSaturating(other.dropped)
        repaired += other.repaired
    }

    func summary(_ report: ReadingReport) -> LogSummary {
        var summary = LogSummary()
        summary.grouping = grouping
        summary.rows = rows
        summary.start = spans > 0 ? Timestamp(microseconds: first) : nil
        summary.end = spans > 0 ? Timestamp(microseconds: last) : nil
        summary.spans = spans
        summary.traces = traces.count
        summary.failedTraces = failedTraces
        summary.slowest = slowest
        summary.failures = failures.sorted
        summary.droppedSpans = dropped
        summary.repairedLines = repaired
        summary.report = report
        return summary
    }

    private var rows: [LogSummary.Row] {
        if grouping == .hour {
            return hours.sorted { $0.key < $1.key }.map { hour, statistics in
                let time = Timestamp(microseconds: hour * 3_600_000_000)
                return LogSummary.Row(name: time.description.prefix(13) + ":00:00Z", statistics: statistics)
            }
        }
        var types: [String: (total: SpanStatistics, parts: [String: SpanStatistics])] = [:]
        for (entry, statistics) in groups.rows {
            let part = entry.labelText
            types[entry.typeText, default: (SpanStatistics(), [:])].total.merge(statistics)
            if !part.isEmpty {
                types[entry.typeText, default: (SpanStatistics(), [:])].parts[part, default: SpanStatistics()]
                    .merge(statistics)
            }
        }
        return Self.sorted(
            types.map { name, group in
                let parts = group.parts.map { LogSummary.Row(name: $0, statistics: $1) }
                return LogSummary.Row(name: name, statistics: group.total, parts: Self.sorted(parts))
            }
        )
    }

    private static func sorted(_ rows: [LogSummary.Row]) -> [LogSummary.Row] {
        rows.sorted { ($0.statistics.count, $1.name) > ($1.statistics.count, $0.name) }
    }
}

extension Int64 {
    /// The quotient rounded down, for times before 1970 too.
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
