import Synchronization

/// Takes lines from any thread into a buffer, and brings them from there to the log on a thread of its own.
final class LogWriter: Sendable {
    /// What threads that record and the writing thread share; held for the time of a copy.
    fileprivate struct Filling: ~Copyable {
        let buffer: SpanBuffer
        /// The half that takes lines.
        ///
        /// The other one is empty, or being written.
        var half = 0
        var otherIsEmpty = true
        /// Whether the writing thread has been told to come before its time.
        var isHurried = false
        /// Bytes that were appended to the buffer, and bytes that have left it for the log.
        var appended: UInt64 = 0
        var left: UInt64 = 0
        /// Bytes that are forced to the disk, of those that left.
        var forced: UInt64 = 0
        /// Why the last attempt to write failed; `nil` if it didn't.
        var failure: SystemError?
        /// How many attempts to write there were: who waits can tell one that began after it asked.
        var attempts = 0
        var drops = DropCounts()
        var reportedDrops = 0
        var state = State.open
    }

    fileprivate enum State {
        case open
        /// No more lines are taken; the writing thread empties the buffer and ends.
        case closing
        case closed
        /// The process is exiting: lines go straight to the log, because no thread may come any more.
        case exiting
    }

    let path: String
    private let options: FileSinkOptions
    private let filling: Monitor<Filling>
    /// `nil` once closed.
    private let log: Mutex<LogFile?>
    private let lastForced = Atomic<UInt64>(0)
    private let birth: Int

    init(path: String, options: FileSinkOptions) throws(SystemError) {
        var log = try LogFile(path: path)
        self.path = path
        self.options = options
        birth = Processes.current
        let half = options.bufferBytes / 2
        var buffer: SpanBuffer?
        if log.isRegular {
            try log.lock()
            log.takeOver()
            try log.repairLastLine()
            log.unlock()
            if options.mode == .buffered {
                buffer = SpanBuffer.beside(log.path, halfSize: half)
            }
        }
        filling = Monitor(Filling(buffer: buffer ?? SpanBuffer(halfSize: half)))
        self.log = Mutex(log)
    }

    /// Starts the writing thread.
    ///
    /// Until it runs, and where none can be had, lines are written as they come.
    func start() {
        OpenWriters.add(self)
        guard options.mode == .buffered else { return }
        if let thread = System.Thread({ self.run() }) { thread.detach() }
    }

    // MARK: Taking lines

    func write(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        guard Processes.current == birth else { return writeInForkedChild(line) }
        if options.mode == .synchronous || line.count > options.bufferBytes / 2 { return writeAtOnce(line, traits) }
        var wake = false
        let outcome = filling.withLock { filling in filling.append(line, &wake) }
        if wake { filling.signal() }
        switch outcome {
        case .taken: break
        case .closed: return
        case .exiting: return writeAtOnce(line, traits)
        case .full: guard waitForRoom(line) else { return }
        }
        if options.durability == .always || options.durability == .onErrorAndRoot && !traits.isEmpty { force() }
    }

    fileprivate enum Outcome { case taken, full, closed, exiting }

    private func waitForRoom(_ line: UnsafeRawBufferPointer) -> Bool {
        var timeout: Duration = .zero
        if case .wait(let longest) = options.whenFull { timeout = longest }
        var wake = false
        let taken = filling.wait(atMost: timeout) { filling -> Bool? in
            // A disk that takes nothing won't be waited for: the program would stand still until it does.
            if filling.failure != nil { return false }
            switch filling.append(line, &wake) {
            case .taken: return true
            case .full: return nil
            case .closed, .exiting: return false
            }
        }
        if wake { filling.signal() }
        if taken == true { return true }
        filling.withLock { filling in
            if filling.state != .open { return }  // Counted by `append`.
            if filling.failure != nil { filling.drops.writeFailed += 1 } else { filling.drops.bufferFull += 1 }
        }
        return false
    }

