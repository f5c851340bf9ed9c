import Synchronization
import Testing

@testable import Agent

@Suite struct DependencyGraphTests {
    private struct Failure: Error {}

    private func error(_ nodes: [(id: String, dependsOn: [String])]) throws -> DependencyError {
        try #require(throws: DependencyError.self) { try DependencyGraph(nodes) }
    }

    @Test func `a cycle is named in its order`() throws {
        let long = try error([("x", ["a"]), ("a", ["b"]), ("b", ["c"]), ("c", ["a"])])
        #expect(long.code == .cycle && long.ids == ["a", "b", "c", "a"])
        #expect(long.message.hasPrefix("a → b → c → a: "))
        #expect(try error([("a", ["a"])]).ids == ["a", "a"])
    }

    @Test func `an id that stands twice, and one that there isn't, are errors`() throws {
        let twice = try error([("a", []), ("b", []), ("a", [])])
        #expect(twice.code == .duplicate && twice.ids == ["a"] && twice.message.contains("a stands twice"))
        let unknown = try error([("a", ["z"]), ("b", [])])
        #expect(unknown.code == .unknown && unknown.message == "a depends on z, which there isn't. There are: a, b.")
    }

    @Test func `a chain of a hundred thousand is no problem`() throws {
        let nodes = (0..<100_000).map { (id: "\($0)", dependsOn: $0 == 0 ? [] : ["\($0 - 1)"]) }
        #expect(try DependencyGraph(nodes).ids.count == 100_000)
        var circle = nodes
        circle[0].dependsOn = ["99999"]
        #expect(try error(circle).ids.count == 100_001)
    }

    @Test func `each node gets the results of what it depends on`() async throws {
        let graph = try DependencyGraph([("sum", ["a", "b", "a"]), ("a", []), ("b", ["a"])])
        #expect(graph.dependencies(of: "sum") == ["a", "b"] && graph.dependencies(of: "none").isEmpty)
        let outcomes = try await graph.run { id, results -> Int in
            #expect(Set(results.keys) == Set(graph.dependencies(of: id)))
            return results.values.reduce(1, +)
        }
        #expect(outcomes.compactMapValues(\.value) == ["a": 1, "b": 2, "sum": 4])
        #expect(try await DependencyGraph([]).run { _, _ in 1 }.isEmpty)
    }

    @Test func `a failure stops only what depends on it`() async throws {
        let graph = try DependencyGraph([
            ("bad", []), ("next", ["bad"]), ("last", ["next", "good"]), ("good", []), ("better", ["good"]),
        ])
        let done = Collected<String>()
        let outcomes = try await graph.run { id, _ in
            if id == "bad" { throw Failure() }
            done.append(id)
        }
        #expect(Set(done.all) == ["good", "better"])
        guard case .failed(let error) = outcomes["bad"], error is Failure else { return #expect(Bool(false)) }
        guard case .skipped("bad") = outcomes["next"], case .skipped("next") = outcomes["last"] else {
            return #expect(Bool(false), "\(outcomes)")
        }
    }

    @Test func `independent nodes are worked on at the same time`() async throws {
        let graph = try DependencyGraph((1...4).map { ("\($0)", []) })
        let begun = Atomic(0)
        // Each waits for all others: one by one, this would never end.
        _ = try await graph.run { _, _ in
            begun.add(1, ordering: .relaxed)
            while begun.load(ordering: .relaxed) < 4 { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(begun.load(ordering: .relaxed) == 4)
    }

    @Test(arguments: [(1, 1), (2, 2), (0, 1), (-5, 1)])
    func `no more than allowed are worked on at once`(_ limit: Int, _ expected: Int) async throws {
        let graph = try DependencyGraph((1...6).map { ("\($0)", []) })
        let state = Mutex((now: 0, most: 0))
        let outcomes = try await graph.run(atMost: limit) { _, _ in
            state.withLock {
                $0.now += 1; $0.most = max($0.most, $0.now)
            }
            try await Task.sleep(for: .milliseconds(2))
            state.withLock { $0.now -= 1 }
        }
        #expect(outcomes.count == 6 && state.withLock { $0.most } <= expected)
    }

    @Test func `cancelled, it begins nothing more`() async throws {
        let graph = try DependencyGraph([("a", []), ("b", ["a"]), ("c", [])])
        let begun = Collected<String>()
        let task = Task {
            try await graph.run(atMost: 1) { id, _ in
                begun.append(id)
                try await Task.sleep(for: .seconds(86_400))
            }
        }
        while begun.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(begun.all == ["a"])
    }
}
