/// Where a recorder gets the time from.
public protocol TimeSource: Sendable {
    /// Nanoseconds on a clock that never goes back; its zero is anywhere.
    func monotonicNanoseconds() -> UInt64
    /// The wall clock.
    func wallTime() -> Timestamp
}

/// The machine's clocks.
public struct SystemTimeSource: TimeSource {
    /// The machine's clocks.
    public init() {}
    /// The system's `CLOCK_MONOTONIC`.
    public func monotonicNanoseconds() -> UInt64 { System.monotonicNanoseconds() }
    /// The system's `CLOCK_REALTIME`.
    public func wallTime() -> Timestamp { Timestamp(microseconds: Int64(System.wallNanoseconds() / 1000)) }
}

/// Clocks that stand still until they are told to go on: for tests that must give the same log each time.
public final class ManualTimeSource: TimeSource {
    private struct State {
        var monotonic: Duration = .zero
        var wall: Timestamp
    }

    private let state: Monitor<State>

    /// Clocks that stand at `start`.
    public init(start: Timestamp = Timestamp(microseconds: 1_768_473_000_123_456)) {
        state = Monitor(State(wall: start))
    }

    /// Moves both clocks on by `duration`, which is not negative.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "a monotonic clock can't go back; set the wall clock instead")
        state.withLock {
            $0.monotonic += duration
            $0.wall = $0.wall + duration
        }
    }

    /// Sets the wall clock alone, as an administrator or NTP would.
    public func setWallTime(_ time: Timestamp) { state.withLock { $0.wall = time } }

    /// Nanoseconds by which the clock was advanced.
    public func monotonicNanoseconds() -> UInt64 {
        let (seconds, attoseconds) = state.withLock { $0.monotonic.components }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// The start, and by how much the clock was advanced or set since.
    public func wallTime() -> Timestamp { state.withLock { $0.wall } }
}
