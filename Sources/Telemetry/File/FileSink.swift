/// Appends spans to a file, one line each, and loses none: not when the process is killed, not when several processes
/// write to the same file, not when it is rotated.
///
/// The file is made with mode 0600 if there is none. Opening it takes over what dead processes left in the buffers
/// beside it, and turns a last line without an end into a valid one of type `torn_line`, which holds its text. A path
/// that leads to a device or a FIFO is written to, and otherwise left alone.
///
/// Where many threads record at once, the sink opens the log up to four times, each with a buffer and a thread of its own:
/// lines of different threads may then stand in the log in another order than that of their ends.
///
/// Lines that can't be written, because the disk is full or fails, are kept as long as there is room in the buffer, and
/// tried again. Then they are dropped, and when there is room again, a line of type `spans_dropped` says how many.
public final class FileSink: SpanSink {
    /// The file's path, as given.
    public let path: String
    /// How the sink writes.
    public let options: FileSinkOptions

    private let writers: LogWriters

    /// Opens the log at `path`, and makes it if there is none.
    ///
    /// - Throws: ``TelemetryError`` that names the path, when there is no such folder, when the path is a folder or a
    ///   FIFO that nobody reads, or when the system doesn't let us write.
    public init(path: String, options: FileSinkOptions = FileSinkOptions()) throws(TelemetryError) {
        self.path = path
        self.options = options
        do throws(SystemError) {
            writers = try LogWriters(path: path, options: options)
        } catch {
            throw .cannotOpen(path, error)
        }
    }

    /// Takes the line.
    ///
    /// When this returns, the line is safe from the process's death; from the loss of power only as the
    /// ``FileSinkOptions/durability`` says.
    public func write(_ line: RawSpan, traits: SpanTraits) {
        line.withUnsafeBytes { write($0, traits) }
    }

    @inline(__always)
    func write(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) { writers.write(line, traits) }

    /// Where the next line that the calling thread writes will be copied to, as it seems; `nil` where nobody can tell.
    var end: UnsafeRawPointer? { writers.end }

    /// Waits until every line is in the file, but at most `timeout`.
    public func flush(timeout: Duration) -> FlushResult { writers.flush(timeout: timeout) }

    /// Writes what is left, ends the thread, and removes the buffer's file.
    ///
    /// What can't be written within five seconds stays in the buffer's file, for the next who opens the log.
    public func close() { writers.close() }

    /// Empties the file, if it is a regular one, and the buffer.
    public func clear() { writers.clear() }

    /// How many lines could not be written, and why.
    public var drops: DropCounts { writers.drops }
}

extension TelemetryError {
    fileprivate static func cannotOpen(_ path: String, _ error: SystemError) -> TelemetryError {
        let choose = "choose another path for the log"
        if path.isEmpty { return TelemetryError(.notWritable, "the log's path is empty: \(choose).") }
        if error == .invalid, path.utf8.contains(0) {
            let shown = path.split(separator: "\0").first ?? ""
            return TelemetryError(.notWritable, "\(shown): the log's path has a NUL in it: \(choose).")
        }
        if error == .notADirectory {
            let wrong = "a part of this path is a file, not a folder"
            return TelemetryError(.noSuchFolder, "\(path): \(wrong). Correct it, or \(choose).")
        }
        if error == .isDirectory || System.status(of: path)?.kind == .directory {
            return TelemetryError(.notAFile, "\(path): this is a folder. Name a file in it, or \(choose).")
        }
        if error == .noReader, System.status(of: path)?.kind == .fifo {
            return TelemetryError(.notAFile, "\(path): nobody reads this FIFO. Start its reader first, or \(choose).")
        }
        if error == .noSuchFile {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            return TelemetryError(.noSuchFolder, "\(path): there is no folder \(folder). Make it, or \(choose).")
        }
        return TelemetryError(.notWritable, "\(path): \(error). Make it writable for this user, or \(choose).")
    }
}
