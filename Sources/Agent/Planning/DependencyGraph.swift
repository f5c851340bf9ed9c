/// Things of which some need others to be done first.
///
/// Every graph can be carried out: ids are distinct, dependencies are known, and none needs itself by a detour.
///
/// For example:
/// ```swift
/// let graph = try DependencyGraph([("tea", ["water", "leaves"]), ("water", []), ("leaves", [])])
/// let outcomes = try await graph.run { id, results in try await make(id, of: results) }
/// ```
public struct DependencyGraph: Sendable, Hashable {
    /// What came of one node.
    public enum Outcome<Value: Sendable>: Sendable {
        /// It was done.
        case succeeded(Value)
        /// It failed.
        case failed(any Error)
        /// It wasn't begun, as a node that it depends on, the one named, failed or was skipped.
        case skipped(because: String)

        /// What it gave; `nil` unless it was done.
        public var value: Value? {
            if case .succeeded(let value) = self { value } else { nil }
        }
    }

    /// The nodes, in the order given.
    public let ids: [String]
    private let dependencies: [[Int]]

    /// The graph of `nodes`; a dependency that is named twice counts once.
    ///
    /// - Throws: ``DependencyError`` for an id that stands twice, a dependency that there isn't, and a cycle.
    /// - Complexity: Linear in the number of nodes and dependencies.
    public init(_ nodes: [(id: String, dependsOn: [String])]) throws(DependencyError) {
        ids = nodes.map(\.id)
        var places: [String: Int] = [:]
        for (place, node) in nodes.enumerated() {
            guard places.updateValue(place, forKey: node.id) == nil else { throw DependencyError(duplicate: node.id) }
        }
        var dependencies: [[Int]] = []
        for node in nodes {
            var seen: Set<Int> = []
            for id in node.dependsOn {
                guard let place = places[id] else { throw DependencyError(unknown: id, of: node.id, known: ids) }
                seen.insert(place)
            }
            dependencies.append(seen.sorted())
        }
        self.dependencies = dependencies
        if let cycle { throw DependencyError(cycle: cycle.map { ids[$0] }) }
    }

    /// What `id` depends on directly, in the graph's order; nothing, if there is no such node.
    public func dependencies(of id: String) -> [String] {
        ids.firstIndex(of: id).map { dependencies[$0].map { ids[$0] } } ?? []
    }

    /// A way that leads back to where it began, first node last again.
    private var cycle: [Int]? {
        // 0: not seen, 1: on the way, 2: leads to no cycle.
        var state = [UInt8](repeating: 0, count: ids.count)
        for start in ids.indices where state[start] == 0 {
            var way = [start]
            var next = [0]
            state[start] = 1
            while let node = way.last, let index = next.last {
                guard index < dependencies[node].count else {
                    state[node] = 2
                    way.removeLast()
                    next.removeLast()
                    continue
                }
                next[next.count - 1] += 1
                let dependency = dependencies[node][index]
                if state[dependency] == 1, let first = way.firstIndex(of: dependency) {
                    return way[first...] + [dependency]
                }
                guard state[dependency] == 0 else { continue }
                state[dependency] = 1
                way.append(dependency)
                next.append(0)
            }
        }
        return nil
    }

    /// Does `work` for each node, as soon as those that it depends on are done; at the same time for those that don't
    /// depend on each other.
    ///
    /// A failure stops nothing but the nodes that depend on it, directly or not: they are skipped.
    ///
    /// - Parameters:
    ///   - limit: How many nodes are worked on at once; less than 1 counts as 1.
    ///   - work: Gets a node's id, and by their ids the results of what it depends on directly.
    /// - Returns: For each node what came of it.
    /// - Throws: `CancellationError` when the task was cancelled; no further nodes are begun then, and those begun are
    ///   cancelled and waited for.
    public func run<Value: Sendable>(
        atMost limit: Int = .max,
        _ work: @escaping @Sendable (String, [String: Value]) async throws -> Value
    ) async throws -> [String: Outcome<Value>] {
        var outcomes = [Outcome<Value>?](repeating: nil, count: ids.count)
        var waitsFor = dependencies.map(\.count)
        var dependants = [[Int]](repeating: [], count: ids.count)
        for (node, needed) in dependencies.enumerated() { for place in needed { dependants[place].append(node) } }
        var ready = ids.indices.filter { waitsFor[$0] == 0 }[...]
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            var running = 0
            while true {
                while running < max(1, limit), !Task.isCancelled, let node = ready.popFirst() {
                    let id = ids[node]
                    let results = dependencies[node].compactMap { place in
                        outcomes[place]?.value.map { (ids[place], $0) }
                    }
                    group.addTask {
                        do {
                            return (node, .success(try await work(id, Dictionary(results) { first, _ in first })))
                        } catch {
                            return (node, .failure(error))
                        }
                    }
                    running += 1
                }
                guard let (node, result) = await group.next() else { break }
                running -= 1
                switch result {
                case .success(let value):
                    outcomes[node] = .succeeded(value)
                    for dependant in dependants[node] {
                        waitsFor[dependant] -= 1
                        if waitsFor[dependant] == 0 { ready.append(dependant) }
                    }
                case .failure(let error):
                    outcomes[node] = .failed(error)
                    var stopped = [node]
                    while let cause = stopped.popLast() {
                        for dependant in dependants[cause] where outcomes[dependant] == nil {
                            outcomes[dependant] = .skipped(because: ids[cause])
                            stopped.append(dependant)
                        }
                    }
                }
            }
        }
        try Task.checkCancellation()
        return Dictionary(zip(ids, outcomes).compactMap { id, outcome in outcome.map { (id, $0) } }) { first, _ in first
        }
    }
}

/// Why nodes make no graph that can be carried out.
public struct DependencyError: Error, Sendable, Hashable {
    /// The kind of mistake, to switch on.
    public enum Code: Sendable, Hashable {
        /// Two nodes have the same id.
        case duplicate
        /// A node depends on one that there isn't.
        case unknown
        /// A node depends on itself, directly or by others.
        case cycle
    }

    /// The kind of mistake.
    public var code: Code
    /// What is wrong, and what to do.
    public var message: String
    /// The ids concerned; of a cycle in order, the first once more at the end.
    public var ids: [String]

    init(duplicate id: String) {
        code = .duplicate
        ids = [id]
        message = "the id \(id) stands twice. Give each one an id of its own."
    }

    init(unknown id: String, of node: String, known: [String]) {
        code = .unknown
        ids = [node, id]
        message = "\(node) depends on \(id), which there isn't. There are: \(known.joined(separator: ", "))."
    }

    init(cycle: [String]) {
        code = .cycle
        ids = cycle
        message = "\(cycle.joined(separator: " → ")): each depends on the next one, in a circle. Remove one dependency."
    }
}

extension DependencyError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
