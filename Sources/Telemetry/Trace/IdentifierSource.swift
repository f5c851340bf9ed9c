import Synchronization

/// Where a recorder gets the ids of spans and traces from.
public protocol IdentifierSource: Sendable {
    /// An id that no other span has.
    func nextSpanID() -> SpanID
    /// An id that no other trace has.
    func nextTraceID() -> TraceID
}

/// Random ids, different in every process, forked ones included.
public struct RandomIdentifiers: IdentifierSource {
    /// Random ids.
    public init() {}
    /// 64 random bits.
    public func nextSpanID() -> SpanID { SpanID(nonZero: ProcessRandom.next()) }
    /// 128 random bits.
    public func nextTraceID() -> TraceID { TraceID(nonZero: ProcessRandom.next(), ProcessRandom.next()) }
}

/// Ids counted from 1: for tests that must give the same log each time.
public final class SequentialIdentifiers: IdentifierSource {
    private let spans = Atomic<UInt64>(0)
    private let traces = Atomic<UInt64>(0)

    /// Ids counted from 1.
    public init() {}
    /// The next span's number.
    public func nextSpanID() -> SpanID { SpanID(nonZero: spans.add(1, ordering: .relaxed).newValue) }
    /// The next trace's number.
    public func nextTraceID() -> TraceID { TraceID(nonZero: 0, traces.add(1, ordering: .relaxed).newValue) }
}

/// The process's random state: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
/// 2014) seeded by the operating system, and anew in a forked child, which would repeat its parent's ids otherwise.
private enum ProcessRandom {
    private static let state: Atomic<UInt64> = {
        Forks.whenInChild { ProcessRandom.reseed() }
        return Atomic(System.entropy())
    }()

    static func reseed() { state.store(System.entropy(), ordering: .relaxed) }

    static func next() -> UInt64 {
        var bits = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
