public import Telemetry

/// A log's figures.
public struct LogSummary: Sendable, Hashable {
    /// What rows are about.
    public enum Grouping: String, Sendable, Hashable, CaseIterable {
        /// Event types, and within them models, tools and operations.
        case type
        /// Models: their `llm_call` spans.
        case model
        /// Tools: their `tool_call` spans.
        case tool
        /// Users: their interactions (the roots of traces), with the costs of all calls within these.
        case user
        /// Hours in UTC: the interactions that began within them, with the costs of all calls.
        case hour
    }

    /// The figures of one event type, model, tool, user or hour.
    public struct Row: Sendable, Hashable {
        /// The event type, model, tool or user, or the hour's beginning as in RFC 3339.
        public internal(set) var name: String
        /// The figures.
        public internal(set) var statistics: SpanStatistics
        /// Of an event type, the models, tools or operations it consists of, from the most frequent on.
        public internal(set) var parts: [Row] = []
    }

    /// An interaction: what its root says.
    public struct Interaction: Sendable, Hashable {
        /// The trace's id.
        public internal(set) var id: TraceID
        /// What precisely it was.
        public internal(set) var name: String?
        /// When it began.
        public internal(set) var start: Timestamp
        /// How long it took.
        public internal(set) var duration: Duration
    }

    /// What the rows are about.
    public internal(set) var grouping: Grouping = .type
    /// The rows: by count, hours by time.
    public internal(set) var rows: [Row] = []
    /// When the first span began; `nil` if there are none.
    public internal(set) var start: Timestamp?
    /// When the last span was over.
    public internal(set) var end: Timestamp?
    /// How many finished spans there are.
    public internal(set) var spans = 0
    /// How many traces have a root.
    public internal(set) var traces = 0
    /// How many roots failed.
    public internal(set) var failedTraces = 0
    /// The root that took longest.
    public internal(set) var slowest: Interaction?
    /// The causes of failures, the most frequent first.
    public internal(set) var failures: [FailureGroup] = []
    /// How many spans the recorders say they could not keep.
    public internal(set) var droppedSpans = 0
    /// How many lines the recorder found torn, and repaired.
    public internal(set) var repairedLines = 0
    /// What came up while the log was read.
    public internal(set) var report = ReadingReport()
}

extension LogReader {
    /// The log's figures.
    ///
    /// Memory doesn't grow with the log: histograms are within 1 %, the first 4,000 names and 1,000 causes are told apart.
    /// Grouping by user reads the log twice, for a root comes after the calls within it; and so does, from some megabytes on,
    /// a log that has a span twice, or the record that one began.
    ///
    /// - Parameters:
    ///   - grouping: What rows are about.
    ///   - since: Only spans that began at this moment or later.
    ///   - until: Only spans that began before this moment.
    /// - Throws: ``LogError`` when a file can't be read, or can't be read twice.
    public func summary(
        by grouping: LogSummary.Grouping = .type,
        since: Timestamp? = nil,
        until: Timestamp? = nil
    ) throws(LogError) -> LogSummary {
        var users: UserTable?
        if grouping == .user {
            if let stream = files.first(where: { $0 == "-" }) {
                throw LogError(
                    .invalidArgument,
                    "\(stream): standard input can't be read twice. Name a file to group by user."
                )
            }
            users = UserTable(try read { UserTable() }.consumers)
        }
        let (consumers, report, _) = try read(mayBeginAnew: true) {
            SummaryConsumer(grouping, users: users, since: since, until: until)
        }
        var all = consumers[0]
        for other in consumers.dropFirst() { all.merge(other) }
        return all.summary(report)
    }
}
