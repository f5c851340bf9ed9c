extension LogWriter {
    /// How long the thread goes on trying when it is to end.
    static let lastPatience = Duration.seconds(5)

    /// What the writing thread does: empties the buffer at every interval, and when it is told to.
    ///
    /// It has been at work since before it was started, and rests while it waits.
    func run() {
        defer { Forks.rest() }
        var lastMoment: UInt64?
        var pace = Pace(longest: options.writeInterval, bytes: UInt64(buffer.halfSize / 4))
        while true {
            let isEnding = filling.wait(atMost: pace.pause, sleep: asleep) { filling in
                filling.isHurried || filling.isEnding ? filling.isEnding : nil
            }
            pace.update(appended: filling.withLock { $0.appended }, now: System.monotonicNanoseconds())
            filling.withLock { $0.isHurried = false }
            repeat {} while writeHalf()
            guard isEnding == true else { continue }
            let now = System.monotonicNanoseconds()
            let end = lastMoment ?? now + Self.lastPatience.wholeNanoseconds
            lastMoment = end
            if endIfDone(orLate: now >= end) { return }
        }
    }

    private func asleep(_ sleep: () -> Void) {
        Forks.rest()
        sleep()
        Forks.work()
    }

    /// Writes the half that was filled first to the log; returns whether there is more to write at once.
    func writeHalf() -> Bool {
        let more = withLog { log in
            guard let half = filling.withLock({ $0.beginWriting() }) else { return false }
            let pending = buffer.pending(half).count
            var error: SystemError?
            do throws(SystemError) {
                try log.lock()
                error = log.drain(buffer, half, options.rotation)
                log.unlock()
            } catch let failure {
                error = failure
            }
            let (more, unreported) = filling.withLock { filling in
                let more = filling.endWriting(half, from: pending, error)
                return (more, error == nil && filling.hasUnreportedDrops)
            }
            if unreported { reportDrops(to: &log) }
            return more
        }
        filling.signal()
        forceIfDue()
        return more ?? false
    }

    /// Ends the thread's work if there is nothing left to do, or nothing more that can be done.
    private func endIfDone(orLate isLate: Bool) -> Bool {
        let isDone = withLog { log in
            guard filling.withLock({ $0.isEmpty || $0.failure != nil || isLate }) else { return false }
            if options.durability != .never { force(&log) }
            filling.withLock { filling in
                filling.giveUpRest()
                filling.hasEnded = true
            }
            return true
        }
        guard isDone ?? true else { return false }
        if filling.withLock({ $0.intake }) == .none { closeLog() }
        filling.signal()
        return true
    }

    /// Leaves a line in the log that says how many spans were dropped since the last one.
    func reportDrops(to log: inout LogFile) {
        let (drops, new) = filling.withLock { filling in
            defer { filling.reportedDrops = filling.drops.total }
            return (filling.drops, filling.drops.total - filling.reportedDrops)
        }
        guard new > 0 else { return }  // Another thread was faster.
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

    // MARK: Forcing to the disk

    /// Forces what is in the log to the disk, with the log.
    func force(_ log: inout LogFile) {
        let left = filling.withLock { $0.left }
        var failure: SystemError?
        do throws(SystemError) { try log.synchronize() } catch { failure = error }
        filling.withLock { filling in
            filling.forceFailure = failure
            if failure == nil { filling.forced = max(filling.forced, left) }
        }
    }

    private func forceIfDue() {
        guard case .interval(let interval) = options.durability else { return }
        let now = System.monotonicNanoseconds()
        let isDue = filling.withLock { filling in
            guard filling.left > filling.forced, now - filling.lastForced >= interval.wholeNanoseconds else {
                return false
            }
            filling.lastForced = now
            return true
        }
        if isDue { withLog { force(&$0) } }
    }

    /// Waits until all that was taken so far is on the disk itself.
    func force() {
        let target = filling.withLock { $0.appended }
        guard empty(atMost: Self.lastPatience) else { return }
        withLog { log in
            // Another thread's forcing may have covered this line, too.
            if filling.withLock({ $0.forced }) < target { force(&log) }
        }
    }

    /// Waits until all that was taken so far is in the log; returns whether it is.
    func empty(atMost timeout: Duration) -> Bool {
        let target = filling.withLock { filling in
            filling.isHurried = true
            return filling.appended
        }
        filling.signal()
        let hasLeft = filling.wait(atMost: timeout) { filling -> Bool? in
            filling.left >= target ? true : filling.failure != nil || filling.hasEnded ? false : nil
        }
        return hasLeft ?? false
    }
}

/// How long the writing thread sleeps.
///
/// No longer than the interval; and when lines come so quickly that they would fill the buffer before, only until then.
/// It so comes by itself, and those who record need not spend 11 µs on waking it.
struct Pace {
    private static let shortest: UInt64 = 100_000

    /// The longest pause, in nanoseconds.
    private let longest: UInt64
    /// How many bytes shall come in a pause.
    private let bytes: UInt64
    private var last: (appended: UInt64, time: UInt64)?

    /// How long to sleep next.
    private(set) var pause: Duration

    init(longest: Duration, bytes: UInt64) {
        self.longest = longest.wholeNanoseconds
        self.bytes = bytes
        pause = longest
    }

    /// Takes note of how many bytes have come so far, and when that was, in nanoseconds of a monotonic clock.
    mutating func update(appended: UInt64, now: UInt64) {
        defer { last = (appended, now) }
        guard let last, appended > last.appended, now > last.time else {
            pause = Duration(wholeNanoseconds: longest)
            return
        }
        let (product, overflow) = (now - last.time).multipliedReportingOverflow(by: bytes)
        let time = overflow ? longest : product / (appended - last.appended)
        pause = Duration(wholeNanoseconds: min(longest, max(Self.shortest, time)))
    }
}
