internal import Dispatch
internal import Synchronization

/// Finds out whether any id may have come twice, without a look into memory for each one that comes.
///
/// Ids are only collected, in 64 parts by what their hashes begin with; in the end each part is looked through by itself,
/// with a table that is in a processor's second cache. Of an id 55 bits are compared. Where a repetition is seen there may be
/// none, once in some hundred logs of three million spans: whoever asks begins anew with `SeenSpans`, which decides.
///
/// It takes 8 bytes for each id, and 32 MiB at most: when a part is full, it is looked through, and its older half is
/// forgotten. All ids are known of a log of 4 million spans, and of a longer one those of the last 2 million at least.
final class RepeatSieve: Sendable {
    static let parts = 64
    private static let mostIDs = 1 << 16

    /// The hashes of some of the ids.
    private struct Part {
        var count = 0
    }

    /// The parts' hashes, each part's behind the one before.
    ///
    /// Each is only used by who has its lock.
    nonisolated(unsafe) private let memory: UnsafeMutablePointer<UInt64>
    /// Made and unmade with the sieve.
    nonisolated(unsafe) private let locks = UnsafeMutablePointer<Mutex<Part>>.allocate(capacity: parts)
    private let added = Atomic<Int>(0)
    private let doubt = Atomic<Bool>(false)
    private let fault = Atomic<Bool>(false)

    init() {
        // What isn't touched takes no memory.
        memory = .allocate(capacity: Self.parts * Self.mostIDs)
        for part in 0..<Self.parts { (locks + part).initialize(to: Mutex(Part())) }
    }

    deinit {
        locks.deinitialize(count: Self.parts)
        locks.deallocate()
        memory.deallocate()
    }

    /// Whether an id may have come twice, or it can't be told; of what came last, ``finish(threads:)`` finds it out.
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

    /// Which part an id's hash belongs to.
    @inline(__always)
    static func part(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 58) }

    /// Adds ids by their hashes, all of one part.
    func add(_ hashes: UnsafeBufferPointer<UInt64>, to part: Int) {
        let all = added.add(hashes.count, ordering: .relaxed).newValue
        locks[part].withLock { state in
            let start = memory + part * Self.mostIDs
            if state.count + hashes.count > Self.mostIDs {
                let kept = Self.mostIDs / 2
                // Ids that aren't random may crowd in some parts, which would forget too early.
                if Table().repeats(start, state.count) || all < Self.parts * kept { giveUp() }
                start.update(from: start + (state.count - kept), count: kept)
                state.count = kept
            }
            if let first = hashes.baseAddress { (start + state.count).update(from: first, count: hashes.count) }
            state.count += hashes.count
        }
    }

    /// Looks through what hasn't been looked through yet.
    func finish(threads: Int) {
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            let table = Table()
            for part in stride(from: thread, to: Self.parts, by: threads) where !mayRepeat {
                let repeats = locks[part].withLock { table.repeats(memory + part * Self.mostIDs, $0.count) }
                if repeats { giveUp() }
            }
        }
    }

    /// A set of hashes of one part.
    private struct Table: ~Copyable {
        private let slots = UnsafeMutablePointer<UInt32>.allocate(capacity: 2 * mostIDs)

        deinit { slots.deallocate() }

        /// Whether any of the hashes may be there twice.
        func repeats(_ hashes: UnsafeMutablePointer<UInt64>, _ count: Int) -> Bool {
            var bits: UInt64 = 6
            while 1 << bits < count * 2 { bits += 1 }
            let size = 1 << Int(bits)
            slots.initialize(repeating: 0, count: size)
            for index in 0..<count {
                // Without what all of them have in common.
                let hash = hashes[index] &<< 6
                var slot = Int(truncatingIfNeeded: hash &>> (64 &- bits))
                let mark = max(1, UInt32(truncatingIfNeeded: hash &>> (32 &- bits)))
                while slots[slot] != 0 {
                    if slots[slot] == mark { return true }
                    slot = (slot &+ 1) & (size &- 1)
                }
                slots[slot] = mark
            }
            return false
        }
    }
}

/// One thread's way into a sieve.
struct RepeatSieveInput: ~Copyable {
    /// As many as make it worth while to wait for a part; 64 KiB in all.
    private static let most = 128
    /// Parts' places are not multiples of a page apart: these would take each other's place in a processor's first cache.
    private static let distance = most + 8

    let sieve: RepeatSieve?
    private let hashes = UnsafeMutablePointer<UInt64>.allocate(capacity: RepeatSieve.parts * distance)
    private let counts = UnsafeMutablePointer<Int>.allocate(capacity: RepeatSieve.parts)

    init(_ sieve: RepeatSieve?) {
        self.sieve = sieve
        counts.initialize(repeating: 0, count: RepeatSieve.parts)
    }

    deinit {
        hashes.deallocate()
        counts.deallocate()
    }

    @inline(__always)
    mutating func add(_ id: UInt64) {
        // Ids should be random, but whoever wrote the log may have counted. Different ids have different hashes.
        let hash = (id ^ id &>> 32) &* 0x9E37_79B9_7F4A_7C15
        let part = RepeatSieve.part(of: hash)
        let count = counts[part]
        hashes[part &* Self.distance &+ count] = hash
        counts[part] = count &+ 1
        if count == Self.most &- 1 { finish(part) }
    }

    /// Hands what was collected to the sieve.
    mutating func finish() { for part in 0..<RepeatSieve.parts where counts[part] > 0 { finish(part) } }

    private mutating func finish(_ part: Int) {
        let collected = UnsafeBufferPointer(start: hashes + part * Self.distance, count: counts[part])
        sieve?.add(collected, to: part)
        counts[part] = 0
    }
}
