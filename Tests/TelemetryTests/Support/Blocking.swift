import Foundation
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

    /// Four tests at once; the others wait in their order.
    ///
    /// `@unchecked Sendable`: its state is reached under the lock only, one that the thread sanitizer sees.
    private final class Turns: @unchecked Sendable {
        private let lock = NSLock()
        private var free = 4
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take() async {
            await withCheckedContinuation { continuation in
                let mayBegin = lock.withLock {
                    if free > 0 { free -= 1 } else { waiting.append(continuation) }
                    return waiting.isEmpty
                }
                if mayBegin { continuation.resume() }
            }
        }

        /// Hands the turn to who waits longest.
        func end() {
            let next = lock.withLock {
                if waiting.isEmpty { free += 1 }
                return waiting.isEmpty ? nil : waiting.removeFirst()
            }
            next?.resume()
        }
    }

    private static let threads = Threads()
    private static let turns = Turns()

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
            await Self.turns.take()
            defer { Self.turns.end() }
            try await function()
        }
    }
}

extension Trait where Self == Blocking {
    static var blocking: Self { Blocking() }
}
