/// All scalars, divided into classes that a pattern doesn't tell apart.
struct ScalarClasses: Sendable {
    /// The most classes that there may be.
    static let maximum = 256

    /// Where each stretch of scalars of one class begins, from 0 on; the last one goes on for ever.
    private var starts: [UInt32] = [0]
    /// The classes of the stretches; -1 where no set has the scalars.
    private var classes: [Int16] = [-1]
    /// How many classes there are.
    private(set) var count = 0

    /// The coarsest division of which each set is a union; `nil` if that has more than ``maximum`` classes.
    ///
    /// - Returns: The classes of each set.
    init?(_ sets: [ScalarSet], members: inout [ByteSet]) {
        let bounds = sets.flatMap { $0.ranges.flatMap { [$0.lowerBound, $0.upperBound + 1] } }
        starts = Set(bounds + [0]).sorted()
        let places = Dictionary(starts.enumerated().map { ($1, $0) }) { first, _ in first }
        var signatures = [[Int32]](repeating: [], count: starts.count)
        for (number, set) in sets.enumerated() {
            for range in set.ranges {
                guard let first = places[range.lowerBound], let end = places[range.upperBound + 1] else { continue }
                for place in first..<end { signatures[place].append(Int32(number)) }
            }
        }
        var known: [[Int32]: Int16] = [:]
        members = Array(repeating: ByteSet(), count: sets.count)
        classes = []
        for signature in signatures {
            if signature.isEmpty {
                classes.append(-1)
            } else if let number = known[signature] {
                classes.append(number)
            } else {
                guard known.count < Self.maximum else { return nil }
                let number = known.count
                known[signature] = Int16(number)
                classes.append(Int16(number))
                for set in signature { members[Int(set)].insert(UInt8(number)) }
            }
        }
        count = known.count
    }

    /// The class of a scalar; -1 if no set has it.
    ///
    /// - Complexity: Logarithmic in the number of ranges.
    func index(of scalar: UInt32) -> Int { Int(classes[stretch(of: scalar)]) }

    /// The class of all scalars of a range; `nil` if there is more than one.
    func index(ofAll range: ClosedRange<UInt32>) -> Int? {
        let place = stretch(of: range.lowerBound)
        return place + 1 == starts.count || range.upperBound < starts[place + 1] ? Int(classes[place]) : nil
    }

    private func stretch(of scalar: UInt32) -> Int {
        var lower = 0
        var upper = starts.count
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if starts[middle] <= scalar { lower = middle } else { upper = middle }
        }
        return lower
    }
}
