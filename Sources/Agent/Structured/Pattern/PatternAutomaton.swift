/// A deterministic automaton that accepts the texts of a pattern.
///
/// It is made of Thompson's (Ken Thompson, "Regular Expression Search Algorithm", 1968) by the subset construction. From
/// each state the end can be reached, because no set of scalars is empty.
final class PatternAutomaton: Sendable {
    /// Why there is no automaton, and what to write.
    struct Failure: Error { let message: String }

    static let maximumStates = 1000
    static let maximumParts = 4000
    /// How often a state's parts may be followed at most while the automaton is made.
    private static let maximumWork = 1_000_000

    let classes: ScalarClasses
    let spelled: SpelledScalars
    /// A row of states for each state, by class, from the first state on; -1 for none.
    private let table: [Int32]
    private let isAccepting: [Bool]
    /// The classes that lead on from each state.
    private let live: [ByteSet]
    /// How many scalars from each state to an accepting one, at least.
    private let distances: [Int32]
    private let greatestDistance: Int32

    init(_ node: PatternNode) throws(Failure) {
        var machine = Machine()
        let start = try machine.compile(node, next: 0)
        var members: [ByteSet] = []
        guard let classes = ScalarClasses(machine.sets, members: &members) else {
            throw Failure(
                message: "it tells more than \(ScalarClasses.maximum) kinds of characters apart. Use wider sets"
            )
        }

        var states = [machine.closure(of: [start])]
        var numbers = [states[0]: Int32(0)]
        var table: [Int32] = []
        var live: [ByteSet] = []
        var done = 0
        var work = 0
        while done < states.count {
            var alive = ByteSet()
            work += states[done].count * classes.count
            guard work <= Self.maximumWork else {
                throw Failure(message: "too many of its parts overlap. Repeat less, or simplify it")
            }
            for number in 0..<classes.count {
                let next = states[done].compactMap { machine.next(of: $0, by: UInt8(number), members) }
                guard !next.isEmpty else {
                    table.append(-1)
                    continue
                }
                alive.insert(UInt8(number))
                let state = machine.closure(of: next)
                if numbers[state] == nil {
                    guard states.count < Self.maximumStates else {
                        throw Failure(
                            message: "it needs more than \(Self.maximumStates) states. Repeat less, or simplify it"
                        )
                    }
                    numbers[state] = Int32(states.count)
                    states.append(state)
                }
                table.append(numbers[state] ?? -1)
            }
            live.append(alive)
            done += 1
        }
        self.classes = classes
        self.table = table
        self.live = live
        spelled = SpelledScalars(classes)
        isAccepting = states.map { $0.contains(0) }
        distances = Self.distances(table, isAccepting, width: classes.count)
        greatestDistance = distances.max() ?? 0
    }

    private static func distances(_ table: [Int32], _ isAccepting: [Bool], width: Int) -> [Int32] {
        var sources = [[Int]](repeating: [], count: isAccepting.count)
        for (place, target) in table.enumerated() where target >= 0 { sources[Int(target)].append(place / width) }
        var distances = isAccepting.map { $0 ? 0 : Int32.max }
        var reached = isAccepting.indices.filter { isAccepting[$0] }
        var place = 0
        while place < reached.count {
            let state = reached[place]
            for source in sources[state] where distances[source] == .max {
                distances[source] = distances[state] + 1
                reached.append(source)
            }
            place += 1
        }
        return distances
    }

    /// The state behind a scalar of a class; `nil` if none may stand there.
    func next(of state: Int32, by number: Int) -> Int32? {
        guard number >= 0 else { return nil }
        let next = table[Int(state) * classes.count + number]
        return next < 0 ? nil : next
    }

    /// Whether the text may end in a state.
    func accepts(_ state: Int32) -> Bool { isAccepting[Int(state)] }

    /// How many scalars are missing from a state to the end, at least.
    func distance(of state: Int32) -> Int32 { distances[Int(state)] }

    /// Whether a scalar of one of these classes may follow, such that the end can be reached within `room` scalars.
    func allows(_ numbers: ByteSet, from state: Int32, room: Int32) -> Bool {
        let numbers = numbers.intersection(live[Int(state)])
        if numbers.isEmpty || room > greatestDistance { return !numbers.isEmpty }
        return (0..<classes.count).contains { number in
            numbers.contains(UInt8(number)) && next(of: state, by: number).map { distance(of: $0) < room } ?? false
        }
    }

    /// Whether the automaton accepts `text`.
    ///
    /// - Complexity: Linear in its length.
    func matches(_ text: String) -> Bool {
        var state: Int32 = 0
        for scalar in text.unicodeScalars {
            guard let next = next(of: state, by: classes.index(of: scalar.value)) else { return false }
            state = next
        }
        return accepts(state)
    }
}

/// Thompson's automaton, made from the end to the beginning; its end is state 0.
private struct Machine {
    enum State { case end, scalar(set: Int, next: Int32), either(Int32, Int32) }

    private var states = [State.end]
    private(set) var sets: [ScalarSet] = []
    private var numbers: [ScalarSet: Int] = [:]
    private var parts = 0

    private mutating func add(_ state: State) -> Int32 {
        states.append(state)
        return Int32(states.count - 1)
    }

    /// Where a part begins, behind which `next` comes.
    mutating func compile(_ node: PatternNode, next: Int32) throws(PatternAutomaton.Failure) -> Int32 {
        parts += 1
        guard parts <= PatternAutomaton.maximumParts else {
            throw .init(
                message: "it has more than \(PatternAutomaton.maximumParts) parts, repetitions written out. Repeat less"
            )
        }
        var entry = next
        switch node {
        case .scalar(let set):
            let number = numbers[set] ?? sets.count
            if number == sets.count {
                numbers[set] = number
                sets.append(set)
            }
            return add(.scalar(set: number, next: next))
        case .sequence(let nodes):
            for node in nodes.reversed() { entry = try compile(node, next: entry) }
        case .choice(let nodes):
            for (place, node) in nodes.reversed().enumerated() {
                let start = try compile(node, next: next)
                entry = place == 0 ? start : add(.either(start, entry))
            }
        case .repetition(let node, let count):
            if count.upperBound == .max {
                entry = add(.end)  // Until it is known where the part begins.
                states[Int(entry)] = .either(try compile(node, next: entry), next)
            } else {
                for _ in count.lowerBound..<count.upperBound {
                    entry = add(.either(try compile(node, next: entry), next))
                }
            }
            for _ in 0..<count.lowerBound { entry = try compile(node, next: entry) }
        }
        return entry
    }

    /// The states that can be reached from `starts` without a scalar, and that need one or are the end; sorted.
    func closure(of starts: [Int32]) -> [Int32] {
        var seen: Set<Int32> = []
        var open = starts
        var result: [Int32] = []
        while let state = open.popLast() {
            guard seen.insert(state).inserted else { continue }
            if case .either(let one, let other) = states[Int(state)] {
                open += [one, other]
            } else {
                result.append(state)
            }
        }
        return result.sorted()
    }

    /// The state behind a scalar of a class.
    func next(of state: Int32, by number: UInt8, _ members: [ByteSet]) -> Int32? {
        guard case .scalar(let set, let next) = states[Int(state)], members[set].contains(number) else { return nil }
        return next
    }
}
