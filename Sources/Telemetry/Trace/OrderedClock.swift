import Synchronization

/// A wall clock that never goes back within a process, whatever is done to the machine's.
///
/// Times are those of the monotonic clock plus an offset between the two, so spans that begin one after the other have
/// starts in that order. About once a second the offset is compared with the machine's: when the wall clock is ahead, as
/// after a sleep or when it was set forward, it is followed; when it is behind, it isn't, and stays behind for the life of
/// the process.
///
/// A reading costs that of one clock and takes no lock.
struct OrderedClock: ~Copyable, Sendable {
    /// How long an offset goes unchecked, in nanoseconds.
    private static let interval: UInt64 = 1_000_000_000

    private let source: any TimeSource
    /// The machine's clock, which nearly all have, is asked without a detour.
    private let isSystem: Bool
    /// By how much the wall clock is ahead of the monotonic one, in nanoseconds; it only grows.
    private let offset: Atomic<Int64>
    /// When the offset was last compared, by the monotonic clock.
    private let checked: Atomic<UInt64>

    init(_ source: any TimeSource) {
        self.source = source
        isSystem = source is SystemTimeSource
        let (offset, now) = Self.measure(source)
        self.offset = Atomic(offset)
        checked = Atomic(now)
    }

    /// The moment now: the wall clock's, in order, and nanoseconds of the monotonic clock.
    func now() -> (wall: Timestamp, monotonic: UInt64) {
        let now = monotonicNanoseconds()
        let last = checked.load(ordering: .relaxed)
        if now &- last >= Self.interval, now > last { check(last, now) }
        let nanoseconds = Int64(truncatingIfNeeded: now) &+ offset.load(ordering: .relaxed)
        return (Timestamp(microseconds: nanoseconds.dividedDown(by: 1000)), now)
    }

    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    func monotonicNanoseconds() -> UInt64 {
        isSystem ? System.monotonicNanoseconds() : source.monotonicNanoseconds()
    }

    /// Follows the wall clock if it is ahead.
    ///
    /// One thread does, and the others go on meanwhile.
    @inline(never)
    private func check(_ last: UInt64, _ now: UInt64) {
        guard checked.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged else { return }
        offset.max(Self.measure(source).offset, ordering: .relaxed)
    }

    /// The offset, or a little less: the monotonic clock is read last, so that a thread that is put off between the two
    /// can't push the time forward for good.
    private static func measure(_ source: any TimeSource) -> (offset: Int64, monotonic: UInt64) {
        let wall = source.wallTime().microseconds
        let monotonic = source.monotonicNanoseconds()
        // 1677 to 2262: what is outside stops there.
        let (nanoseconds, overflow) = wall.multipliedReportingOverflow(by: 1000)
        let clamped = overflow ? (wall < 0 ? Int64.min / 2 : .max / 2) : min(max(nanoseconds, .min / 2), .max / 2)
        return (clamped &- Int64(truncatingIfNeeded: monotonic), monotonic)
    }
}

extension Int64 {
    /// The quotient, rounded down for negative numbers too.
    fileprivate func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
