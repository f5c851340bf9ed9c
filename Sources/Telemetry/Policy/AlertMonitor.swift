/// Watches what ends, and tells when a rule's threshold is crossed and when that is over: each once.
///
/// Counting costs a few comparisons for every rule on the event type, and allocates only where a part of a window begins.
/// A rule's window is kept in parts of a 20th, so that its memory is bounded (some 40 parts of at most 4 KiB) and its
/// length is right within 5 %.
struct AlertMonitor: Sendable {
    private var watches: [Watch]

    init(_ rules: [AlertRule]) { watches = rules.map(Watch.init) }

    /// Whether no rule is there, so that nothing need be counted.
    var isEmpty: Bool { watches.isEmpty }

    /// Counts a finished operation, and returns what it changed, which is nearly always nothing.
    ///
    /// - Parameter now: Nanoseconds of a monotonic clock.
    mutating func count(
        eventType: EventType,
        duration: Duration?,
        isFailure: Bool,
        isRetry: Bool,
        now: UInt64
    ) -> [AlertChange] {
        var changes: [AlertChange] = []
        for place in watches.indices where watches[place].rule.eventType == eventType {
            let event = Watch.Event(duration: duration, isFailure: isFailure, isRetry: isRetry, now: now)
            if let change = watches[place].count(event) { changes.append(change) }
        }
        return changes
    }
}

/// One rule, its window, and whether it fires.
private struct Watch: Sendable {
    struct Event {
        var duration: Duration?
        var isFailure: Bool
        var isRetry: Bool
        var now: UInt64
    }

    /// A part of the window.
    fileprivate struct Part: Sendable {
        var began: UInt64
        var tally = Tally()
        var durations: [UInt32] = []
    }

    /// What decides whether thresholds are crossed; sums are kept, so that no event has to go through all parts.
    fileprivate struct Tally: Sendable {
        var count = 0
        /// Failures, repetitions, or durations above the threshold: what the rule is about.
        var bad = 0
        /// Durations above the recovery's threshold.
        var unrecovered = 0
    }

    private static let parts: UInt64 = 20

    let rule: AlertRule
    private let window: UInt64
    private let threshold: UInt64
    private let recovery: UInt64
    /// How many events a part has at most.
    private let partCount: Int
    /// The window, oldest part first.
    private var parts: [Part] = []
    private var total = Tally()
    private var isFiring = false

    init(_ rule: AlertRule) {
        self.rule = rule
        window = rule.window.wholeNanoseconds
        threshold = Self.nanoseconds(rule.threshold)
        recovery = Self.nanoseconds(rule.recovery)
        partCount = rule.count.map { max(1, $0 / Int(Self.parts)) } ?? .max
    }

    private static func nanoseconds(_ milliseconds: Double) -> UInt64 {
        milliseconds.isNaN ? 0 : UInt64(min(max(milliseconds * 1e6, 0), 1e19))
    }

    private var isLatency: Bool { if case .latency = rule.metric { true } else { false } }

    mutating func count(_ event: Event) -> AlertChange? {
        if isLatency, event.duration == nil { return nil }
        dropParts(now: event.now)
        if parts.last.map({ event.now > $0.began + window / Self.parts || $0.tally.count >= partCount }) ?? true {
            parts.append(Part(began: event.now))
        }
        add(event, to: parts.count - 1)
        return change()
    }

    private mutating func add(_ event: Event, to place: Int) {
        var one = Tally(count: 1)
        switch rule.metric {
        case .successRate: one.bad = event.isFailure ? 1 : 0
        case .retryRate: one.bad = event.isRetry ? 1 : 0
        case .latency:
            let duration = event.duration?.wholeNanoseconds ?? 0
            one.bad = duration > threshold ? 1 : 0
            one.unrecovered = duration > recovery ? 1 : 0
            parts[place].durations.count(duration)
        }
        parts[place].tally += one
        total += one
    }

