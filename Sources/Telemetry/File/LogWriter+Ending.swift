extension LogWriter {
    func flush(timeout: Duration) -> FlushResult {
        // There, each line was written at once, or dropped.
        guard !isInForkedChild else { return drops.reason.map(FlushResult.failed) ?? .delivered }
        let (target, attempts) = filling.withLock { filling in
            filling.isHurried = true
            return (filling.appended, filling.attempts)
        }
        filling.signal()
        let result = filling.wait(atMost: timeout) { filling -> FlushResult? in
            let hasLeft = filling.left >= target
            let hasFailed = filling.failure.map { $0.attempt > attempts } ?? false
            guard hasLeft || hasFailed || filling.hasEnded else { return nil }
            let reasons = filling.reasons(path) + (hasLeft ? [] : [filling.waiting])
            return reasons.isEmpty ? .delivered : .failed(reasons.joined(separator: "; "))
        }
        return result ?? .timedOut
    }

    func close() {
        guard !isInForkedChild else { return }
        OpenWriters.remove(self)
        guard options.mode == .buffered else {
            filling.withLock { $0.intake = .none }
            return closeLog()
        }
        let hadEnded = filling.withLock { filling in
            filling.intake = .none
            filling.isEnding = true
            return filling.hasEnded
        }
        if hadEnded { return closeLog() }
        filling.signal()
        _ = filling.wait(atMost: Self.lastPatience + .seconds(1)) { $0.hasEnded ? true : nil }
    }

    /// Begins to empty the buffer because the process exits; what is recorded from now on is written at once.
    func beginExit() {
        guard !isInForkedChild else { return }
        filling.withLock { filling in
            if filling.intake == .buffer { filling.intake = .log }
            filling.isEnding = true
        }
        filling.signal()
    }

    /// Waits until the buffer is empty, but no longer than `deadline`.
    ///
    /// If it isn't then, the disk is stuck: nobody who records while the process exits shall wait for it.
    func endExit(by deadline: UInt64) {
        guard !isInForkedChild, options.mode == .buffered else { return }
        let now = System.monotonicNanoseconds()
        let rest = Duration.nanoseconds(deadline > now ? Int64(clamping: deadline - now) : 0)
        let hasEnded = filling.wait(atMost: rest) { $0.hasEnded ? true : nil }
        if hasEnded == nil { filling.withLock { $0.intake = .none } }
    }

    func clear() {
        guard !isInForkedChild else { return }
        withLog { log in
            let isOpen = filling.withLock { filling in
                guard filling.intake != .none else { return false }
                if !filling.hasEnded { filling.removeAll() }
                filling.failure = nil
                return true
            }
            guard isOpen, (try? log.lock()) != nil else { return }
            try? log.clear()
            log.unlock()
        }
        filling.signal()
    }
}