    private func writeAtOnce(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        let isOpen = filling.withLock { filling in
            if filling.state == .closing || filling.state == .closed { filling.drops.closed += 1 }
            return filling.state == .open || filling.state == .exiting
        }
        guard isOpen else { return }
        let error = withLog { log in
            do throws(SystemError) {
                try log.lock()
                defer { log.unlock() }
                try log.prepare(for: line.count, options.rotation)
                if let error = log.append(line).error { throw error }
                if options.durability == .always || options.durability == .onErrorAndRoot && !traits.isEmpty {
                    try log.synchronize()
                }
                return nil as SystemError?
            } catch {
                return error
            }
        }
        let unreported = filling.withLock { filling in
            filling.failure = error
            if error != nil { filling.drops.writeFailed += 1 }
            return error == nil && filling.drops.total > filling.reportedDrops
        }
        if unreported { withLog { log in reportDrops(to: &log) } }
    }

    /// A child that `fork` made shares the buffer's memory with its parent, but has none of its threads.
    private func writeInForkedChild(_ line: UnsafeRawBufferPointer) {
        guard var log = try? LogFile(path: path), (try? log.lock()) != nil else { return }
        _ = log.append(line)
        log.unlock()
    }

    /// Runs `body` with the log while no other thread has it; `nil` once it is closed.
    @discardableResult
    private func withLog<Result>(_ body: (inout LogFile) -> Result?) -> Result? {
        log.withLock { log in
            guard var file = log.take() else { return nil }
            let result = body(&file)
            log = consume file
            return result
        }
    }

    // MARK: Writing

    private func run() {
        while true {
            let state = filling.wait(atMost: options.writeInterval) { filling -> State? in
                if filling.state == .open, !filling.isHurried { return nil }
                // What fails isn't tried again and again at full speed.
                return filling.failure == nil || filling.state != .open || filling.isHurried ? filling.state : nil
            }
            filling.withLock { $0.isHurried = false }
            repeat {} while writeHalf()
            guard let state, state != .open else { continue }
            let isOver = filling.withLock { filling in
                guard filling.state == .closing else { return true }
                if filling.isEmpty {
                    filling.buffer.remove()
                    filling.state = .closed
                }
                return filling.isEmpty || filling.failure != nil
            }
            if isOver, state == .closing { log.withLock { $0 = nil } }
            filling.signal()
            if isOver { return }
        }
    }

    /// Writes the half that was filled first to the log; returns whether there is more to write at once.
    @discardableResult
    private func writeHalf() -> Bool {
        let work = filling.withLock { filling -> (buffer: SpanBuffer, half: Int)? in
            if filling.otherIsEmpty {
                guard filling.buffer.used(filling.half) > 0 else { return nil }
                filling.swap()
            }
            return (filling.buffer, 1 - filling.half)
        }
        guard let (buffer, half) = work else {
            forceIfDue()
            return false
        }
        let pending = buffer.pending(half).count
        let error = withLog { log in
            do throws(SystemError) {
                try log.lock()
                defer { log.unlock() }
                return log.drain(buffer, half, options.rotation)
            } catch {
                return error
            }
        }
        let rest = buffer.pending(half).count
        let (more, unreported) = filling.withLock { filling in
            filling.left = min(filling.appended, filling.left + UInt64(pending - rest))
            filling.attempts += 1
            filling.failure = error
            if rest == 0 {
                buffer.empty(half)
                filling.otherIsEmpty = true
            }
            let more = error == nil && filling.buffer.used(filling.half) > filling.buffer.halfSize / 2
            return (more, error == nil && filling.drops.total > filling.reportedDrops)
        }
        if unreported { withLog { log in reportDrops(to: &log) } }
        forceIfDue()
        filling.signal()
        return more
    }

    private func reportDrops(to log: inout LogFile) {
        let (drops, new) = filling.withLock { filling in
            defer { filling.reportedDrops = filling.drops.total }
            return (filling.drops, filling.drops.total - filling.reportedDrops)
        }
        var data: JSONObject = ["count": .integer(new), "total": .integer(drops.total)]
        data["causes"] = drops.json
        let span = Span(
            id: RandomIdentifiers().nextSpanID(),
            traceID: RandomIdentifiers().nextTraceID(),
            eventType: .spansDropped,
            timestamp: SystemTimeSource().wallTime(),
            data: data
        )
        let written = (try? log.lock()) != nil && span.withLine(policy: .standard) { log.append($0).error == nil }
        log.unlock()
        if !written { filling.withLock { $0.reportedDrops -= new } }
    }