    /// Parts go when the window has left them behind, or when the others are as many events as count.
    private mutating func dropParts(now: UInt64) {
        var gone = 0
        while gone < parts.count {
            let isOld = now > parts[gone].began && now - parts[gone].began > window
            guard isOld || total.count - parts[gone].tally.count + 1 >= rule.count ?? .max else { break }
            total -= parts[gone].tally
            gone += 1
        }
        if gone > 0 { parts.removeFirst(gone) }
    }

    private mutating func change() -> AlertChange? {
        guard total.count >= rule.minimumCount, isFiring ? isRecovered : isCrossed else { return nil }
        isFiring.toggle()
        return AlertChange(rule: rule, state: isFiring ? .firing : .resolved, value: value, count: total.count)
    }

    private var isCrossed: Bool {
        switch rule.metric {
        case .successRate: successRate < rule.threshold
        case .retryRate: Double(total.bad) / Double(total.count) > rule.threshold
        // The percentile is above a threshold when more durations are than the percentile leaves over.
        case .latency(let percentile): total.count - total.bad < rank(percentile)
        }
    }

    private var isRecovered: Bool {
        switch rule.metric {
        case .successRate: successRate >= rule.recovery
        case .retryRate: Double(total.bad) / Double(total.count) <= rule.recovery
        case .latency(let percentile): total.count - total.unrecovered >= rank(percentile)
        }
    }

    private var successRate: Double { Double(total.count - total.bad) / Double(total.count) }

    /// Nearest rank: how many of the durations have to be within the percentile.
    private func rank(_ percentile: Double) -> Int {
        let exact = percentile * Double(total.count)
        let whole = Int(exact)
        // 0.95 × 20 isn't 19 to the last bit.
        return max(1, exact - Double(whole) > 1e-9 ? whole + 1 : whole)
    }

    private var value: Double {
        guard case .latency(let percentile) = rule.metric else {
            return rule.metric == .successRate ? successRate : Double(total.bad) / Double(total.count)
        }
        var rest = rank(percentile)
        let buckets = parts.map(\.durations.count).max() ?? 0
        for bucket in 0..<buckets {
            for part in parts where bucket < part.durations.count { rest -= Int(part.durations[bucket]) }
            guard rest <= 0 else { continue }
            let milliseconds = Double([UInt32].middle(of: bucket)) / 1e6
            // A bucket's middle may be on the other side of the threshold; the decision, which is exact, says which.
            return isFiring ? max(milliseconds, rule.threshold) : min(milliseconds, rule.recovery)
        }
        return 0
    }
}

extension Watch.Tally {
    fileprivate static func += (a: inout Self, b: Self) {
        a.count += b.count
        a.bad += b.bad
        a.unrecovered += b.unrecovered
    }

    fileprivate static func -= (a: inout Self, b: Self) {
        a.count -= b.count
        a.bad -= b.bad
        a.unrecovered -= b.unrecovered
    }
}

/// Counts of durations in buckets: 32 to each power of two of nanoseconds above a microsecond, so a bucket's middle is
/// within 1.6 % of what it stands for. A day is bucket 1,200.
extension [UInt32] {
    fileprivate mutating func count(_ nanoseconds: UInt64) {
        let bucket = Self.bucket(of: Swift.min(nanoseconds, 1 << 47))
        if bucket >= count { append(contentsOf: repeatElement(0, count: bucket + 1 - count)) }
        self[bucket] += 1
    }

    private static func bucket(of nanoseconds: UInt64) -> Int {
        let microseconds = nanoseconds >> 10
        guard microseconds >= 32 else { return Int(microseconds) }
        let octave = 58 - microseconds.leadingZeroBitCount
        return (octave + 1) << 5 + Int(microseconds >> UInt64(octave)) & 31
    }

    /// Nanoseconds in the middle of a bucket.
    fileprivate static func middle(of bucket: Int) -> UInt64 {
        guard bucket >= 32 else { return UInt64(bucket) << 10 + 512 }
        let octave = UInt64(bucket >> 5 - 1)
        return ((UInt64(32 + bucket & 31) << octave) << 10) + (1 << (octave + 10)) / 2
    }
}
