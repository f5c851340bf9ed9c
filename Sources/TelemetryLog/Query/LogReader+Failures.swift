extension LogReader {
    /// The failures that fit, grouped by cause, the most frequent first.
    ///
    /// - Throws: ``LogError`` when a file can't be read.
    public func failures(
        matching filter: LogFilter = LogFilter()
    ) throws(LogError) -> (groups: [FailureGroup], report: ReadingReport) {
        let matcher = try matcher(filter)
        let (consumers, report, _) = try read { FailureConsumer(matcher: matcher) }
        var all = FailureTable()
        for consumer in consumers { all.merge(consumer.failures) }
        return (all.sorted, report)
    }

    private struct FailureConsumer: LineConsumer {
        let matcher: LineMatcher
        var failures = FailureTable()

        mutating func take(_ line: inout LineFields, at place: LinePlace) {
            guard line.isFailure, matcher.fits(line), line.kind != .tornLine else { return }
            failures.add(line)
        }
    }
}
