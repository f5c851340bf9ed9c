/// A line that isn't a span: where it is, and what is wrong with it.
public struct BadLine: Sendable, Hashable, CustomStringConvertible {
    /// The file's path.
    public var file: String
    /// The line's number; the first is 1.
    public var line: Int
    /// What is wrong with it.
    public var reason: String

    /// `file:line: reason`.
    public var description: String { "\(file):\(line): \(reason)" }
}

/// What came up while a log was read, apart from its spans.
public struct ReadingReport: Sendable, Hashable {
    /// The files that were read, in order.
    public internal(set) var files: [String] = []
    /// How many bytes were read.
    public internal(set) var bytes = 0
    /// How many lines there were, blank ones left out.
    public internal(set) var lines = 0
    /// How many lines are not spans.
    public internal(set) var badLineCount = 0
    /// The first 1,000 lines that are not spans, in the log's order.
    public internal(set) var badLines: [BadLine] = []
    /// How many lines repeated a span that the log had already.
    public internal(set) var duplicates = 0
    /// How many files end in the middle of a line, which a writer may still be writing.
    public internal(set) var tornLines = 0
    /// How many spans began and, as far as the log goes, didn't end.
    public internal(set) var unfinished = 0

    /// How far reading has come.
    public struct Progress: Sendable {
        /// The bytes read so far.
        public var bytes: Int
        /// The bytes of all files together; 0 when it isn't known.
        public var total: Int
    }
}
