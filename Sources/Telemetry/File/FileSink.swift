import Synchronization

/// Appends each span to a file as a line of JSON, with one `write(2)`: several threads and processes may write to the
/// same file, and their lines don't mix.
///
/// The file is made with mode 0600 if there is none. A last line that a dying writer left without an end is turned
/// into a valid line of type `torn_line`, which holds its text.
public final class FileSink: SpanSink {
    fileprivate struct State: ~Copyable {
        /// `nil` once closed.
        var file: System.File?
        var isRegular: Bool
        var dropped = 0
        /// Whether the file ends in part of a line, because the disk filled up in the middle of it.
        var endsTorn = false
    }

    /// The file's path, as given.
    public let path: String

    private let state: Mutex<State>

    /// Opens the log at `path`, and makes it if there is none.
    ///
    /// A path that leads to a device or a FIFO is written to, and otherwise left alone.
    ///
    /// - Throws: ``TelemetryError`` that names the path, when there is no such folder, when the path is a folder or a
    ///   FIFO that nobody reads, or when the system doesn't let us write.
    public init(path: String) throws(TelemetryError) {
        self.path = path
        do throws(SystemError) {
            let file = try System.File(appendingTo: path)
            let isRegular = try file.kind() == .regular
            if isRegular { try file.repairLastLine() }
            file.setBlocking()
            state = Mutex(State(file: consume file, isRegular: isRegular))
        } catch {
            throw .cannotOpen(path, error)
        }
    }

    /// Appends the line.
    ///
    /// What can't be written is counted as dropped.
    public func write(_ line: RawSpan) {
        line.withUnsafeBytes { bytes in
            state.withLock { state in
                let isWritten = state.append(bytes)
                if !isWritten { state.dropped += 1 }
            }
        }
    }

    /// Lines have reached the file when `write` returns: tells whether any could not.
    public func flush(timeout: Duration) -> FlushResult {
        let dropped = droppedSpans
        return dropped == 0 ? .delivered : .failed(dropped: dropped)
    }

    /// Closes the file.
    public func close() { state.withLock { $0.file = nil } }

    /// Empties the file, if it is a regular one.
    public func clear() {
        state.withLock { state in
            guard state.isRegular, state.file != nil else { return }
            try? state.file?.truncate(to: 0)
            state.endsTorn = false
        }
    }

    /// How many lines could not be written.
    public var droppedSpans: Int { state.withLock { $0.dropped } }
}

extension FileSink.State {
    /// Appends a line, or nothing: what went of a line that didn't fit is taken back.
    fileprivate mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        if endsTorn {
            guard file?.append(lineEnd).written == 1 else { return false }
            endsTorn = false
        }
        guard let (written, error) = file?.append(line) else { return false }
        if error != nil, written > 0 {
            // Where others write too, nothing can be cut off safely: the torn line is ended when there is room again.
            endsTorn = !isRegular || file?.takeBack(written) != true
        }
        return error == nil
    }
}

private var lineEnd: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: ("\n" as StaticString).utf8Start, count: 1)
}

extension System.File {
    /// Turns a last line without an end into a valid one that holds its text.
    ///
    /// Cutting a file is safe only when nobody else writes to it. Writers share the file's lock for as long as they
    /// have it open: who gets it alone may cut. Others end the line, which spoils only itself then.
    fileprivate borrowing func repairLastLine() throws(SystemError) {
        let isAlone = tryExclusiveLock()
        defer { sharedLock() }
        var tail = ByteBuffer()
        let size: Int
        let start: Int
        do throws(SystemError) {
            guard let torn = try sizeIfTorn() else { return }
            size = torn
            start = try startOfLine(before: size)
            tail.truncate()
            try tail.fill(from: self, at: start, count: min(size - start, Self.longestRepair))
        } catch { return }
        guard isAlone else {
            _ = append(lineEnd)
            return
        }
        let torn = tail.bytes
        var line = ByteBuffer(capacity: torn.count + 256)
        if size - start == torn.count, (try? JSONValue(parsing: torn)) != nil {
            // Only the line end is missing.
            line.append(UInt8(ascii: "\n"))
        } else {
            line.append(
                Span(
                    id: RandomIdentifiers().nextSpanID(),
                    traceID: RandomIdentifiers().nextTraceID(),
                    eventType: .tornLine,
                    timestamp: SystemTimeSource().wallTime(),
                    data: [
                        "bytes": .integer(size - start),
                        "text": .string(String(decoding: torn, as: UTF8.self)),
                    ],
                    error: "a writer died, or the disk was full, in the middle of this line"
                ),
                limits: Limits()
            )
            line.append(UInt8(ascii: "\n"))
            do throws(SystemError) {
                try truncate(to: start)
            } catch {
                // A file that may only grow: the line is spoiled, but no other is.
                line.truncate()
                line.append(UInt8(ascii: "\n"))
            }
        }
        _ = append(line.bytes)
    }

