public import Telemetry

/// Reads logs: block by block, in bounded memory, whatever is in them.
///
/// ```swift
/// let report = try LogReader("agent_telemetry.jsonl").forEachSpan { span in
///     if span.isFailure { print(span) }
/// }
/// print(report.badLineCount, "lines are not spans")
/// ```
///
/// Of a rotated log all parts are read, in the order in which they were written. A span counts once, however often the
/// log has it; a finished one beats the record of its beginning. A last line that is torn is skipped, because somebody
/// may still be writing it. Any other line that isn't a span is reported, and never stops the reading.
public struct LogReader: Sendable {
    /// The files that will be read, in order; `-` is standard input.
    public let files: [String]
    /// Those of them that have parts which were set aside.
    private let rotatedLogs: [String]
    /// How many threads read.
    public var threads: Int
    /// Whether large files are mapped into memory, which saves copying them; no, unless told otherwise.
    ///
    /// A mapped file that shrinks raises SIGBUS in whoever reads it. So the first such reading takes over that signal for the
    /// whole program, once: a file's missing part is then read as its end. Faults from elsewhere go to the handler that
    /// was there before, or end the program as ever. Turn it on where this is your decision to make, in a program rather
    /// than in a library, and install no handler of SIGBUS afterwards. It has an effect with the GNU C library only.
    public var mapsFiles = false
    /// Called now and then while a log is read, from any of the threads.
    public var onProgress: (@Sendable (ReadingReport.Progress) -> Void)?

    /// Reads the logs at these paths, with all their parts; see ``LogFiles/inOrder(_:)``.
    ///
    /// - Parameters:
    ///   - paths: The logs' paths; `-` is standard input.
    ///   - threads: How many threads read; as many as there are processors, but at most 8, unless told otherwise.
    public init(_ paths: [String] = ["agent_telemetry.jsonl"], threads: Int? = nil) {
        files = LogFiles.inOrder(paths)
        rotatedLogs = paths.filter { $0 != "-" && !LogFiles.setAside(of: $0).isEmpty }
        self.threads = max(1, threads ?? min(8, Platform.processors))
    }

    /// Reads the log at `path`, with all its parts; see ``LogFiles/inOrder(_:)``.
    ///
    /// - Parameters:
    ///   - path: The log's path; `-` is standard input.
    ///   - threads: How many threads read; as many as there are processors, but at most 8, unless told otherwise.
    public init(_ path: String, threads: Int? = nil) { self.init([path], threads: threads) }

    /// Calls `body` for each finished span, in the log's order.
    ///
    /// - Throws: ``LogError`` when a file can't be read.
    @discardableResult
    public func forEachSpan(_ body: (Span) -> Void) throws(LogError) -> ReadingReport {
        try withoutActuallyEscaping(body) { (body) throws(LogError) in
            var one = self
            one.threads = 1
            return try one.read { SpanVisitor(body: body) }.report
        }
    }

    private struct SpanVisitor: LineConsumer {
        var body: (Span) -> Void
        func take(_ line: inout LineFields, at place: LinePlace) { if let span = line.span { body(span) } }
    }

    /// Reads everything; each thread hands its lines to a consumer of its own.
    ///
    /// - Parameters:
    ///   - countsOnce: Whether ids are looked up, so that each span counts once.
    ///   - mayBeginAnew: Whether consumers do nothing but count. Then no id is looked up as long as none seems to repeat:
    ///     where one does, what was counted is thrown away.
    func read<Consumer: LineConsumer>(
        countsOnce: Bool = true,
        mayBeginAnew: Bool = false,
        _ makeConsumer: () -> Consumer
    ) throws(LogError) -> (consumers: [Consumer], report: ReadingReport, unfinished: [LinePlace]) {
        var again = self
        let bytes = files.reduce(0) { $0 + Platform.sizeOfRegularFile($1) }
        // A typical line has 350 bytes.
        let likely = bytes / 350
        if countsOnce, mayBeginAnew, bytes >= BlockSize.leastMapped, files.allSatisfy(Platform.isRegularFile) {
            let sieve = RepeatSieve()
            let result = try read(seen: nil, sieve: sieve, makeConsumer)
            if !sieve.mayRepeat { return result }
            // A file that shrinks and grows may do so again.
            if sieve.hasFault { again.mapsFiles = false }
        }
        return try again.read(seen: countsOnce ? SeenSpans(expecting: likely) : nil, sieve: nil, makeConsumer)
    }

    private func read<Consumer: LineConsumer>(
        seen: SeenSpans?,
        sieve: RepeatSieve?,
        _ makeConsumer: () -> Consumer
    ) throws(LogError) -> (consumers: [Consumer], report: ReadingReport, unfinished: [LinePlace]) {
        let workers = UnsafeMutableBufferPointer<LineWorker<Consumer>>.allocate(capacity: threads)
        for index in 0..<threads {
            workers.initializeElement(at: index, to: LineWorker(makeConsumer(), seen: seen, sieve: sieve))
        }
        defer {
            workers.deinitialize()
            workers.deallocate()
        }
        let session = try readBlocks(workers)
        for index in 0..<threads { workers[index].finish() }
        sieve?.finish(threads: threads)
        var report = session.report(of: workers)
        let unfinished = seen?.unfinished ?? []
        report.unfinished = unfinished.count
        var consumers: [Consumer] = []
        for index in 0..<threads { consumers.append(workers[index].consumer) }
        return (consumers, report, unfinished)
    }

    /// Reads everything block by block; each thread hands its blocks to one of `workers`.
    @discardableResult
    func readBlocks<Worker: BlockConsumer & ~Copyable>(
        _ workers: UnsafeMutableBufferPointer<Worker>
    ) throws(LogError) -> ReadingSession {
        var session = ReadingSession(reader: self)
        let begun = beginRotatedLogs()
        for (number, path) in files.enumerated() {
            if let log = begun[path] {
                try session.read(log.file, number: number, waiting: log.waiting, workers: workers)
                continue
            }
            // Before the log: what leaves a buffer for the log meanwhile is in both, and counts once.
            let waiting = path == "-" ? [] : WaitingLines.beside(path)
            if let file = try open(path) {
                try session.read(file, number: number, waiting: waiting, workers: workers)
            } else {
                session.skip()
            }
        }
        return session
    }

    /// Opens logs before their parts are read, so that what is set aside meanwhile isn't missed.
    private func beginRotatedLogs() -> [String: (file: InputFile, waiting: [UInt8])] {
        var begun: [String: (file: InputFile, waiting: [UInt8])] = [:]
        for path in rotatedLogs where Platform.isRegularFile(path) {
            let waiting = WaitingLines.beside(path)
            // What can't be opened is an error when its turn comes.
            if let file = try? InputFile(path: path) { begun[path] = (file, waiting) }
        }
        return begun
    }

    /// Opens a file; `nil` for a part of a log that was removed or renamed in the meantime.
    private func open(_ path: String) throws(LogError) -> InputFile? {
        if path == "-" { return InputFile() }
        do throws(LogError) {
            return try InputFile(path: path)
        } catch {
            guard error.code == .noSuchFile, hasOtherParts(path) else { throw error }
            return nil
        }
    }

    private func hasOtherParts(_ path: String) -> Bool {
        files.count > 1 && !LogFiles.setAside(of: path).isEmpty
            || files.contains { LogFiles.setAside(of: $0).contains(path) }
    }
}
