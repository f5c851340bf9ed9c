public import Telemetry

/// Reads what is appended to a log, also when it is set aside, replaced or emptied.
///
/// ```swift
/// var follower = LogFollower("agent_telemetry.jsonl")
/// while true {
///     try follower.next { print($0) }
///     Thread.sleep(forTimeInterval: 0.2)
/// }
/// ```
///
/// A last line without an end is waited for. There may be no log yet. What waits in the buffers beside the log, of dead
/// processes too, comes as if it stood in the log; each span comes once, and the record of its beginning before it.
public struct LogFollower: ~Copyable {
    /// The log's path.
    public let path: String

    private var file: InputFile?
    private var offset = 0
    private var buffer = BlockBuffer(capacity: BlockSize.bytes)
    private var filled = 0
    /// Whether the line that is being read is longer than any that is kept.
    private var isTooLong = false
    /// The ids of the spans that have come, and of those whose beginning has.
    private var ended = RecentIDs()
    private var begun = RecentIDs()

    /// What will be appended to the log at `path` from now on, or all of it.
    ///
    /// - Parameters:
    ///   - path: The log's path; the file need not exist yet.
    ///   - isFromStart: Whether what the log has already is read too.
    /// - Throws: ``LogError`` when the path is a folder, or not readable.
    public init(_ path: String, isFromStart: Bool = false) throws(LogError) {
        self.path = path
        file = try Self.open(path)
        guard !isFromStart else { return }
        if let file, file.kind == .regular { offset = file.size }
        takeWaiting { _ in }
    }

    private static func open(_ path: String) throws(LogError) -> InputFile? {
        do throws(LogError) {
            return try InputFile(path: path)
        } catch {
            if error.code == .noSuchFile { return nil }
            throw error
        }
    }

    /// Reads what has come since the last time, and calls `body` for each span, or line that isn't one.
    ///
    /// - Throws: ``LogError`` when the log can't be read any more.
    public mutating func next(_ body: (Result<Span, JSONError>) -> Void) throws(LogError) {
        // Before the log: what leaves a buffer for the log meanwhile is in both.
        takeWaiting(body)
        if file == nil { file = try Self.open(path) }
        guard let current = file else { return }
        try readToEnd(current, body)
        guard current.kind == .regular else { return }
        // Whoever replaced the file may have written to the old one until then: it was read to its end first.
        let replacement = try Self.open(path)
        if let replacement, replacement.identity != current.identity {
            try readToEnd(current, body)
            for part in try Self.parts(of: path, after: current) + [replacement] {
                file = part
                (offset, filled, isTooLong) = (0, 0, false)
                try readToEnd(part, body)
            }
        } else if current.size < offset {
            (offset, filled, isTooLong) = (0, 0, false)
            try readToEnd(current, body)
        }
    }

    /// The parts that were set aside after `file` was, from old to new, where the log was rotated more than once.
    private static func parts(of path: String, after file: InputFile) throws(LogError) -> [InputFile] {
        var parts: [InputFile] = []
        for part in LogFiles.setAside(of: path).reversed() {
            guard let part = try open(part) else { continue }
            if part.identity == file.identity { return parts.reversed() }
            parts.append(part)
        }
        // It wasn't set aside but replaced: nothing tells which parts are newer.
        return []
    }

    private mutating func readToEnd(_ file: InputFile, _ body: (Result<Span, JSONError>) -> Void) throws(LogError) {
        while true {
            if filled == buffer.capacity { buffer.grow(to: filled * 2, keeping: filled) }
            let room = buffer.room(from: filled, count: buffer.capacity - filled)
            let count =
                file.kind == .regular ? try file.read(into: room, at: offset) : try file.read(into: room)
            guard count > 0 else { return }
            offset += count
            takeLines(upTo: filled + count, body)
            if filled > BlockSize.longestLine { (filled, isTooLong) = (0, true) }
        }
    }

    private mutating func takeLines(upTo end: Int, _ body: (Result<Span, JSONError>) -> Void) {
        var start = 0
        var searched = filled
        while let newline = Platform.find(0x0A, from: buffer.base + searched, count: end - searched) {
            let lineEnd = newline - UnsafePointer(buffer.base)
            let line = UnsafeRawBufferPointer(start: buffer.base + start, count: lineEnd - start)
            if isTooLong {
                isTooLong = false
            } else if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                let span = Result { () throws(JSONError) in try Span(line: RawSpan(_unsafeBytes: line)) }
                if isNew(span) { body(span) }
            }
            start = lineEnd + 1
            searched = start
        }
        filled = end - start
        if start > 0 { buffer.base.update(from: buffer.base + start, count: filled) }
    }

    /// Calls `body` for the spans that wait in buffers.
    private mutating func takeWaiting(_ body: (Result<Span, JSONError>) -> Void) {
        for line in WaitingLines.beside(path).split(separator: 0x0A) {
            // What isn't a span is reported once a recorder has brought it to the log.
            guard let span = line.withUnsafeBytes({ LineFields.span($0) }), isNew(.success(span)) else { continue }
            body(.success(span))
        }
    }

    private mutating func isNew(_ span: Result<Span, JSONError>) -> Bool {
        guard case .success(let span) = span else { return true }
        guard span.isUnfinished else { return ended.insert(span.id.bits) }
        return !ended.contains(span.id.bits) && begun.insert(span.id.bits)
    }
}
