internal import Telemetry

/// Figures over time, in intervals whose width fits the log: it begins narrow, and grows while the log is read.
///
/// Memory is bounded: 160 intervals that have spans, and 32 kinds of operations; all others are counted as one.
struct Timeline {
    /// A kind of operation: an event type, and a model, tool or operation within it.
    struct Series: Hashable {
        var eventType: String
        var label: String
    }

    /// The widths in microseconds.
    ///
    /// Each divides the next, so that intervals can be joined.
    static let widths: [Int64] = [
        1_000, 5_000, 10_000, 50_000, 100_000, 500_000,
        1_000_000, 5_000_000, 15_000_000, 60_000_000, 300_000_000, 900_000_000,
        3_600_000_000, 10_800_000_000, 43_200_000_000, 86_400_000_000, 604_800_000_000, 2_419_200_000_000,
        29_030_400_000_000, 290_304_000_000_000, 2_903_040_000_000_000,
    ]
    private static let mostIntervals = 160
    private static let mostSeries = 32

    private var names = GroupTable()
    private var step = 0
    /// For each interval that has spans, by its number, the figures of each kind.
    private var intervals: [Int64: [SpanStatistics]] = [:]

    /// How long an interval is, in microseconds.
    var width: Int64 { Self.widths[step] }

    mutating func add(_ line: LineFields, label: Slice) {
        let hasEscape = line.eventType.hasEscape || label.hasEscape
        let name = names.index(line.key(line.eventType), line.eventTypeHash, line.key(label), hasEscape: hasEscape)
        let series = min(name, Self.mostSeries)
        let interval = Self.interval(line.timestamp, width)
        intervals[interval, default: []].add(line, to: series)
        while intervals.count > Self.mostIntervals, step + 1 < Self.widths.count { widen() }
    }

    private static func interval(_ time: Int64, _ width: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: width)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private mutating func widen() {
        let ratio = Self.widths[step + 1] / Self.widths[step]
        step += 1
        var joined: [Int64: [SpanStatistics]] = [:]
        for (interval, figures) in intervals { joined[Self.interval(interval, ratio), default: []].merge(figures) }
        intervals = joined
    }

    mutating func merge(_ other: Timeline) {
        var other = other
        while other.step < step { other.widen() }
        while step < other.step { widen() }
        let places = other.names.entries.prefix(Self.mostSeries).map { names.index(like: $0) }
        for (interval, figures) in other.intervals {
            for (series, statistics) in figures.enumerated() where statistics.count > 0 {
                let place = min(series < places.count ? places[series] : Self.mostSeries, Self.mostSeries)
                intervals[interval, default: []].grow(to: place + 1)
                intervals[interval]?[place].merge(statistics)
            }
        }
        while intervals.count > Self.mostIntervals, step + 1 < Self.widths.count { widen() }
    }

    /// The figures of each kind in each interval, by time; and how many spans are left out, because they began so far from
    /// all others that a clock must have jumped.
    var points: (series: [Series], intervals: [(start: Int64, figures: [SpanStatistics])], outside: Int) {
        var series = names.entries.prefix(Self.mostSeries).map { Series(eventType: $0.typeText, label: $0.labelText) }
        if names.entries.count > Self.mostSeries { series.append(Series(eventType: "other", label: "")) }
        var all = intervals.sorted { $0.key < $1.key }[...]
        let total = all.reduce(0) { $0 + $1.value.total }
        var outside = 0
        func dropped(_ count: Int) -> Bool { (outside + count) * 100 <= total }
        while all.count > 2, let first = all.first, let second = all.dropFirst().first, let final = all.last,
            let before = all.dropLast().last
        {
            let range = final.key - first.key
            if range > 4 * max(8, final.key - second.key), dropped(first.value.total) {
                outside += first.value.total
                all.removeFirst()
            } else if range > 4 * max(8, before.key - first.key), dropped(final.value.total) {
                outside += final.value.total
                all.removeLast()
            } else {
                break
            }
        }
        return (series, all.map { ($0.key &* width, $0.value) }, outside)
    }
}

extension [SpanStatistics] {
    fileprivate mutating func grow(to count: Int) {
        while self.count < count { append(SpanStatistics()) }
    }

    fileprivate mutating func add(_ line: LineFields, to series: Int) {
        grow(to: series + 1)
        self[series].add(line)
    }

    fileprivate mutating func merge(_ other: [SpanStatistics]) {
        grow(to: other.count)
        for (series, statistics) in other.enumerated() { self[series].merge(statistics) }
    }

    fileprivate var total: Int { reduce(0) { $0 + $1.count } }
}
