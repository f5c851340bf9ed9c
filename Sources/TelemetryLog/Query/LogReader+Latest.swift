public import Telemetry

extension LogReader {
    /// The last spans of the log that fit, in its order.
    ///
    /// - Parameters:
    ///   - count: The most spans to return.
    ///   - filter: Which spans fit.
    /// - Throws: ``LogError`` when a file can't be read.
    public func latest(_ count: Int, matching filter: LogFilter = LogFilter()) throws(LogError) -> [Span] {
        guard count > 0 else { return [] }
        let lines = try read { LatestConsumer(count, filter) }.consumers.flatMap(\.lines)
        return lines.sorted { $0.place < $1.place }.suffix(count).compactMap { line in
            line.bytes.withUnsafeBytes { LineFields.span($0) }
        }
    }

    /// Keeps the last lines that came by, as they are: only those that are shown are made values.
    private struct LatestConsumer: LineConsumer {
        let count: Int
        let matcher: LineMatcher
        var lines: [(place: LinePlace, bytes: [UInt8])] = []

        init(_ count: Int, _ filter: LogFilter) {
            self.count = count
            matcher = LineMatcher(filter)
        }

        mutating func take(_ line: LineFields, at place: LinePlace) {
            guard matcher.fits(line) else { return }
            lines.append((place, Array(UnsafeBufferPointer(start: line.base, count: line.count))))
            // Blocks come in order to each thread, so that the last lines are the latest.
            if lines.count >= 2 * count + 256 { lines.removeFirst(lines.count - count) }
        }
    }
}

/// Tells whether a line's span fits, without making a value of it.
struct LineMatcher {
    private let filter: LogFilter
    private let search: TextSearch?

    init(_ filter: LogFilter) {
        self.filter = filter
        search = filter.text.map { TextSearch($0) }
    }

    func fits(_ line: LineFields) -> Bool {
        if filter.isFailed, !line.isFailure { return false }
        guard filter.isInTime(line.timestamp) else { return false }
        if let slow = filter.slowerThan, .microseconds(max(0, line.duration)) <= slow { return false }
        if let type = filter.eventType, line.text(line.eventType) != type.rawValue { return false }
        if let user = filter.user, line.text(line.user) != user { return false }
        return search?.isIn(line) ?? true
    }
}
