internal import Telemetry

/// Whom traces belong to.
struct UserTable: LineConsumer {
    private var users: [UInt64: [UInt8]] = [:]

    init() {}

    init(_ parts: [UserTable]) {
        for part in parts { users.merge(part.users) { first, _ in first } }
    }

    mutating func take(_ line: LineFields, at place: LinePlace) {
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

    mutating func take(_ line: LineFields, at place: LinePlace) {
        guard line.timestamp >= times.since, line.timestamp < times.until else { return }
        if line.eventType.count == 9 || line.eventType.count == 13, isAboutTheLog(line) { return }
        spans += 1
        first = min(first, line.timestamp)
        last = max(last, line.end)
        if line.isFailure { failures.add(line) }
        if line.parentID == 0 { takeRoot(line) }
        switch grouping {
        case .type:
            let label = label(of: line)
            let index = groups.index(
                line.bytes(line.eventType),
                line.bytes(label),
                hasEscape: line.eventType.hasEscape || label.hasEscape
            )
            groups.update(index) { $0.add(line) }
        case .model where line.isType("llm_call"), .tool where line.isType("tool_call"):
            let label = label(of: line)
            let index = groups.index(line.bytes(label), line.bytes(Slice()), hasEscape: label.hasEscape)
            groups.update(index) { $0.add(line) }
        case .model, .tool: break
        case .user:
            let user = users?.user(of: line) ?? []
            // The hash reads words.
            (user + [0, 0, 0, 0, 0, 0, 0, 0]).withUnsafeBytes { bytes in
                let name = UnsafeRawBufferPointer(rebasing: bytes[..<user.count])
                let index = groups.index(name, line.bytes(Slice()), hasEscape: false)
                groups.update(index) { if line.parentID == 0 { $0.add(line) } else { $0.addCosts(line) } }
            }
        case .hour:
            let hour = line.timestamp.flooredDivision(by: 3_600_000_000)
            if line.parentID == 0 {
                hours[hour, default: SpanStatistics()].add(line)
            } else {
                hours[hour, default: SpanStatistics()].addCosts(line)
            }
        }
    }

    /// Counts records that the recorder makes about the log itself.
    private mutating func isAboutTheLog(_ line: LineFields) -> Bool {
        if line.isType("spans_dropped") {
            dropped = dropped.addingSaturating(line.droppedCount)
            return true
        }
        guard line.isType("torn_line") else { return false }
        repaired += 1
        return true
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

    /// What a type's spans are told apart by; nothing for those whose names are as many as they are.
    @inline(__always)
    private func label(of line: LineFields) -> Slice {
        if line.isType("llm_call") { return line.model.isPresent ? line.model : line.name }
        if line.isType("tool_call") || line.isType("tool_request") {
            return line.tool.isPresent ? line.tool : line.name
        }
        return line.isType("memory") ? line.name : Slice()
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
        for entry in groups.entries {
            let part = entry.labelText
            types[entry.typeText, default: (SpanStatistics(), [:])].total.merge(entry.statistics)
            if !part.isEmpty {
                types[entry.typeText, default: (SpanStatistics(), [:])].parts[part, default: SpanStatistics()]
                    .merge(entry.statistics)
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

extension GroupTable {
    mutating func merge(_ other: GroupTable) {
        for entry in other.entries {
            // The hash reads words.
            let padding = [UInt8](repeating: 0, count: 8)
            (entry.type + padding).withUnsafeBytes { type in
                (entry.label + padding).withUnsafeBytes { label in
                    let index = index(
                        UnsafeRawBufferPointer(rebasing: type[..<entry.type.count]),
                        UnsafeRawBufferPointer(rebasing: label[..<entry.label.count]),
                        hasEscape: entry.hasEscape
                    )
                    update(index) { $0.merge(entry.statistics) }
                }
            }
        }
    }
}

extension GroupTable.Entry {
    var typeText: String { type.withUnsafeBytes { LineFields.text($0, hasEscape) } }
    var labelText: String { label.withUnsafeBytes { LineFields.text($0, hasEscape) } }
}

extension Int64 {
    /// The quotient rounded down, for times before 1970 too.
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
