import Synchronization
import TelemetryLog

/// How far reading has come, on a line of standard error, from one second on; each write that follows clears it first.
final class ProgressBar: Sendable {
    private struct State {
        var isShown = false
        var drawn = ContinuousClock.Instant?.none
    }

    private let columns: Int
    private let write: @Sendable (String) -> Void
    private let start: ContinuousClock.Instant
    private let state = Mutex(State())

    /// A bar that isn't shown yet.
    ///
    /// - Parameter start: When reading began.
    init(columns: Int, start: ContinuousClock.Instant = .now, write: @escaping @Sendable (String) -> Void) {
        self.columns = columns
        self.start = start
        self.write = write
    }

    func show(_ progress: ReadingReport.Progress) {
        let now = ContinuousClock.now
        guard now - start > .seconds(1) else { return }
        state.withLock { state in
            // Often enough to see it move.
            if let drawn = state.drawn, now - drawn < .milliseconds(100) { return }
            (state.isShown, state.drawn) = (true, now)
            write("\r\(text(progress))\u{1B}[K")
        }
    }

    /// Takes the bar away, if it is there.
    func clear() {
        state.withLock { state in
            guard state.isShown else { return }
            state.isShown = false
            write("\r\u{1B}[K")
        }
    }

    private func text(_ progress: ReadingReport.Progress) -> String {
        guard progress.total > 0 else { return "Reading \(Format.bytes(progress.bytes))" }
        // What was appended in the meantime doesn't make it more than all.
        let share = min(1, Double(progress.bytes) / Double(progress.total))
        let width = max(0, min(30, columns - 28))
        let filled = Int(share * Double(width))
        let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: width - filled)
        return "Reading \(bar) \(Int(share * 100)) % of \(Format.bytes(progress.total))"
    }
}
