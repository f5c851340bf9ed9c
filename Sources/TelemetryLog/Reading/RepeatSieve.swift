internal import Synchronization

/// Finds out whether any id may have come twice, with half the memory of a set of ids, and without waiting for it.
///
/// It keeps 54 of an id's 64 bits, in one of 64 tables: each thread collects ids for each table, so that this is near when
/// they are added. Where it sees a repetition there may be none, once in some hundred logs of three million spans: whoever
/// asks begins anew with `SeenSpans`, which decides. What it doesn't see, `SeenSpans` wouldn't either: it knows all ids of a
/// log of 3.6 million spans, and of a longer one at least as many.
final class RepeatSieve: Sendable {
    static let tables = 64
    private static let mostSlots = 1 << 16

    private struct Table {
        /// How many ids the newer half has.
        var count = 0
        /// Whether the halves have changed places: the other one is then what was full before.
        var isTurned = false
        var hasOlder = false
        /// What was only read so that it is near; kept, or the reading wouldn't happen.
        var touched: UInt32 = 0
    }

    /// For each table, a half and then the other.
    ///
    /// Each is only used by who has its lock.
    nonisolated(unsafe) private let memory: UnsafeMutablePointer<UInt32>
    /// Made and unmade with the sieve.
    nonisolated(unsafe) private let locks = UnsafeMutablePointer<Mutex<Table>>.allocate(capacity: tables)
    /// How many ids a half has room for, a power of two.
    private let slots: Int
    private let added = Atomic<Int>(0)
    private let doubt = Atomic<Bool>(false)
    private let fault = Atomic<Bool>(false)

    /// - Parameter expected: How many ids are likely to come.
    init(expecting expected: Int) {
        var slots = 1 << 10
        while slots < Self.mostSlots, Self.tables * slots / 8 * 6 < expected { slots *= 2 }
        self.slots = slots
        memory = Platform.zeros(Self.tables * slots * 2)
        for table in 0..<Self.tables { (locks + table).initialize(to: Mutex(Table())) }
    }

    deinit {
        locks.deinitialize(count: Self.tables)
        locks.deallocate()
        Platform.free(memory)
    }

    /// Whether an id may have come twice, or it can't be told.
    var mayRepeat: Bool { doubt.load(ordering: .relaxed) }

    /// Says that it can't be told.
    func giveUp() { doubt.store(true, ordering: .relaxed) }

    /// Says that some of what was read isn't what the file has.
    func takeFault() {
        fault.store(true, ordering: .relaxed)
        giveUp()
    }

    /// Whether that was said.
    var hasFault: Bool { fault.load(ordering: .relaxed) }

    /// Which table an id's hash belongs to.
    @inline(__always)
    static func table(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 58) }

    /// Adds ids by their hashes, all of one table.
    func add(_ hashes: UnsafeBufferPointer<UInt64>, to table: Int) {
        added.add(hashes.count, ordering: .relaxed)
        let isNew = locks[table].withLock { state in
            var isNew = true
            var (newer, older) = halves(of: table, state)
            // Memory that is first read has to be exchanged when it is written.
            if state.count == 0 { newer.update(repeating: 0, count: slots) }
            // First all places in memory, which doesn't wait for one after the other.
            for hash in hashes { state.touched &+= newer[slot(of: hash)] &+ older[slot(of: hash)] }
            for hash in hashes {
                let mark = max(1, UInt32(truncatingIfNeeded: hash &>> 10))
                if state.hasOlder, older[place(of: mark, slot(of: hash), in: older)] == mark { isNew = false }
                let place = place(of: mark, slot(of: hash), in: newer)
                guard newer[place] == 0 else {
                    isNew = false
                    continue
                }
                newer[place] = mark
                state.count += 1
                guard state.count > slots / 8 * 7 else { continue }
                state.count = 0
                state.isTurned.toggle()
                state.hasOlder = true
                (newer, older) = halves(of: table, state)
                newer.update(repeating: 0, count: slots)
                // Ids that aren't random crowd in some tables, which would forget too early.
                if added.load(ordering: .relaxed) < Self.tables * slots / 2 { isNew = false }
            }
            return isNew
        }
        if !isNew { giveUp() }
    }

    @inline(__always)
    private func halves(
        of table: Int,
        _ state: Table
    ) -> (newer: UnsafeMutablePointer<UInt32>, older: UnsafeMutablePointer<UInt32>) {
        let first = memory + table * 2 * slots
        return state.isTurned ? (first + slots, first) : (first, state.hasOlder ? first + slots : first)
    }

    @inline(__always)
    private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 42) & (slots &- 1) }

    /// Where a mark is, or the free place for it.
    @inline(__always)
    private func place(of mark: UInt32, _ start: Int, in half: UnsafeMutablePointer<UInt32>) -> Int {
        var place = start
        while half[place] != 0, half[place] != mark { place = (place &+ 1) & (slots &- 1) }
        return place
    }
}

/// One thread's way into a sieve.
struct RepeatSieveInput: ~Copyable {
    /// As many as make it worth while to look for a table's memory; 128 KiB in all.
    private static let most = 256
    /// Tables' places are not multiples of a page apart: these would take each other's place in a processor's first cache.
    private static let distance = most + 8

    let sieve: RepeatSieve?
    private let hashes = UnsafeMutablePointer<UInt64>.allocate(capacity: RepeatSieve.tables * distance)
    private let counts = UnsafeMutablePointer<Int>.allocate(capacity: RepeatSieve.tables)

    init(_ sieve: RepeatSieve?) {
        self.sieve = sieve
        counts.initialize(repeating: 0, count: RepeatSieve.tables)
    }

    deinit {
        hashes.deallocate()
        counts.deallocate()
    }

    @inline(__always)
    mutating func add(_ id: UInt64) {
        // Ids should be random, but whoever wrote the log may have counted. Different ids have different hashes.
        let hash = (id ^ id &>> 32) &* 0x9E37_79B9_7F4A_7C15
        let table = RepeatSieve.table(of: hash)
        let count = counts[table]
        hashes[table &* Self.distance &+ count] = hash
        counts[table] = count &+ 1
        if count == Self.most &- 1 { finish(table) }
    }

    /// Hands what was collected to the sieve.
    mutating func finish() { for table in 0..<RepeatSieve.tables where counts[table] > 0 { finish(table) } }

    private mutating func finish(_ table: Int) {
        let collected = UnsafeBufferPointer(start: hashes + table * Self.distance, count: counts[table])
        sieve?.add(collected, to: table)
        counts[table] = 0
    }
}