    private func forceIfDue() {
        guard case .interval(let interval) = options.durability else { return }
        let now = System.monotonicNanoseconds()
        let (left, forced) = filling.withLock { ($0.left, $0.forced) }
        guard left > forced, now - lastForced.load(ordering: .relaxed) >= interval.wholeNanoseconds else { return }
        lastForced.store(now, ordering: .relaxed)
        withLog { try? $0.synchronize() }
        filling.withLock { $0.forced = left }
    }

    /// Waits until all that was taken so far is on the disk itself.
    private func force() {
        guard flush(timeout: .seconds(5)) == .delivered else { return }
        withLog { try? $0.synchronize() }
    }

    // MARK: Ending

    func flush(timeout: Duration) -> FlushResult {
        guard Processes.current == birth else { return .delivered }
        let (target, attempts) = filling.withLock { filling in
            filling.isHurried = true
            return (filling.appended, filling.attempts)
        }
        filling.signal()
        let result = filling.wait(atMost: timeout) { filling -> FlushResult? in
            let reasons = [filling.failure.map { "\(path): \($0)" }, filling.drops.reason].compactMap { $0 }
            if filling.left >= target || filling.state == .closed {
                return reasons.isEmpty ? .delivered : .failed(reasons.joined(separator: "; "))
            }
            guard filling.failure != nil, filling.attempts > attempts else { return nil }
            let waiting = "\(filling.appended - filling.left) bytes wait to be written"
            return .failed((reasons + [waiting]).joined(separator: "; "))
        }
        return result ?? .timedOut
    }

    func close() {
        OpenWriters.remove(self)
        guard Processes.current == birth else { return }
        let needsThread = filling.withLock { filling in
            guard filling.state == .open else { return false }
            filling.state = options.mode == .buffered ? .closing : .closed
            return filling.state == .closing
        }
        guard needsThread else {
            if options.mode == .synchronous { log.withLock { $0 = nil } }
            return
        }
        filling.signal()
        _ = filling.wait(atMost: .seconds(5)) { $0.state == .closed || $0.failure != nil ? true : nil }
    }

    /// Empties the buffer while the process exits; what is recorded after that is written at once.
    func exit() {
        _ = flush(timeout: .seconds(1))
        filling.withLock { filling in
            guard filling.state == .open else { return }
            filling.state = .exiting
            if filling.isEmpty { filling.buffer.remove() }
        }
        filling.signal()
    }

    func clear() {
        withLog { log in
            let isOpen = filling.withLock { filling in
                guard filling.state == .open else { return false }
                filling.buffer.empty(filling.half)
                filling.left = filling.appended
                filling.buffer.empty(1 - filling.half)
                filling.otherIsEmpty = true
                filling.failure = nil
                return true
            }
            guard isOpen, (try? log.lock()) != nil else { return }
            try? log.clear()
            log.unlock()
        }
    }

    var drops: DropCounts { filling.withLock { $0.drops } }
}

extension LogWriter.Filling {
    fileprivate var isEmpty: Bool { otherIsEmpty && buffer.used(half) == 0 }

    /// Makes the other half, which is empty, the one that takes lines.
    fileprivate mutating func swap() {
        half = 1 - half
        otherIsEmpty = false
        buffer.begin(half)
    }

    @inline(__always)
    fileprivate mutating func append(_ line: UnsafeRawBufferPointer, _ wake: inout Bool) -> LogWriter.Outcome {
        guard state == .open else {
            if state == .exiting { return .exiting }
            drops.closed += 1
            return .closed
        }
        if !buffer.append(line, to: half) {
            guard otherIsEmpty else {
                wake = !isHurried
                isHurried = true
                return .full
            }
            swap()
            wake = !isHurried
            isHurried = true
            guard buffer.append(line, to: half) else { return .full }
        }
        appended += UInt64(line.count)
        // Waking a thread costs the waker more than recording a hundred spans: once for half a buffer.
        if !isHurried, buffer.used(half) > buffer.halfSize / 2 {
            isHurried = true
            wake = true
        }
        return .taken
    }
}
