import Foundation
import Synchronization
import Testing

@testable import Agent

@Suite struct SerialThreadTests {
    /// Not `Sendable`: the compiler proves that it stays on its thread.
    final class Counter {
        var count = 0
        let onDeinit: @Sendable () -> Void
        init(onDeinit: @escaping @Sendable () -> Void = {}) { self.onDeinit = onDeinit }
        deinit { onDeinit() }
    }

    private func start() async throws -> SerialThread<Counter> {
        try await SerialThread<Counter>.start(name: "test") { _ in (Counter(), ()) }.thread
    }

    @Test func `Jobs of many tasks run one at a time on the same thread`() async throws {
        let thread = try await start()
        let threads = Collected<String>()
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await thread.run { counter, _ in
                        threads.append(Thread.current.name ?? "")
                        counter.count += 1
                        return counter.count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == Array(1...100))
        #expect(Set(threads.all) == ["test"])
    }

    @Test func `Jobs run in the order of asking`() async throws {
        let thread = try await start()
        let order = Collected<Int>()
        let gate = DispatchSemaphore(value: 0)
        let tasks = try await inOrder(20, on: thread) { index in
            try await thread.run { _, _ in
                if index == 0 { gate.wait() }
                order.append(index)
            }
        }
        gate.signal()
        for task in tasks { try await task.value }
        #expect(order.all == Array(0..<20))
    }

    @Test(.endsIfStuck) func `A cancelled task leaves the queue at once, without its job being run`()
        async throws
    {
        let thread = try await start()
        let order = Collected<Int>()
        let gate = DispatchSemaphore(value: 0)
        let tasks = try await inOrder(3, on: thread) { index in
            try await thread.run { _, _ in
                if index == 0 { gate.wait() }
                order.append(index)
            }
        }
        tasks[1].cancel()
        await #expect(throws: CancellationError.self) { try await tasks[1].value }
        #expect(order.all == [])
        gate.signal()
        try await tasks[0].value
        try await tasks[2].value
        #expect(order.all == [0, 2])
    }

    @Test func `A task that was cancelled before it asked gets an error`() async throws {
        let thread = try await start()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            let _: Void = try await thread.run { _, _ in Issue.record("ran") }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(.endsIfStuck) func `A running job sees that its task was cancelled`() async throws {
        let thread = try await start()
        let task = Task {
            try await thread.run { _, flag in
                while !flag.isCancelled { usleep(100) }
                throw CancellationError()
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await thread.run { _, flag in flag.isCancelled } == false)
    }

    @Test(.endsIfStuck) func `The state is freed on its thread when the last reference is gone`()
        async throws
    {
        let freedOn = Collected<String>()
        do {
            let (thread, fact) = try await SerialThread<Counter>.start(name: "freed here") { _ in
                (Counter { freedOn.append(Thread.current.name ?? "") }, 7)
            }
            #expect(fact == 7)
            try await thread.run { counter, _ in counter.count += 1 }
        }
        while freedOn.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(freedOn.all == ["freed here"])
    }

    @Test func `An error while making the state is thrown`() async throws {
        await #expect(throws: ModelError.emptyPrompt) {
            _ = try await SerialThread<Counter>.start(name: "test") { _ -> (Counter, Int) in
                throw ModelError.emptyPrompt
            }
        }
    }
}

/// Starts tasks one after the other, each when the one before has asked the thread, which nobody else asks.
func inOrder<State>(
    _ count: Int,
    on thread: SerialThread<State>,
    _ body: @escaping @Sendable (Int) async throws -> Void
) async throws -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for index in 0..<count {
        let askedCount = thread.askedCount
        tasks.append(Task { try await body(index) })
        while thread.askedCount == askedCount { try await Task.sleep(for: .milliseconds(1)) }
    }
    return tasks
}
