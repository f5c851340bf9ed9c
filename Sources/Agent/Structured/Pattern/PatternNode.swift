/// What a pattern consists of.
indirect enum PatternNode: Sendable, Hashable {
    /// One scalar of a set that isn't empty.
    case scalar(ScalarSet)
    /// All of these, one after the other; nothing, if there are none.
    case sequence([PatternNode])
    /// One of these, of which there is at least one.
    case choice([PatternNode])
    /// So many of one kind; `Int.max` stands for no bound.
    case repetition(PatternNode, ClosedRange<Int>)
}

extension PatternNode {
    /// Whether its texts have a greatest length, as far as the counts tell.
    var isBounded: Bool {
        switch self {
        case .scalar: true
        case .sequence(let nodes), .choice(let nodes): nodes.allSatisfy(\.isBounded)
        case .repetition(let node, let count): count.upperBound != .max && node.isBounded
        }
    }
}
