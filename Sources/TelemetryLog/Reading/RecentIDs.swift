/// A set of ids that forgets the oldest ones instead of growing without end.
///
/// One table of 32 MiB knows each of 3.6 million ids, and costs one place in memory for each that is looked up. When it
/// is full, it stays to be looked at until half as many have come; from then on there are two tables of half its size.
struct RecentIDs: ~Copyable {
    private static let mostSlots = 1 << 22

    private var table: UnsafeMutableBufferPointer<UInt64>
    private var older: UnsafeMutableBufferPointer<UInt64>?
    /// How many ids the newer table has.
    private var newer = 0
    /// What was only read so that it is near; kept, or the reading wouldn't happen.
    private var touched: UInt64 = 0
    /// How many ids were new when they were added.
    private(set) var count = 0

    /// An empty set.
    ///
    /// - Parameter expected: How many ids are likely to come, so that the table needn't grow.
    init(expecting expected: Int = 0) {
        var bits: UInt64 = 12
        while 1 << bits < Self.mostSlots, Self.limit(1 << bits) < expected { bits += 1 }
        table = Self.makeTable(1 << bits)
    }

    /// How many ids a table takes before it counts as full.
    private static func limit(_ slots: Int) -> Int { slots / 8 * 7 }

    deinit {
        table.deallocate()
        older?.deallocate()
    }

    private static func makeTable(_ slots: Int) -> UnsafeMutableBufferPointer<UInt64> {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: slots * 8, alignment: Platform.largePage)
        // Ids are random, and so are the places in memory: with large pages most of these need no page walk.
        if bytes.count >= Platform.largePage { Platform.useLargePages(for: bytes) }
        let table = bytes.bindMemory(to: UInt64.self)
        table.initialize(repeating: 0)
        return table
    }

    /// Ids should be random, but whoever wrote the log may have counted.
    @inline(__always)
    private func slot(of id: UInt64, in table: UnsafeMutableBufferPointer<UInt64>) -> Int {
        let hash = id &* 0x9E37_79B9_7F4A_7C15
        // The older table may have more slots than the newer one.
        return Int(truncatingIfNeeded: hash >> UInt64(table.count.leadingZeroBitCount + 1))
    }

    @inline(__always)
    func word(for id: UInt64) -> UInt64 {
        guard let older else { return table[slot(of: id, in: table)] }
        return table[slot(of: id, in: table)] ^ older[slot(of: id, in: older)]
    }

    func contains(_ id: UInt64) -> Bool {
        if place(of: id, in: table).isThere { return true }
        guard let older else { return false }
        return place(of: id, in: older).isThere
    }

    /// Where `id` is, or the free place for it.
    @inline(__always)
    private func place(
        of id: UInt64,
        in table: UnsafeMutableBufferPointer<UInt64>
    ) -> (isThere: Bool, index: Int) {
        var index = slot(of: id, in: table)
        while table[index] != 0 {
            if table[index] == id { return (true, index) }
            index = (index &+ 1) & (table.count &- 1)
        }
        return (false, index)
    }

    /// Adds an id; returns whether it was new.
    @inline(__always)
    mutating func insert(_ id: UInt64) -> Bool {
        let found = place(of: id, in: table)
        if found.isThere { return false }
        if let older, place(of: id, in: older).isThere { return false }
        table[found.index] = id
        count += 1
        newer += 1
        if newer >= Self.limit(table.count) { makeRoom() }
        return true
    }

    /// Adds ids, whose places in memory are looked up all at once before.
    mutating func insert(contentsOf ids: [UInt64]) {
        for id in ids { touched &+= word(for: id) }
        for id in ids { _ = insert(id) }
    }

    /// Adds the ids of another set.
    ///
    /// These come in the order of their places. Where there is room for all of them beforehand they go to places in that
    /// order too; in a smaller table they would crowd at its beginning, each behind all the others.
    mutating func formUnion(_ other: borrowing RecentIDs) {
        while older == nil, table.count < Self.mostSlots, newer + other.count >= Self.limit(table.count) { makeRoom() }
        other.forEach { _ = insert($0) }
    }

    private mutating func makeRoom() {
        guard older != nil || table.count == Self.mostSlots else {
            let full = table
            table = Self.makeTable(full.count * 2)
            for id in full where id != 0 { table[place(of: id, in: table).index] = id }
            full.deallocate()
            return
        }
        older?.deallocate()
        older = table
        table = Self.makeTable(Self.mostSlots / 2)
        newer = 0
    }

    /// Calls `body` with each id that isn't forgotten.
    func forEach(_ body: (UInt64) -> Void) {
        for id in table where id != 0 { body(id) }
        if let older { for id in older where id != 0 { body(id) } }
    }
}
