/// Figures by a pair of texts, found by the bytes that a line has: no string is made for a line.
///
/// The first 4,000 pairs are told apart; all others are counted together as `other`.
struct GroupTable {
    struct Entry {
        fileprivate var hash: UInt64
        var type: [UInt8]
        var label: [UInt8]
        var hasEscape: Bool
        var statistics = SpanStatistics()
    }

    private static let mostGroups = 4000
    private static let bits: UInt64 = 13

    private(set) var entries: [Entry] = []
    private var table = [Int16](repeating: -1, count: 1 << bits)

    /// The place of the figures for these two texts.
    @inline(__always)
    mutating func index(_ type: UnsafeRawBufferPointer, _ label: UnsafeRawBufferPointer, hasEscape: Bool) -> Int {
        let hash = Self.hash(type, Self.hash(label, 0x9E37_79B9_7F4A_7C15))
        var slot = Int(truncatingIfNeeded: hash >> (64 - Self.bits))
        while table[slot] >= 0 {
            let index = Int(table[slot])
            if entries[index].hash == hash, Self.equal(entries[index].type, type),
                Self.equal(entries[index].label, label)
            {
                return index
            }
            slot = (slot &+ 1) & (table.count &- 1)
        }
        return add(type, label, hash, hasEscape, slot: slot)
    }

    @inline(__always)
    mutating func update(_ index: Int, _ body: (inout SpanStatistics) -> Void) { body(&entries[index].statistics) }

    private mutating func add(
        _ type: UnsafeRawBufferPointer,
        _ label: UnsafeRawBufferPointer,
        _ hash: UInt64,
        _ hasEscape: Bool,
        slot: Int
    ) -> Int {
        if entries.count >= Self.mostGroups {
            if entries.count == Self.mostGroups {
                entries.append(Entry(hash: 0, type: Array("other".utf8), label: [], hasEscape: false))
            }
            return entries.count - 1
        }
        entries.append(Entry(hash: hash, type: Array(type), label: Array(label), hasEscape: hasEscape))
        table[slot] = Int16(entries.count - 1)
        return entries.count - 1
    }

    @inline(__always)
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return hash &* 0xD6E8_FEB8_6659_FD93
        }
        var place = 0
        // Eight bytes behind a line may be read.
        while place < bytes.count {
            let word = Key.head(base + place, min(8, bytes.count - place))
            hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            place += 8
        }
        return hash &* 0xD6E8_FEB8_6659_FD93
    }

    @inline(__always)
    private static func equal(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let other = b.baseAddress else { return true }
        return a.withUnsafeBytes { $0.baseAddress.map { Platform.equal($0, other, count: b.count) } ?? true }
    }
}
