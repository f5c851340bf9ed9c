import Foundation
import Testing

/// Runs tests that block their thread, as those do that wait for other processes, on threads of their own.
///
/// The cooperative pool has no more threads than the machine has cores. On two, two such tests stop all others for
/// minutes: nothing that one `await`s comes back, and time limits end tests that are innocent.
struct Blocking: SuiteTrait, TestTrait, TestScoping {
    private final class Threads: TaskExecutor {
        private let queue = OperationQueue()
        init() { queue.maxConcurrentOperationCount = 4 }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private static let threads = Threads()

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Self.threads, operation: function)
    }
}

extension Trait where Self == Blocking {
    static var blocking: Self { Blocking() }
}
