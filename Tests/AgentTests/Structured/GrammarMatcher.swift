/// Tells whether a GBNF grammar produces a text: a small, exact reader of the part of GBNF that `Schema.grammar` uses.
struct GrammarMatcher {
    indirect enum Node {
        case scalars(ranges: [ClosedRange<UInt32>], negated: Bool)
        case reference(String)
        case sequence([Node])
        case choice([Node])
        case repetition(Node, ClosedRange<Int>)
    }

    struct Failure: Error { let message: String }

    private(set) var rules: [String: Node] = [:]
    /// The largest repetition of anything but a terminal or a reference, which llama.cpp would multiply.
    private(set) var largestGroupRepetition = 0

    init(_ grammar: String) throws {
        for line in grammar.unicodeScalars.split(separator: "\n") {
            var rest = Array(line)[...]
            let name = rest.prefix { $0 != " " }
            rest = rest.dropFirst(name.count)
            guard rest.starts(with: " ::= ".unicodeScalars) else {
                throw Failure(message: "no ::= in \(String(String.UnicodeScalarView(line)))")
            }
            rest = rest.dropFirst(5)
            rules[String(String.UnicodeScalarView(name))] = try choice(&rest)
            guard rest.isEmpty else { throw Failure(message: "left: \(String(String.UnicodeScalarView(rest)))") }
        }
        for rule in rules.values { try check(rule) }
    }

    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars.map(\.value))
        return ends(of: .reference("root"), in: text, from: [0]).contains(text.count)
    }

    /// The places at which a match that began at one of `starts` may end.
    private func ends(of node: Node, in text: [UInt32], from starts: Set<Int>) -> Set<Int> {
        switch node {
        case .scalars(let ranges, let negated):
            return Set(
                starts.filter { start in
                    start < text.count && ranges.contains { $0.contains(text[start]) } != negated
                }.map { $0 + 1 }
            )
        case .reference(let name): return rules[name].map { ends(of: $0, in: text, from: starts) } ?? []
        case .sequence(let nodes): return nodes.reduce(starts) { ends(of: $1, in: text, from: $0) }
        case .choice(let nodes): return nodes.reduce(into: []) { $0.formUnion(ends(of: $1, in: text, from: starts)) }
        case .repetition(let node, let count):
            var result: Set<Int> = count.lowerBound == 0 ? starts : []
            var current = starts
            for done in 1...max(1, count.upperBound) where !current.isEmpty {
                current = ends(of: node, in: text, from: current)
                if done >= count.lowerBound { result.formUnion(current) }
            }
            return result
        }
    }

    private mutating func check(_ node: Node) throws {
        switch node {
        case .scalars: break
        case .reference(let name):
            if rules[name] == nil { throw Failure(message: "no rule \(name)") }
        case .sequence(let nodes), .choice(let nodes):
            for node in nodes { try check(node) }
        case .repetition(let node, let count):
            if count.upperBound > 2000 { throw Failure(message: "\(count) repetitions") }
            switch node {
            case .scalars, .reference: break
            default: largestGroupRepetition = max(largestGroupRepetition, count.upperBound)
            }
            try check(node)
        }
    }

    // MARK: Reading

    private func choice(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> Node {
        var nodes = [try sequence(&rest)]
        while rest.first == "|" {
            rest.removeFirst()
            nodes.append(try sequence(&rest))
        }
        return nodes.count == 1 ? nodes[0] : .choice(nodes)
    }

    private func sequence(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> Node {
        var nodes: [Node] = []
        while true {
            while rest.first == " " { rest.removeFirst() }
            guard let next = rest.first, next != "|", next != ")" else { return .sequence(nodes) }
            var node: Node
            switch next {
            case "\"":
                rest.removeFirst()
                var scalars: [Node] = []
                while let scalar = rest.first, scalar != "\"" {
                    let value = try character(&rest)
                    scalars.append(.scalars(ranges: [value...value], negated: false))
                }
                try drop("\"", &rest)
                node = .sequence(scalars)
            case "[":
                rest.removeFirst()
                let negated = rest.first == "^"
                if negated { rest.removeFirst() }
                var ranges: [ClosedRange<UInt32>] = []
                while let scalar = rest.first, scalar != "]" {
                    let lower = try character(&rest)
                    guard rest.first == "-" else {
                        ranges.append(lower...lower)
                        continue
                    }
                    rest.removeFirst()
                    ranges.append(lower...(try character(&rest)))
                }
                try drop("]", &rest)
                node = .scalars(ranges: ranges, negated: negated)
            case "(":
                rest.removeFirst()
                node = .sequence([try choice(&rest)])
                try drop(")", &rest)
            default:
                let name = rest.prefix { $0.properties.isAlphabetic || $0 == "-" || ("0"..."9").contains($0) }
                guard !name.isEmpty else { throw Failure(message: "unexpected \(next)") }
                rest = rest.dropFirst(name.count)
                node = .reference(String(String.UnicodeScalarView(name)))
            }
            if rest.first == "?" {
                rest.removeFirst()
                node = .repetition(node, 0...1)
            } else if rest.first == "{" {
                let bounds = rest.dropFirst().prefix { $0 != "}" }
                rest = rest.dropFirst(bounds.count + 1)
                try drop("}", &rest)
                let numbers = bounds.split(separator: ",").compactMap { Int(String(String.UnicodeScalarView($0))) }
                guard numbers.count == 2 else { throw Failure(message: "bad repetition") }
                node = .repetition(node, numbers[0]...numbers[1])
            }
            nodes.append(node)
        }
    }

    private func character(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> UInt32 {
        let scalar = rest.removeFirst()
        guard scalar == "\\" else { return scalar.value }
        switch rest.popFirst() {
        case let letter? where ["x", "u", "U"].contains(letter):
            let digits = rest.prefix(letter == "x" ? 2 : letter == "u" ? 4 : 8)
            rest = rest.dropFirst(digits.count)
            guard let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16) else {
                throw Failure(message: "bad \\\(letter)")
            }
            return value
        case let escaped? where "\"\\[]-".unicodeScalars.contains(escaped): return escaped.value
        case let other: throw Failure(message: "unknown escape \(String(describing: other))")
        }
    }

    private func drop(_ scalar: Unicode.Scalar, _ rest: inout ArraySlice<Unicode.Scalar>) throws {
        guard rest.popFirst() == scalar else { throw Failure(message: "expected \(scalar)") }
    }
}
