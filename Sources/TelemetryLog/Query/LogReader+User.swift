internal import Telemetry

extension LogReader {
    /// Tells which lines fit; where an interaction's user is asked for, the log is read once for that.
    ///
    /// A root says whose its interaction is, and comes after what is within it.
    func matcher(_ filter: LogFilter) throws(LogError) -> LineMatcher {
        guard let user = filter.user else { return LineMatcher(filter) }
        if files.contains("-") {
            throw LogError(
                .invalidArgument,
                "standard input can't be read twice, as it has to be to find a user's spans. Name a file with --log FILE."
            )
        }
        let traces = try read { TracesOfUser(user) }.consumers.reduce(into: Set()) { $0.formUnion($1.traces) }
        return LineMatcher(filter, traces: traces)
    }

    private struct TracesOfUser: LineConsumer {
        private let user: String
        private(set) var traces: Set<UInt64> = []

        init(_ user: String) { self.user = user }

        mutating func take(_ line: inout LineFields, at place: LinePlace) {
            if line.parentID == 0, line.user.isPresent, line.text(line.user) == user { traces.insert(line.traceKey) }
        }

        mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) { take(&line, at: place) }
    }
}

/// Tells whether a line's span fits, without making a value of it.
struct LineMatcher {
    private let filter: LogFilter
    private let search: TextSearch?
    private let traces: Set<UInt64>

    /// - Parameter traces: The traces of the user that the filter asks for.
    init(_ filter: LogFilter, traces: Set<UInt64> = []) {
        self.filter = filter
        self.traces = traces
        search = filter.text.map { TextSearch($0) }
    }

    func fits(_ line: LineFields) -> Bool {
        if filter.isFailed, !line.isFailure { return false }
        guard filter.isInTime(line.timestamp) else { return false }
        if let slow = filter.slowerThan, .microseconds(max(0, line.duration)) <= slow { return false }
        if let type = filter.eventType, line.text(line.eventType) != type.rawValue { return false }
        if filter.user != nil, !traces.contains(line.traceKey) { return false }
        return search?.isIn(line) ?? true
    }
}
