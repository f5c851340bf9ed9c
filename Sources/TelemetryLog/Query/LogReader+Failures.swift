internal import Telemetry

extension LogReader {
    /// The failures that fit, grouped by cause, the most frequent first.
    ///
    /// - Throws: ``LogError`` when a file can't be read.
    public func failures(
        matching filter: LogFilter = LogFilter()
    ) throws(LogError) -> (groups: [FailureGroup], report: ReadingReport) {
        let (consumers, report, _) = try read { FailureConsumer(filter) }
        var all = FailureTable()
        for consumer in consumers { all.merge(consumer.failures) }
        return (all.sorted, report)
    }

    private struct FailureConsumer: LineConsumer {
        let filter: LogFilter
        let search: TextSearch?
        var failures = FailureTable()

        init(_ filter: LogFilter) {
            self.filter = filter
            search = filter.text.map { TextSearch($0) }
        }

        mutating func take(_ line: LineFields, at place: LinePlace) {
            guard line.isFailure, filter.isInTime(line.timestamp), !line.isType("torn_line") else { return }
            if let type = filter.eventType, line.text(line.eventType) != type.rawValue { return }
            if let search, !search.isIn(line) { return }
            if let user = filter.user, line.text(line.user) != user { return }
            if let slow = filter.slowerThan, .microseconds(line.duration) <= slow { return }
            failures.add(line)
        }
    }
}
