/// How a ``FileSink`` writes.
public struct FileSinkOptions: Sendable, Hashable {
    /// When lines reach the log.
    public enum Mode: Sendable, Hashable {
        /// Lines are kept in a memory-mapped file beside the log, and a thread appends them to the log many at a time.
        ///
        /// A line is safe from the process's death as soon as it is in that file: the next recorder on this log, or
        /// any reader of this package, takes over what a dead process left in it. Where no such file can be made, because
        /// the folder is read-only or the disk full, each line is appended to the log before its span's end returns.
        ///
        /// A buffer is taken over only if it belongs to the same user as the log, or to who opens it.
        case buffered
        /// Each line is appended to the log with a write of its own, on the thread that ends the span.
        case synchronous
    }

    /// What to do when the buffer is full, because lines come faster than the disk takes them.
    public enum Backpressure: Sendable, Hashable {
        /// Wait for room, but no longer than so; then drop the line.
        case wait(atMost: Duration)
        /// Drop the line at once.
        case drop
    }

    /// When lines are forced to the disk itself, so that they survive a loss of power and not only of the process.
    public enum Durability: Sendable, Hashable {
        /// Never: the operating system decides, usually within 30 seconds.
        case never
        /// At least so often, while there are new lines.
        case interval(Duration)
        /// Before the end of a root span or of a failed span returns.
        case onErrorAndRoot
        /// Before the end of any span returns.
        case always
    }

    /// When lines reach the log.
    public var mode: Mode
    /// How many bytes of lines the buffer has room for; each of them, where many threads record at once.
    public var bufferBytes: Int
    /// The longest time that a line stays in the buffer.
    public var writeInterval: Duration
    /// What to do when the buffer is full.
    public var whenFull: Backpressure
    /// When lines are forced to the disk.
    public var durability: Durability
    /// When a new file is begun, and how many old ones are kept; `nil` for one file without end.
    public var rotation: Rotation?

    /// A buffer of 1 MiB, written every 100 ms or when half full; who finds it full waits for up to a second; no
    /// forcing and no rotation, unless told otherwise.
    public init(
        mode: Mode = .buffered,
        bufferBytes: Int = 1 << 20,
        writeInterval: Duration = .milliseconds(100),
        whenFull: Backpressure = .wait(atMost: .seconds(1)),
        durability: Durability = .never,
        rotation: Rotation? = nil
    ) {
        self.mode = mode
        self.bufferBytes = min(max(bufferBytes, 16 << 10), 1 << 30)
        self.writeInterval = max(writeInterval, .milliseconds(1))
        self.whenFull = whenFull
        self.durability = durability
        self.rotation = rotation
    }
}

/// When a log's file is set aside and a new one begun, and how many old ones are kept.
///
/// A file that is set aside gets the time at which that happened in its name, so that names sort by time:
/// `agent_telemetry.jsonl` becomes `agent_telemetry.20260115T103000.123456Z.jsonl`.
public struct Rotation: Sendable, Hashable {
    /// The longest time that one file covers.
    public enum Period: Sendable, Hashable {
        /// A new file at each full hour, UTC.
        case hour
        /// A new file at midnight, UTC.
        case day
    }

    /// The most bytes that a file may have; `nil` for no bound.
    ///
    /// One line alone may be longer.
    public var maxBytes: Int?
    /// The longest time that one file covers; `nil` for no bound.
    public var period: Period?
    /// The most files that are kept, the current one included; `nil` for no bound.
    public var maxFiles: Int?
    /// The most bytes that all files together may have, before the current one grows; `nil` for no bound.
    public var maxTotalBytes: Int?

    /// Begins a new file when one of the bounds is reached, and removes the oldest ones beyond what is to be kept.
    public init(maxBytes: Int? = nil, period: Period? = nil, maxFiles: Int? = nil, maxTotalBytes: Int? = nil) {
        self.maxBytes = maxBytes.map { max(1, $0) }
        self.period = period
        self.maxFiles = maxFiles.map { max(1, $0) }
        self.maxTotalBytes = maxTotalBytes.map { max(0, $0) }
    }
}