    /// The file's size, if it ends in part of a line that nobody is writing.
    ///
    /// A line that is being written is seen page by page. Who is writing it may be a program that knows nothing of our
    /// lock: only an end that stays as it is for a while has been left by somebody who died.
    private borrowing func sizeIfTorn() throws(SystemError) -> Int? {
        var before = -1
        for _ in 0..<10 {
            let size = try size()
            guard size > 0 else { return nil }
            var last = ByteBuffer(capacity: 1)
            try last.fill(from: self, at: size - 1, count: 1)
            guard last.bytes.first != UInt8(ascii: "\n") else { return nil }
            if size == before { return size }
            before = size
            System.pause(milliseconds: 20)
        }
        return nil
    }

    /// Where the last line begins of a file that has `size` bytes.
    private borrowing func startOfLine(before size: Int) throws(SystemError) -> Int {
        var end = size
        var chunk = ByteBuffer(capacity: 64 << 10)
        while end > 0 {
            let start = max(0, end - chunk.capacity)
            chunk.truncate()
            try chunk.fill(from: self, at: start, count: end - start)
            if let place = chunk.bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + place + 1 }
            end = start
        }
        return 0
    }

    /// Cuts off the file's last `count` bytes, which we have just written; only where nobody else has the file open.
    fileprivate borrowing func takeBack(_ count: Int) -> Bool {
        defer { sharedLock() }
        guard tryExclusiveLock(), let size = try? size(), (try? truncate(to: size - count)) != nil else { return false }
        return true
    }

    private static var longestRepair: Int { 2 << 20 }
}

extension ByteBuffer {
    fileprivate mutating func fill(from file: borrowing System.File, at offset: Int, count: Int) throws(SystemError) {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, 64 << 10), alignment: 16)
        defer { chunk.deallocate() }
        while self.count < count {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(chunk.count, count - self.count)])
            let read = try file.read(into: wanted, at: offset + self.count)
            guard read > 0 else { return }
            append(UnsafeRawBufferPointer(rebasing: wanted[..<read]))
        }
    }
}

extension EventType {
    /// What the last line of a log was whose writer died in the middle of it.
    public static let tornLine = EventType(rawValue: "torn_line")
}

extension TelemetryError {
    fileprivate static func cannotOpen(_ path: String, _ error: SystemError) -> TelemetryError {
        let choose = "choose another path for the log"
        if path.isEmpty { return TelemetryError(.notWritable, "the log's path is empty: \(choose).") }
        if error == .invalid, path.utf8.contains(0) {
            let start = path.split(separator: "\0").first ?? ""
            return TelemetryError(.notWritable, "\(start): the log's path has a NUL after this: \(choose).")
        }
        if error == .notADirectory {
            let wrong = "a part of this path is a file, not a folder"
            return TelemetryError(.noSuchFolder, "\(path): \(wrong). Correct it, or \(choose).")
        }
        if error == .isDirectory || System.kind(of: path) == .directory {
            return TelemetryError(.notAFile, "\(path): this is a folder. Name a file in it, or \(choose).")
        }
        if error == .noReader, System.kind(of: path) == .fifo {
            return TelemetryError(.notAFile, "\(path): nobody reads this FIFO. Start its reader first, or \(choose).")
        }
        if error == .noSuchFile {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            return TelemetryError(.noSuchFolder, "\(path): there is no folder \(folder). Make it, or \(choose).")
        }
        return TelemetryError(.notWritable, "\(path): \(error). Make it writable for this user, or \(choose).")
    }
}
