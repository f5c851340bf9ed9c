/// Figures by a pair of texts, found by the bytes that a line has: no string is made for a line.
///
/// The first 4,000 pairs are told apart; all others are counted together as `other`. A copy counts into the same figures.
struct GroupTable {
    struct Entry {
        fileprivate let hash: UInt64
        let type: StoredText
        let label: StoredText
        let hasEscape: Bool
    }

    /// The entries' figures: where they stand, nobody else may have them, so that no one asks.
    private final class Figures {
        let tallies = UnsafeMutablePointer<SpanTally>.allocate(capacity: mostGroups + 1)
        var count = 0

        func append() {
            (tallies + count).initialize(to: SpanTally())
            count += 1
        }

        deinit {
            for index in 0..<count { tallies[index].deallocate() }
            tallies.deinitialize(count: count)
            tallies.deallocate()
        }
    }

    private static let mostGroups = 4000
    private static let bits: UInt64 = 13

    private(set) var entries: [Entry] = []
    private let figures = Figures()
    private var table = [Int16](repeating: -1, count: 1 << bits)

    /// The place of the figures for these two texts.
    ///
    /// - Parameter typeHash: A hash of the first one.
    @inline(__always)
    mutating func index(_ type: TextKey, _ typeHash: UInt64, _ label: TextKey, hasEscape: Bool) -> Int {
        let hash = label.hash(typeHash) &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: hash >> (64 - Self.bits))
        while table[slot] >= 0 {
            let index = Int(table[slot])
            if entries[index].hash == hash, entries[index].type.equals(type), entries[index].label.equals(label) {
                return index
            }
            slot = (slot &+ 1) & (table.count &- 1)
        }
        return add(type, label, hash, hasEscape, slot: slot)
    }

    @inline(__always)
    func add(_ line: LineFields, to index: Int) { figures.tallies[index].add(line) }

    func addCosts(of line: LineFields, to index: Int) { figures.tallies[index].addCosts(line) }

    /// The entries with their figures.
    var rows: [(entry: Entry, statistics: SpanStatistics)] {
        entries.indices.map { (entries[$0], figures.tallies[$0].total()) }
    }

    private mutating func add(_ type: TextKey, _ label: TextKey, _ hash: UInt64, _ hasEscape: Bool, slot: Int) -> Int {
        if entries.count >= Self.mostGroups {
            if entries.count == Self.mostGroups {
                let other = StoredText(Array("other".utf8))
                entries.append(Entry(hash: 0, type: other, label: StoredText([]), hasEscape: false))
                figures.append()
            }
            return entries.count - 1
        }
        entries.append(Entry(hash: hash, type: StoredText(type), label: StoredText(label), hasEscape: hasEscape))
        figures.append()
        table[slot] = Int16(entries.count - 1)
        return entries.count - 1
    }
}

extension GroupTable {
    /// The place of the figures that another table has in this entry.
    mutating func index(like entry: Entry) -> Int {
        entry.type.withKey { type in
            entry.label.withKey { label in index(type, type.hash(0), label, hasEscape: entry.hasEscape) }
        }
    }

    /// The place of the figures for a text alone.
    mutating func index(_ text: TextKey, hasEscape: Bool) -> Int {
        StoredText([]).withKey { index(text, text.hash(0), $0, hasEscape: hasEscape) }
    }

    mutating func merge(_ other: GroupTable) {
        for (entry, statistics) in other.rows { figures.tallies[index(like: entry)].merge(statistics) }
    }
}

extension GroupTable.Entry {
    var typeText: String { type.text(hasEscape) }
    var labelText: String { label.text(hasEscape) }
}
