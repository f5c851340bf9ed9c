import Synchronization

/// The writers of one log: one, until threads that record meet at it often; then two, and then four.
///
/// They have nothing to do with each other, as if each were in a process of its own: each has its buffer, its thread,
/// and its own hold on the log. Each thread's lines stand in the log in the order in which they came: a thread changes
/// to another writer once its lines have left the one before.
///
/// `@unchecked Sendable`: a place of `writers` is set once, under `opening`, before `mask` says so; and what it leads to
/// is given up when nobody has the object any more. A thread's place is its own.
final class LogWriters: @unchecked Sendable {
    /// How many writers a log can have.
    static let most = 4

    private let writers: UnsafeMutablePointer<Unmanaged<LogWriter>>
    /// Which writer each thread has, by its ordinal.
    ///
    /// All begin with the first one, with which further threads stay.
    private let places: UnsafeMutablePointer<UInt8>
    private static let threads = 1024
    private static let stays: UInt8 = 0x80
    /// How many writers are in use, less one: 0, 1, or 3.
    private let mask = Atomic<Int>(0)
    /// How often threads meet at a writer before there are more; beyond reach once there are to be no more.
    private let patience: Atomic<Int>
    /// Whether more may be opened: held while that is done, and when they are closed.
    private let opening: Monitor<Bool>

    init(path: String, options: FileSinkOptions, patience: Int = 256) throws(SystemError) {
        let first = try LogWriter(path: path, options: options)
        first.start()
        writers = .allocate(capacity: Self.most)
        writers.initialize(to: .passRetained(first))
        places = .allocate(capacity: Self.threads)
        places.initialize(repeating: 0, count: Self.threads)
        // Only where lines wait in a file of the writer's own: to a FIFO or a device there is one way, and one order.
        let mayGrow = first.buffer.path != nil
        self.patience = Atomic(mayGrow ? patience : .max)
        opening = Monitor(mayGrow)
    }

    deinit {
        close()
        for place in 0..<count { writers[place].release() }
        writers.deallocate()
        places.deallocate()
    }

    /// How many writers are in use.
    var count: Int { mask.load(ordering: .acquiring) + 1 }

    private var all: [LogWriter] { (0..<count).map { writers[$0].takeUnretainedValue() } }

    /// Where the next line that the calling thread writes will be copied to, as it seems; `nil` where nobody can tell.
    var end: UnsafeRawPointer? {
        var place = 0
        if count > 1 {
            let thread = System.threadOrdinal
            if thread < Self.threads { place = Int(places[thread] & ~Self.stays) }
        }
        return writers[place]._withUnsafeGuaranteedRef { $0.isInForkedChild ? nil : UnsafeRawPointer($0.buffer.end) }
    }

    @inline(__always)
    func write(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits) {
        let mask = mask.load(ordering: .acquiring)
        let place = mask == 0 ? 0 : place(among: mask)
        // Without taking a reference, which costs 10 ns.
        writers[place]._withUnsafeGuaranteedRef { writer in
            writer.write(line, traits)
            if isCrowded(writer) { divide() }
        }
    }

    /// The place of the writer that the calling thread has.
    @inline(never)
    private func place(among mask: Int) -> Int {
        let thread = System.threadOrdinal
        guard thread < Self.threads else { return 0 }
        let place = Int(places[thread] & ~Self.stays)
        guard place != thread & mask, places[thread] & Self.stays == 0 else { return place }
        let old = writers[place].takeUnretainedValue()
        guard !old.isInForkedChild else { return place }
        // What it has recorded comes first. Where the disk doesn't take that, the thread stays for good.
        guard old.empty(atMost: .milliseconds(50)) else {
            places[thread] |= Self.stays
            return place
        }
        places[thread] = UInt8(thread & mask)
        return thread & mask
    }

    @inline(__always)
    private func isCrowded(_ writer: LogWriter) -> Bool {
        writer.meetings.load(ordering: .relaxed) >= patience.load(ordering: .relaxed)
    }

    /// Doubles the writers, because threads meet at them too often.
    ///
    /// One thread does, and the others go on meanwhile.
    @inline(never)
    private func divide() {
        let first = writers[0].takeUnretainedValue()
        guard !first.isInForkedChild else { return }
        _ = opening.withLock(within: .zero) { mayGrow in
            let count = count
            guard mayGrow, all.contains(where: isCrowded) else { return }
            let new = (0..<count).compactMap { _ in try? LogWriter(path: first.path, options: first.options) }
            for writer in new { writer.start() }
            if new.count == count, new.allSatisfy({ $0.buffer.path != nil }) {
                for (place, writer) in new.enumerated() { writers[count + place] = .passRetained(writer) }
                mask.store(2 * count - 1, ordering: .releasing)
                for writer in all { writer.meetings.store(0, ordering: .relaxed) }
                mayGrow = 2 * count < Self.most
            } else {
                for writer in new { writer.close() }
                mayGrow = false
            }
            if !mayGrow { patience.store(.max, ordering: .relaxed) }
        }
    }

    // MARK: All of them

    func flush(timeout: Duration) -> FlushResult {
        let start = System.monotonicNanoseconds()
        var isLate = false
        var reasons: [String] = []
        for writer in all {
            let gone = Duration(wholeNanoseconds: System.monotonicNanoseconds() - start)
            switch writer.flush(timeout: max(.zero, timeout - gone)) {
            case .delivered: break
            case .failed(let reason): if !reasons.contains(reason) { reasons.append(reason) }
            case .timedOut: isLate = true
            }
        }
        if !reasons.isEmpty { return .failed(reasons.joined(separator: "; ")) }
        return isLate ? .timedOut : .delivered
    }

    func close() {
        if !all[0].isInForkedChild {
            opening.withLock { $0 = false }
            patience.store(.max, ordering: .relaxed)
        }
        for writer in all { writer.close() }
    }

    func clear() {
        for writer in all { writer.clear() }
    }

    var drops: DropCounts { all.reduce(DropCounts()) { $0 + $1.drops } }
}
