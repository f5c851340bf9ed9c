public import Telemetry

/// Figures about spans of one kind.
public struct SpanStatistics: Sendable, Hashable {
    /// How many finished spans there are.
    public internal(set) var count = 0
    /// How many of them failed.
    public internal(set) var failures = 0
    /// How many of them repeated an earlier one: those whose `attempt` is greater than 1.
    public internal(set) var retries = 0
    /// Tokens of all prompts, those found in a cache included.
    public internal(set) var promptTokens = 0
    /// Tokens of prompts that were found in a cache.
    public internal(set) var cachedTokens = 0
    /// Tokens of all answers.
    public internal(set) var completionTokens = 0
    /// How long they took, those that have a duration.
    public internal(set) var latency = LatencyHistogram()

    /// The share that failed, from 0 to 1; `nil` if there are none.
    public var errorRate: Double? { count > 0 ? Double(failures) / Double(count) : nil }

    @inline(__always)
    mutating func add(_ line: LineFields) {
        count += 1
        if line.isFailure { failures += 1 }
        if line.duration >= 0 { latency.add(nanoseconds: UInt64(min(line.duration, 1 << 53)) &* 1000) }
        addCosts(line)
    }

    /// Counts what a call cost, apart from its time.
    @inline(__always)
    mutating func addCosts(_ line: LineFields) {
        if line.attempt > 1 { retries += 1 }
        // Absurd counts must not trap; they come from outside.
        promptTokens = promptTokens.addingSaturating(line.promptTokens)
        cachedTokens = cachedTokens.addingSaturating(line.cachedTokens)
        completionTokens = completionTokens.addingSaturating(line.completionTokens)
    }

    mutating func merge(_ other: SpanStatistics) {
        count += other.count
        failures += other.failures
        retries += other.retries
        promptTokens = promptTokens.addingSaturating(other.promptTokens)
        cachedTokens = cachedTokens.addingSaturating(other.cachedTokens)
        completionTokens = completionTokens.addingSaturating(other.completionTokens)
        latency.merge(other.latency)
    }
}

/// Figures that are only added to, quickly, in memory that somebody else owns.
struct SpanTally {
    /// How many durations are counted together.
    private static let most = 64

    private var statistics = SpanStatistics()
    private var waiting = 0
    private let durations = UnsafeMutablePointer<UInt64>.allocate(capacity: most)

    func deallocate() { durations.deallocate() }

    @inline(__always)
    mutating func add(_ line: LineFields) {
        statistics.count &+= 1
        if line.isFailure { statistics.failures &+= 1 }
        statistics.addCosts(line)
        guard line.duration >= 0 else { return }
        durations[waiting] = UInt64(min(line.duration, 1 << 53)) &* 1000
        waiting &+= 1
        if waiting == Self.most { addWaiting() }
    }

    mutating func addCosts(_ line: LineFields) { statistics.addCosts(line) }

    mutating func merge(_ other: SpanStatistics) { statistics.merge(other) }

    @inline(never)
    private mutating func addWaiting() {
        statistics.latency.add(nanoseconds: UnsafeBufferPointer(start: durations, count: waiting))
        waiting = 0
    }

    /// All that was counted.
    mutating func total() -> SpanStatistics {
        addWaiting()
        return statistics
    }
}

extension Int {
    @inline(__always)
    func addingSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
