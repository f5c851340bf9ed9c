/// Figures by a pair of texts, found by the bytes that a line has: no string is made for a line.
///
/// The first 4,000 pairs are told apart; all others are counted together as `other`.
struct GroupTable {
    struct Entry {
        fileprivate let hash: UInt64
        let type: StoredText
        let label: StoredText
        let hasEscape: Bool
        var statistics = SpanStatistics()
    }

    private static let mostGroups = 4000
    private static let bits: UInt64 = 13

    private(set) var entries: [Entry] = []
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
    mutating func add(_ line: LineFields, to index: Int) { entries[index].statistics.add(line) }

    mutating func addCosts(of line: LineFields, to index: Int) { entries[index].statistics.addCosts(line) }

    private mutating func add(_ type: TextKey, _ label: TextKey, _ hash: UInt64, _ hasEscape: Bool, slot: Int) -> Int {
        if entries.count >= Self.mostGroups {
            if entries.count == Self.mostGroups {
                let other = StoredText(Array("other".utf8))
                entries.append(Entry(hash: 0, type: other, label: StoredText([]), hasEscape: false))
            }
            return entries.count - 1
        }
        entries.append(Entry(hash: hash, type: StoredText(type), label: StoredText(label), hasEscape: hasEscape))
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
        for entry in other.entries { entries[index(like: entry)].statistics.merge(entry.statistics) }
    }
}

extension GroupTable.Entry {
    var typeText: String { type.text(hasEscape) }
    var labelText: String { label.text(hasEscape) }
}
