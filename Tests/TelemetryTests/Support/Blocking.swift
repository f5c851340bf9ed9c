import Foundation
import Synchronization
import Testing

/// Runs tests that block their thread, as those do that wait for other processes, on threads of their own.
///
/// The cooperative pool has no more threads than the machine has cores. On two, two such tests stop all others for
/// minutes: nothing that one `await`s comes back, and time limits end tests that are innocent.
///
/// Tests that wait for a process which the testing library starts need it, too: as long as it has ended, and the pool
/// is too busy to take note of that, the library asks for it without a pause, and keeps a core from everybody else.
struct Blocking: SuiteTrait, TestTrait, TestScoping {
    /// A thread for each job, so that who has begun never waits for who hasn't.
    private final class Threads: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// How many tests may begin, and those that wait for their turn.
    private struct Turns {
        var free = 4
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let threads = Threads()
    private static let turns = Mutex(Turns())

    var isRecursive: Bool { true }

    /// A suite's own work is done on these threads, too; its tests take turns.
    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        test.isSuite || testCase != nil ? self : nil
    }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Self.threads) {
            guard testCase != nil else { return try await function() }
            await Self.takeTurn()
            defer { Self.endTurn() }
            try await function()
        }
    }

    private static func takeTurn() async {
        await withCheckedContinuation { continuation in
            let mayBegin = turns.withLock { turns in
                if turns.free > 0 { turns.free -= 1 } else { turns.waiting.append(continuation) }
                return turns.waiting.isEmpty
            }
            if mayBegin { continuation.resume() }
        }
    }

    private static func endTurn() {
        let next = turns.withLock { turns in
            if turns.waiting.isEmpty { turns.free += 1 }
            return turns.waiting.isEmpty ? nil : turns.waiting.removeFirst()
        }
        next?.resume()
    }
}

extension Trait where Self == Blocking {
    static var blocking: Self { Blocking() }
}
