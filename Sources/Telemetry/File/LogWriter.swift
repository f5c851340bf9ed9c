import Synchronization

/// Takes lines from any thread into a buffer, and brings them from there to the log on a thread of its own.
///
/// Who wants both takes the log first, then the filling. A half is chosen, written and emptied in one go with the log,
/// so that whoever has the log finds the buffer at rest.
final class LogWriter: Sendable {
    let path: String
    let options: FileSinkOptions
    let filling: Monitor<Filling>
    let buffer: SpanBuffer
    /// How often threads that record found that another one was doing so; the writing thread doesn't count.
    let meetings = Atomic<Int>(0)
    /// `nil` once closed.
    private let log: Monitor<LogFile?>
    private let birth: Int
    /// Whether lines that wait die with the process, though they could be in the log: no file could be made beside it.
    private let isUnsheltered: Bool
    private let droppedInChild = Atomic<Int>(0)

    init(path: String, options: FileSinkOptions) throws(SystemError) {
        var log = try LogFile(path: path, isDurable: options.durability != .never)
        self.path = path
        self.options = options
        birth = Forks.generation
        let half = options.bufferBytes / 2
        var buffer: SpanBuffer?
        if log.isRegular {
            try log.lock()
            log.takeOver()
            // A full disk is no reason not to open: it is tried again before the first line.
            try? log.repairLastLine()
            log.unlock()
            if options.mode == .buffered { buffer = SpanBuffer.beside(log.path, halfSize: half) }
        }
        isUnsheltered = log.isRegular && options.mode == .buffered && buffer == nil
        self.buffer = buffer ?? SpanBuffer(halfSize: options.mode == .buffered ? half : 0)
        filling = Monitor(Filling(buffer: self.buffer, intake: options.mode == .buffered ? .buffer : .log))
        self.log = Monitor(log)
    }

    /// Starts the writing thread.
    ///
    /// Where none can be had, lines are written as they come.
    func start() {
        OpenWriters.add(self)
        guard options.mode == .buffered else { return }
        Forks.work()
        if let thread = System.Thread({ self.run() }) { return thread.detach() }
        Forks.rest()
        filling.withLock { filling in
            filling.intake = .log
            filling.hasEnded = true
            filling.giveUpRest()
        }
    }

    /// Whether this is a child that `fork` made of the process that the writer is from.
    ///
    /// It has the buffer's memory in common with its parent, copies of locks that nobody may ever give back, and none
    /// of the threads: it keeps its hands off all of them.
    @inline(__always)
    var isInForkedChild: Bool { Forks.latestGeneration != birth }

    /// Whether a line with these traits is forced to the disk before its span's end returns.
    private func forces(_ traits: SpanTraits) -> Bool {
        options.durability == .always
            || options.durability == .onErrorAndRoot && !traits.isDisjoint(with: [.root, .failure])
    }

    // MARK: Taking lines

    func write(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        guard !isInForkedChild else { return writeInForkedChild(line) }
        if line.count > buffer.halfSize { return writeAtOnce(line, traits) }
        var wake = false
        let thread = System.threadIdentity
        var isTaken = false
        var outcome = filling.withLock(whenTaken: { isTaken = true }) { filling in
            if isTaken, let latest = filling.latestThread, latest != thread { meetings.add(1, ordering: .relaxed) }
            filling.latestThread = thread
            return filling.append(line, &wake)
        }
        if wake { filling.signal() }
        if outcome == .full { outcome = waitForRoom(line) }
        switch outcome {
        case .taken:
            if isUnsheltered { writeUnsheltered() }
            if forces(traits) { force() }
        case .direct: writeAtOnce(line, traits)
        case .closed, .full: break
        }
    }

    /// Brings what waits to the log at once, unless the disk fails: then the writing thread will.
    private func writeUnsheltered() {
        while filling.withLock({ $0.failure == nil }), writeHalf() {}
    }

    /// Waits until the line is taken; counts it if it isn't.
    private func waitForRoom(_ line: UnsafeRawBufferPointer) -> Filling.Outcome {
        var wake = false
        let outcome = filling.wait(atMost: longestWait) { filling -> Filling.Outcome? in
            // A disk that takes nothing won't be waited for: the program would stand still until it does.
            if filling.failure != nil || filling.isStalled, filling.intake == .buffer { return .full }
            let outcome = filling.append(line, &wake)
            return outcome == .full ? nil : outcome
        }
        if wake { filling.signal() }
        guard outcome == nil || outcome == .full else { return outcome ?? .full }
        filling.withLock { filling in
            if outcome == nil, longestWait > .zero { filling.isStalled = true }
            if filling.failure != nil { filling.drops.writeFailed += 1 } else { filling.drops.bufferFull += 1 }
        }
        return .full
    }

    /// How long who records may wait for room.
    private var longestWait: Duration {
        if case .wait(let longest) = options.whenFull { longest } else { .zero }
    }

    private func writeAtOnce(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        let isOpen = filling.withLock { filling in
            if filling.intake == .none { filling.drops.closed += 1 }
            return filling.intake != .none
        }
        guard isOpen else { return }
        let result = withLog { log in
            do throws(SystemError) {
                let patience = filling.withLock { $0.isStalled } ? .zero : longestWait
                try append(line, to: &log, patience, isForced: forces(traits))
                return nil as SystemError?
            } catch {
                return error
            }
        }
        let unreported = filling.withLock { filling in
            switch result {
            case .none: filling.drops.closed += 1  // Closed meanwhile.
            case .some(.some(.wouldBlock)):
                filling.drops.bufferFull += 1
                filling.isStalled = true
            case .some(.some(let error)):
                filling.drops.writeFailed += 1
                filling.failure = Filling.Failure(error: error, attempt: filling.attempts)
            case .some(.none):
                filling.isStalled = false
                filling.failure = nil
                return filling.hasUnreportedDrops
            }
            return false
        }
        if unreported { withLog { log in reportDrops(to: &log) } }
    }

    private func append(
        _ line: UnsafeRawBufferPointer,
        to log: inout LogFile,
        _ patience: Duration,
        isForced: Bool
    ) throws(SystemError) {
        try log.lock()
        defer { log.unlock() }
        try log.repairLastLine()
        try log.prepare(for: line.count, options.rotation)
        if let error = log.append(line, patience).error { throw error }
        guard isForced else { return }
        force(&log)
    }

    private func writeInForkedChild(_ line: UnsafeRawBufferPointer) {
        guard var log = try? LogFile(path: path), (try? log.lock()) != nil, log.append(line).error == nil else {
            droppedInChild.add(1, ordering: .relaxed)
            return
        }
        log.unlock()
    }

    var drops: DropCounts {
        guard isInForkedChild else { return filling.withLock { $0.drops } }
        var drops = DropCounts()
        drops.writeFailed = droppedInChild.load(ordering: .relaxed)
        return drops
    }

    // MARK: The log

    /// Runs `body` with the log while no other thread has it; `nil` once it is closed.
    @discardableResult
    func withLog<Result>(_ body: (inout LogFile) -> Result) -> Result? {
        log.withLock { log in
            guard var file = log.take() else { return nil }
            let result = body(&file)
            log = consume file
            return result
        }
    }

    func closeLog() { log.withLock { $0 = nil } }
}
