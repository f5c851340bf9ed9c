internal import Telemetry

/// What is known of a log's traces, to choose those that a page shows: of more than it can hold, the failing, the slowest
/// and the newest ones are kept.
struct TraceTable {
    struct Key: Hashable {
        var high: UInt64
        var low: UInt64

        init(_ line: LineFields) {
            high = line.traceHigh
            low = line.traceLow
        }
    }

    struct Entry {
        var first: Int64
        var last: Int64
        var bytes = 0
        var hasFailure = false

        var duration: Int64 { last &- first }
    }

    /// The most traces that will be chosen.
    let most: Int
    /// Whether traces were forgotten, so that there are more than the table says.
    private(set) var hasForgotten = false
    private(set) var entries: [Key: Entry] = [:]

    init(most: Int) { self.most = most }

    mutating func add(_ line: LineFields) {
        let key = Key(line)
        entries[key, default: Entry(first: line.timestamp, last: line.end)].add(line)
        if entries.count > 8 * most + 1024 { forget() }
    }

    mutating func merge(_ other: TraceTable) {
        hasForgotten = hasForgotten || other.hasForgotten
        entries.merge(other.entries) { a, b in
            Entry(
                first: min(a.first, b.first),
                last: max(a.last, b.last),
                bytes: a.bytes + b.bytes,
                hasFailure: a.hasFailure || b.hasFailure
            )
        }
    }

    /// Forgets what would not be chosen anyway, if no more came of it.
    private mutating func forget() {
        func threshold(_ values: [Int64]) -> Int64 {
            values.count > most ? values.sorted(by: >)[most] : .min
        }
        let newest = threshold(entries.values.map(\.first))
        let slowest = threshold(entries.values.map(\.duration))
        let failing = threshold(entries.values.filter(\.hasFailure).map(\.first))
        let before = entries.count
        entries = entries.filter { _, entry in
            entry.first > newest || entry.duration > slowest || entry.hasFailure && entry.first > failing
        }
        hasForgotten = hasForgotten || entries.count < before
    }

    /// The traces to show, and whether these are all.
    ///
    /// - Parameter bytes: The most bytes that their lines may have together.
    func chosen(bytes: Int) -> (keys: Set<Key>, isAll: Bool) {
        let total = entries.values.reduce(0) { $0 + $1.bytes }
        if !hasForgotten, entries.count <= most, total <= bytes { return (Set(entries.keys), true) }
        let newest = entries.sorted { ($0.value.first, $0.key.low) > ($1.value.first, $1.key.low) }
        let slowest = entries.sorted { ($0.value.duration, $0.key.low) > ($1.value.duration, $1.key.low) }
        let lists = [newest.filter(\.value.hasFailure), slowest, newest]
        var keys: Set<Key> = []
        var used = 0
        // One of each in turn, so that a log that only fails still shows what is newest.
        for rank in newest.indices {
            for list in lists where rank < list.count {
                let (key, entry) = list[rank]
                guard keys.count < most else { return (keys, false) }
                guard !keys.contains(key), used + entry.bytes <= bytes else { continue }
                used += entry.bytes
                keys.insert(key)
            }
        }
        return (keys, false)
    }
}

extension TraceTable.Entry {
    fileprivate mutating func add(_ line: LineFields) {
        first = min(first, line.timestamp)
        last = max(last, line.end)
        bytes += line.count
        if line.isFailure { hasFailure = true }
    }
}
