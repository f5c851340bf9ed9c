import Dispatch
import Foundation
import Synchronization

/// A request to stop, set once, by anyone.
final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    /// Whether the work should stop.
    var isCancelled: Bool { value.load(ordering: .relaxed) }

    /// Asks the work to stop.
    func cancel() { value.store(true, ordering: .relaxed) }
}

/// A thread of its own, with state that only it touches, which does one job after the other in the order of asking.
///
/// A model computes for seconds. On Swift's cooperative pool, which has one thread per core, it would keep every other
/// task of the program waiting. The state is a local variable of the thread: it is made, used and freed there and needs
/// neither a lock nor to be `Sendable`.
final class SerialThread<State>: Sendable {
    private let queue: JobQueue<State>

    private init(queue: JobQueue<State>) { self.queue = queue }

    /// How many jobs were asked for so far.
    var askedCount: Int { queue.askedCount }

    // Waits until the state is freed: a program that ends meanwhile would take the C library's globals from under it.
    // No job is running, as who waits for one holds the thread.
    deinit { queue.close() }

    /// Starts a thread and makes its state on it.
    ///
    /// - Parameter makeState: Returns the state, which stays on the thread, and what the others may know of it.
    /// - Throws: What `makeState` throws; the thread is then gone.
    static func start<Facts: Sendable>(
        name: String,
        _ makeState: @escaping @Sendable (CancellationFlag) throws -> (State, Facts)
    ) async throws -> (thread: SerialThread, facts: Facts) {
        let queue = JobQueue<State>()
        let flag = CancellationFlag()
        let facts = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Facts, any Error>) in
                let isStarted = DispatchSemaphore(value: 0)
                let thread = Thread {
                    // Linux names only the thread that runs, and keeps no more than 15 bytes of it. Foundation has no
                    // handle of it before `start` has returned, and until then does nothing.
                    isStarted.wait()
                    Thread.current.name = name
                    queue.begin()
                    serve(queue, flag, makeState, continuation)
                    queue.end()
                }
                thread.name = name
                // Threads get 512 KiB on macOS, and llama.cpp's tokeniser may recurse deeply in a regular expression.
                thread.stackSize = 8 << 20
                thread.qualityOfService = .userInitiated
                thread.start()
                isStarted.signal()
            }
        } onCancel: {
            flag.cancel()
        }
        return (SerialThread(queue: queue), facts)
    }

    /// What the thread does: the state is freed when this returns.
    private static func serve<Facts: Sendable>(
        _ queue: JobQueue<State>,
        _ flag: CancellationFlag,
        _ makeState: (CancellationFlag) throws -> (State, Facts),
        _ continuation: CheckedContinuation<Facts, any Error>
    ) {
        let state: State
        do {
            let made = try makeState(flag)
            state = made.0
            continuation.resume(returning: made.1)
        } catch {
            continuation.resume(throwing: error)
            return
        }
        while let job = queue.next() { job(state) }
    }

    /// Does `body` on the thread when all earlier jobs are done.
    ///
    /// - Throws: What `body` throws; `CancellationError`, at once, when the task is cancelled before its turn.
    ///   Afterwards it's on `body` to look at the flag.
    func run<Output: Sendable>(
        _ body: @escaping @Sendable (State, CancellationFlag) throws -> Output
    ) async throws -> Output {
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Output, any Error>) in
                queue.append(
                    flag,
                    job: { state in
                        continuation.resume(
                            with: Result {
                                if flag.isCancelled { throw CancellationError() }
                                return try body(state, flag)
                            }
                        )
                    },
                    abandon: { continuation.resume(throwing: CancellationError()) }
                )
            }
        } onCancel: {
            queue.cancel(flag)
        }
    }
}

/// Jobs that wait for a thread, first in, first out.
///
/// Every job is either returned by ``next()`` or abandoned, exactly once.
private final class JobQueue<State>: Sendable {
    typealias Job = @Sendable (State) -> Void

    private struct Entry: Sendable {
        var flag: CancellationFlag
        var job: Job
        var abandon: @Sendable () -> Void
    }

    private struct Waiting: Sendable {
        var entries: [Entry] = []
        var askedCount = 0
        var isClosed = false
    }

    private let waiting = Mutex(Waiting())
    private let owner = Mutex<ObjectIdentifier?>(nil)
    private let ended = DispatchSemaphore(value: 0)
    /// At least as many signals as there are entries; one too many when an entry was cancelled.
    private let signal = DispatchSemaphore(value: 0)

    var askedCount: Int { waiting.withLock { $0.askedCount } }

    func append(_ flag: CancellationFlag, job: @escaping Job, abandon: @escaping @Sendable () -> Void) {
        let isWaiting = waiting.withLock { waiting in
            waiting.askedCount += 1
            // The flag is set before `cancel` takes the lock: it is seen here, or the entry is found there.
            if flag.isCancelled || waiting.isClosed { return false }
            waiting.entries.append(Entry(flag: flag, job: job, abandon: abandon))
            return true
        }
        if isWaiting { signal.signal() } else { abandon() }
    }

    func cancel(_ flag: CancellationFlag) {
        flag.cancel()
        let entry = waiting.withLock { waiting in
            waiting.entries.firstIndex { $0.flag === flag }.map { waiting.entries.remove(at: $0) }
        }
        entry?.abandon()
    }

    /// Waits for the next job; `nil` when the queue is closed and empty.
    func next() -> Job? {
        while true {
            signal.wait()
            let (job, isClosed) = waiting.withLock { waiting in
                (waiting.entries.isEmpty ? nil : waiting.entries.removeFirst().job, waiting.isClosed)
            }
            if let job { return job }
            if isClosed { return nil }
        }
    }

    /// Notes that the thread begins that takes the jobs.
    func begin() { owner.withLock { $0 = ObjectIdentifier(Thread.current) } }

    /// Notes that the thread is done.
    func end() { ended.signal() }

    /// Takes no more jobs, and waits until the thread is done, unless it's the caller.
    func close() {
        waiting.withLock { $0.isClosed = true }
        signal.signal()
        if owner.withLock({ $0 }) != ObjectIdentifier(Thread.current) { ended.wait() }
    }
}
