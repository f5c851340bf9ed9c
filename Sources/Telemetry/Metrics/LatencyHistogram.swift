/// How long operations took: counts in buckets whose width grows with the duration, so that memory is bounded and
/// every quantile is within 1 % of the exact one.
///
/// The buckets are those of HdrHistogram: 64 to each power of two of nanoseconds, which makes a bucket's middle at
/// most 1/128 (0.8 %) away from what it stands for.
public struct LatencyHistogram: Sendable, Hashable {
    private static let bits = 6
    /// How many buckets there can be.
    fileprivate static let most = (65 - bits) << bits

    private var buckets: [Int] = []
    private var longest: UInt64 = 0
    private var shortest: UInt64 = .max

    /// How many durations were counted.
    public private(set) var count = 0

    package init() {}

    package mutating func add(nanoseconds: UInt64) {
        let bucket = Self.bucket(of: nanoseconds)
        makeRoom(for: bucket)
        buckets[bucket] += 1
        count += 1
        longest = Swift.max(longest, nanoseconds)
        shortest = Swift.min(shortest, nanoseconds)
    }

    private mutating func makeRoom(for bucket: Int) {
        guard bucket >= buckets.count else { return }
        // Grows by whole powers of two: some 50 times in a program's life, and never beyond 3,776 buckets.
        let size = (bucket >> Self.bits + 1) << Self.bits
        buckets.append(contentsOf: repeatElement(0, count: size - buckets.count))
    }

    /// Counts many durations, in less time than one after the other takes.
    package mutating func add(nanoseconds durations: UnsafeBufferPointer<UInt64>) {
        guard let last = durations.max(), let first = durations.min() else { return }
        makeRoom(for: Self.bucket(of: last))
        buckets.withUnsafeMutableBufferPointer { buckets in
            for duration in durations { buckets[Self.bucket(of: duration)] += 1 }
        }
        count += durations.count
        longest = Swift.max(longest, last)
        shortest = Swift.min(shortest, first)
    }

    /// Counts what `other` counted too.
    package mutating func merge(_ other: LatencyHistogram) {
        if other.buckets.count > buckets.count {
            buckets.append(contentsOf: repeatElement(0, count: other.buckets.count - buckets.count))
        }
        for (bucket, count) in other.buckets.enumerated() { buckets[bucket] += count }
        count += other.count
        longest = Swift.max(longest, other.longest)
        shortest = Swift.min(shortest, other.shortest)
    }

    /// Counts what `other` counted too.
    mutating func merge(_ other: borrowing LatencyCounter) {
        guard other.count > 0, let counts = other.buckets else { return }
        // Up to the longest duration's octave, as if they had been added here.
        let size = min(Self.most, (Self.bucket(of: other.longest) >> Self.bits + 1) << Self.bits)
        if size > buckets.count { buckets.append(contentsOf: repeatElement(0, count: size - buckets.count)) }
        for bucket in 0..<size { buckets[bucket] += counts[bucket] }
        count += other.count
        longest = Swift.max(longest, other.longest)
        shortest = Swift.min(shortest, other.shortest)
    }

    /// The duration that a fraction `q` of all operations stayed within (nearest rank); `nil` if there were none.
    ///
    /// - Parameter q: From 0 (the shortest) to 1 (the longest); both of these are exact.
    /// - Complexity: Linear in the number of buckets, some thousands.
    public func quantile(_ q: Double) -> Duration? {
        guard count > 0, !q.isNaN else { return nil }
        if q <= 0 { return .nanoseconds(Int64(clamping: shortest)) }
        if q >= 1 { return .nanoseconds(Int64(clamping: longest)) }
        let exact = q * Double(count)
        let rank = Swift.min(count, Swift.max(1, Int(exact) + (exact > Double(Int(exact)) ? 1 : 0)))
        var seen = 0
        for (bucket, count) in buckets.enumerated() where count > 0 {
            seen += count
            guard seen >= rank else { continue }
            return .nanoseconds(Int64(clamping: Swift.min(Swift.max(Self.middle(of: bucket), shortest), longest)))
        }
        return .nanoseconds(Int64(clamping: longest))
    }

    /// The median.
    public var p50: Duration? { quantile(0.5) }
    /// What 95 % stayed within.
    public var p95: Duration? { quantile(0.95) }
    /// What 99 % stayed within.
    public var p99: Duration? { quantile(0.99) }
    /// The longest, exactly.
    public var max: Duration? { quantile(1) }

    @inline(__always)
    fileprivate static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >= 1 << bits else { return Int(nanoseconds) }
        let octave = 63 - nanoseconds.leadingZeroBitCount - bits
        return (octave + 1) << bits + Int(nanoseconds >> UInt64(octave)) & (1 << bits - 1)
    }

    private static func middle(of bucket: Int) -> UInt64 {
        guard bucket >= 1 << bits else { return UInt64(bucket) }
        let octave = bucket >> bits - 1
        let lowest = UInt64(1 << bits + bucket & (1 << bits - 1)) << UInt64(octave)
        return lowest + (1 << UInt64(octave)) / 2
    }
}

/// A histogram that is only added to, quickly: its buckets have their place from the first duration on.
struct LatencyCounter: ~Copyable {
    fileprivate private(set) var buckets: UnsafeMutablePointer<Int>?
    fileprivate private(set) var longest: UInt64 = 0
    fileprivate private(set) var shortest: UInt64 = .max
    private(set) var count = 0

    deinit { buckets?.deallocate() }

    @inline(__always)
    mutating func add(nanoseconds: UInt64) {
        let buckets = buckets ?? makeBuckets()
        buckets[LatencyHistogram.bucket(of: nanoseconds)] &+= 1
        count &+= 1
        longest = max(longest, nanoseconds)
        shortest = min(shortest, nanoseconds)
    }

    /// 30 KB, of which a program uses what its durations fall into.
    @inline(never)
    private mutating func makeBuckets() -> UnsafeMutablePointer<Int> {
        let new = UnsafeMutablePointer<Int>.allocate(capacity: LatencyHistogram.most)
        new.initialize(repeating: 0, count: LatencyHistogram.most)
        buckets = new
        return new
    }
}

extension Duration {
    /// The duration in nanoseconds, fractions dropped; 0 for negative ones, at most 584 years.
    var wholeNanoseconds: UInt64 {
        // `components` divides 128 bits twice; one division of 128 by 64 bits does, and up to 2.6 hours one of 64 bits: a
        // nanosecond has 512 times so many attoseconds.
        let attoseconds = attoseconds
        guard attoseconds > 0 else { return 0 }
        let high = UInt64(truncatingIfNeeded: attoseconds >> 64)
        if high < 512 { return UInt64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125 }
        guard high < 1_000_000_000 else { return .max }
        return UInt64(1_000_000_000).dividingFullWidth((high, UInt64(truncatingIfNeeded: attoseconds))).quotient
    }

    /// Whole nanoseconds, at most 292 years.
    init(wholeNanoseconds: UInt64) { self = .nanoseconds(Int64(clamping: wholeNanoseconds)) }
}
