import Synchronization

/// State in several copies, each with a lock of its own, so that threads that use it at once need not wait for each other.
///
/// All threads use the first copy, until they have met there often; then they divide among two, and then four. A program
/// that records from one thread at a time so has one copy, in the order of its calls.
///
/// `@unchecked Sendable`: the copies are reached only through their locks; the pointers are set once.
final class Lanes<State: ~Copyable>: @unchecked Sendable {
    /// How many copies there are at most.
    static var most: Int { 4 }

    private struct Lane: ~Copyable {
        let state: SpinLock<State>
        let meetings = Atomic<Int>(0)
        /// The thread that had the copy last, but for those that take them all; 0 for none.
        let latestThread = Atomic<Int>(0)
        /// Neighbours are apart by the 128 bytes that processors fetch at once.
        private let gap = (SIMD16<UInt64>(), UInt64(0))

        init(_ state: consuming State) { self.state = SpinLock(state) }
    }

    private let lanes: UnsafeMutablePointer<Lane>
    /// How many copies are in use, less one: 0, 1, or 3.
    private let mask = Atomic<Int>(0)
    /// How often threads meet before they get more copies.
    private let patience: Int
    private let prepare: @Sendable (inout State, Int) -> Void

    /// - Parameters:
    ///   - patience: How often threads meet at one copy before they divide among more.
    ///   - state: Makes a copy.
    ///   - prepare: Called with each copy, and how many are in use: at the beginning, and whenever that has changed.
    init(
        patience: Int = 64,
        _ state: () -> State,
        prepare: @escaping @Sendable (inout State, Int) -> Void = { _, _ in }
    ) {
        self.patience = patience
        self.prepare = prepare
        lanes = .allocate(capacity: Self.most)
        for place in 0..<Self.most { (lanes + place).initialize(to: Lane(state())) }
        lanes[0].state.withLock { prepare(&$0, 1) }
    }

    deinit {
        lanes.deinitialize(count: Self.most)
        lanes.deallocate()
    }

    /// How many copies are in use.
    var count: Int { mask.load(ordering: .relaxed) + 1 }

    /// Runs `body`, which must be short, with the copy of the thread that calls.
    @inline(__always)
    func withLane<Result>(_ body: (inout State) -> Result) -> Result {
        let mask = mask.load(ordering: .relaxed)
        let lane = lanes + (mask == 0 ? 0 : System.threadOrdinal & mask)
        let thread = System.threadIdentity
        var isTaken = false
        let result = lane.pointee.state.withLock(whenTaken: { isTaken = true }) { state in
            if isTaken {
                let latest = lane.pointee.latestThread.load(ordering: .relaxed)
                isTaken = latest != thread && latest != 0
            }
            lane.pointee.latestThread.store(thread, ordering: .relaxed)
            return body(&state)
        }
        if isTaken { meet(lane) }
        return result
    }

    /// Runs `body` with each of the copies in turn, and then `end`, while no thread has any.
    func withAll<Result>(_ body: (inout State) -> Void, end: () -> Result) -> Result {
        withAll(from: 0, body, end)
    }

    private func withAll<Result>(
        from place: Int,
        _ body: (inout State) -> Void,
        _ end: () -> Result
    ) -> Result {
        guard place < Self.most else { return end() }
        return lanes[place].state.withLock { state in
            body(&state)
            return withAll(from: place + 1, body, end)
        }
    }

    /// Takes note that a thread found its copy taken by another one.
    @inline(never)
    private func meet(_ lane: UnsafeMutablePointer<Lane>) {
        guard count < Self.most, lane.pointee.meetings.add(1, ordering: .relaxed).newValue % patience == 0 else {
            return
        }
        // How many are in use is changed while no thread has one of them.
        var place = 0
        withAll { state in
            let more = min(2 * count, Self.most)
            if place < more { prepare(&state, more) }
            place += 1
        } end: {
            mask.store(min(2 * count, Self.most) - 1, ordering: .relaxed)
        }
    }
}
