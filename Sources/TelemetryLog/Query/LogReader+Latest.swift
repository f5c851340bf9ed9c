public import Telemetry

extension LogReader {
    /// The last spans of the log that fit, in its order.
    ///
    /// - Parameters:
    ///   - count: The most spans to return.
    ///   - filter: Which spans fit.
    /// - Throws: ``LogError`` when a file can't be read.
    public func latest(_ count: Int, matching filter: LogFilter = LogFilter()) throws(LogError) -> [Span] {
        try latest(count, filter, includesBeginnings: false)
    }

    /// The last records of the log that fit, in its order: spans, and that spans began.
    ///
    /// - Parameters:
    ///   - count: The most records to return.
    ///   - filter: Which records fit.
    /// - Throws: ``LogError`` when a file can't be read.
    public func latestRecords(_ count: Int, matching filter: LogFilter = LogFilter()) throws(LogError) -> [Span] {
        try latest(count, filter, includesBeginnings: true)
    }

    private func latest(_ count: Int, _ filter: LogFilter, includesBeginnings: Bool) throws(LogError) -> [Span] {
        guard count > 0 else { return [] }
        let matcher = try matcher(filter)
        let lines = try read { LatestConsumer(count, matcher, includesBeginnings) }.consumers.flatMap(\.lines)
        return lines.sorted { $0.place < $1.place }.suffix(count).compactMap { line in
            line.bytes.withUnsafeBytes { LineFields.span($0) }
        }
    }

    /// Keeps the last lines that came by, as they are: only those that are shown are made values.
    private struct LatestConsumer: LineConsumer {
        let count: Int
        let matcher: LineMatcher
        let includesBeginnings: Bool
        var lines: [(place: LinePlace, bytes: [UInt8])] = []

        init(_ count: Int, _ matcher: LineMatcher, _ includesBeginnings: Bool) {
            self.count = count
            self.matcher = matcher
            self.includesBeginnings = includesBeginnings
        }

        mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) {
            if includesBeginnings { take(&line, at: place) }
        }

        mutating func take(_ line: inout LineFields, at place: LinePlace) {
            guard matcher.fits(line) else { return }
            lines.append((place, Array(UnsafeBufferPointer(start: line.base, count: line.count))))
            // Blocks come in order to each thread, so that the last lines are the latest.
            if lines.count >= 2 * count + 256 { lines.removeFirst(lines.count - count) }
        }
    }
}
