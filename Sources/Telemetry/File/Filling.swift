/// What threads that record and the writing thread share; held for the time of a copy.
struct Filling: ~Copyable {
    /// Where a line goes that comes now.
    enum Intake {
        case buffer
        /// Straight to the log: no thread writes, or the process is exiting, and none may come any more.
        case log
        /// Nowhere: the writer is closed.
        case none
    }

    struct Failure {
        var error: SystemError
        /// The attempt to write that failed.
        var attempt: Int
    }

    let buffer: SpanBuffer
    var intake: Intake
    /// The half that takes lines.
    ///
    /// The other one is empty, or being written.
    var half = 0
    var otherIsEmpty = true
    /// The thread that recorded last.
    var latestThread: Int?
    /// Whether the writing thread has been told to come before its time.
    var isHurried = false
    /// Whether the writing thread is to empty the buffer and end, and whether it has.
    var isEnding = false
    var hasEnded = false
    /// Bytes that were appended to the buffer, and bytes that have left it for the log.
    var appended: UInt64 = 0
    var left: UInt64 = 0
    /// Bytes that are forced to the disk, of those that left; and why the last attempt to force them failed.
    var forced: UInt64 = 0
    /// When they were last forced at the interval, on the monotonic clock.
    var lastForced: UInt64 = 0
    var forceFailure: SystemError?
    /// How many attempts to write have begun: who waits can tell one that began after it asked.
    var attempts = 0
    /// Why the last attempt failed; `nil` if it didn't.
    var failure: Failure?
    /// Whether somebody has waited in vain since a line last reached the log: nobody else need wait as long.
    var isStalled = false
    var drops = DropCounts()
    var reportedDrops = 0

    init(buffer: SpanBuffer, intake: Intake) {
        self.buffer = buffer
        self.intake = intake
    }

    var isEmpty: Bool { otherIsEmpty && buffer.used(half) == 0 }
    var hasUnreportedDrops: Bool { drops.total > reportedDrops }

    // MARK: Filling

    enum Outcome { case taken, full, direct, closed }

    @inline(__always)
    mutating func append(_ line: UnsafeRawBufferPointer, _ wake: inout Bool) -> Outcome {
        guard intake == .buffer else {
            if intake == .log { return .direct }
            drops.closed += 1
            return .closed
        }
        if !buffer.append(line, to: half) {
            // Waking a thread costs the waker more than recording fifty spans: once for half a buffer.
            wake = hurry()
            guard otherIsEmpty else { return .full }
            swap()
            guard buffer.append(line, to: half) else { return .full }
        }
        appended &+= UInt64(truncatingIfNeeded: line.count)
        return .taken
    }

    /// Tells the writing thread to come at once; returns whether it has to be woken.
    ///
    /// After a failure it comes in its own time: a disk that is full isn't tried again for every line.
    private mutating func hurry() -> Bool {
        guard !isHurried, failure == nil else { return false }
        isHurried = true
        return true
    }

    /// Makes the other half, which is empty, the one that takes lines.
    private mutating func swap() {
        half = 1 - half
        otherIsEmpty = false
        buffer.begin(half)
    }

    // MARK: Emptying

    /// The half to write now, which takes no lines; `nil` if there are none.
    mutating func beginWriting() -> Int? {
        if otherIsEmpty {
            guard buffer.used(half) > 0 else { return nil }
            swap()
        }
        attempts += 1
        return 1 - half
    }

    /// Takes note of what came of writing a half that had so many bytes; returns whether to go on at once.
    mutating func endWriting(_ half: Int, from pending: Int, _ error: SystemError?) -> Bool {
        let rest = buffer.pending(half).count
        left += UInt64(pending - rest)
        if rest < pending { isStalled = false }
        // A reader that is slow is no failure: there will be room again.
        failure = error == .wouldBlock ? nil : error.map { Failure(error: $0, attempt: attempts) }
        if rest == 0 {
            buffer.empty(half)
            otherIsEmpty = true
        }
        return error == nil && (buffer.used(self.half) > buffer.halfSize / 2 || isEnding && !isEmpty)
    }

    /// Forgets all lines.
    mutating func removeAll() {
        buffer.empty(half)
        buffer.empty(1 - half)
        // Who copies the buffer just now can tell that it was begun anew.
        half = 1 - half
        buffer.begin(half)
        otherIsEmpty = true
        left = appended
        failure = nil
    }

    /// Gives up the lines that are left when the thread ends, and says how many that are.
    ///
    /// Those in a file are left to the next who opens the log. Those in memory are lost.
    mutating func giveUpRest() {
        guard !isEmpty else { return buffer.remove() }
        guard buffer.path == nil else { return buffer.release() }
        let lines = [0, 1].reduce(0) { $0 + buffer.pending($1).count { $0 == UInt8(ascii: "\n") } }
        if failure == nil { drops.bufferFull += lines } else { drops.writeFailed += lines }
        removeAll()
    }

    // MARK: Results

    /// Why not everything is where it should be, for people.
    func reasons(_ path: String) -> [String] {
        var reasons: [String] = []
        if let failure { reasons.append("\(path): \(failure.error)") }
        if let forceFailure { reasons.append("\(path): not forced to the disk: \(forceFailure)") }
        if let dropped = drops.reason { reasons.append(dropped) }
        return reasons
    }

    var waiting: String { "\(appended - left) bytes wait to be written" }
}
