/// How far a JSON string that a pattern must match has been written, behind its opening quote.
///
/// Each scalar has the one spelling of `JSONValue.text`. There is always a way to the end: a byte is allowed only if it
/// is within the spelling of a scalar behind which the rest of the pattern has room.
struct PatternProgress: Sendable, Hashable {
    private var state: Int32 = 0
    /// How far the scalar is spelled, a node of ``SpelledScalars``; 0 between two.
    private var node: Int16 = 0
    /// How many more scalars may stand in the string.
    private var room: Int32

    init(_ pattern: StringPattern) {
        let isBounded = pattern.node.isBounded
        room = isBounded ? .max : max(Int32(Schema.defaultMaximumLength), pattern.automaton.distance(of: 0))
    }

    /// Goes on by one byte; unchanged if that is rejected.
    mutating func advance(_ byte: UInt8, _ automaton: PatternAutomaton) -> StringProgress.Outcome {
        switch automaton.spelled.step(from: Int(node), by: byte) {
        case .nothing:
            return node == 0 && byte == UInt8(ascii: "\"") && automaton.accepts(state) ? .closed : .rejected
        case .within(let next):
            guard automaton.allows(automaton.spelled.classes[next], from: state, room: room) else { return .rejected }
            node = Int16(next)
        case .scalar(let number):
            guard let next = automaton.next(of: state, by: number), automaton.distance(of: next) < room else {
                return .rejected
            }
            (state, node, room) = (next, 0, room - 1)
        }
        return .inside
    }

    /// The bytes that may come next.
    func insertNext(_ automaton: PatternAutomaton, into bytes: inout ByteSet) {
        for byte in 0...255 as ClosedRange<UInt8> {
            var progress = self
            if progress.advance(byte, automaton) != .rejected { bytes.insert(byte) }
        }
    }
}
