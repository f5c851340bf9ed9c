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
    private let random = ProcessRandom.shared

    /// Random ids.
    public init() {}
    /// 64 random bits.
    public func nextSpanID() -> SpanID { SpanID(nonZero: random.next()) }
    /// 128 random bits.
    public func nextTraceID() -> TraceID { TraceID(nonZero: random.next(), random.next()) }
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

/// The process's random states: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
/// 2014) seeded by the operating system, and anew in a forked child, which would repeat its parent's ids otherwise.
///
/// There are several, each in a cache line of its own, so that threads that record at once don't wait for each other's.
///
/// `@unchecked Sendable`: the pointer is never changed or freed, and what it leads to is atomic.
private struct ProcessRandom: @unchecked Sendable {
    private static let count = 8
    private static let stride = 128 / MemoryLayout<Atomic<UInt64>>.stride

    private let states: UnsafeMutablePointer<Atomic<UInt64>>

    static let shared: ProcessRandom = {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 128, alignment: 128)
        let states = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count * stride)
        for place in 0..<count * stride { (states + place).initialize(to: Atomic(0)) }
        let shared = ProcessRandom(states: states)
        shared.seed()
        Forks.whenInChild { ProcessRandom.shared.seed() }
        return shared
    }()

    private func seed() {
        for place in 0..<Self.count { states[place * Self.stride].store(System.entropy(), ordering: .relaxed) }
    }

    @inline(__always)
    func next() -> UInt64 {
        let state = states + (System.threadNumber & (Self.count - 1)) * Self.stride
        var bits = state.pointee.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
