/// A recursive-descent reader of regular expressions: the part of ECMA-262's that describes sets of texts.
///
/// Anchors may stand at the ends of each of the topmost alternatives, where they decide whether more text may stand
/// there.
struct PatternParser {
    /// An alternative at the top of a pattern.
    struct Alternative {
        var node: PatternNode
        /// The text without its anchors.
        var source: Range<String.Index>
        var beginsWithAnchor: Bool
        var endsWithAnchor: Bool
    }

    static let maximumDepth = 64
    static let maximumCount = 10_000

    let text: String
    /// What ends the pattern, if it isn't the text's end.
    private let delimiter: Unicode.Scalar?
    private(set) var index: String.Index
    private var depth = 0
    /// The groups that are closed: the whole of each, and what is within.
    private var groups: [Range<String.Index>: Range<String.Index>] = [:]

    /// A reader that begins at `start`, and stops before `delimiter`.
    init(_ text: String, from start: String.Index? = nil, delimiter: Unicode.Scalar? = nil) {
        self.text = text
        self.delimiter = delimiter
        index = start ?? text.startIndex
    }

    func error(_ message: String, at index: String.Index? = nil) -> SchemaError {
        SchemaError(message, in: text, at: index ?? self.index)
    }

    private var next: Unicode.Scalar? {
        guard index < text.endIndex else { return nil }
        let scalar = text.unicodeScalars[index]
        return scalar == delimiter ? nil : scalar
    }

    private mutating func skip() { text.unicodeScalars.formIndex(after: &index) }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        skip()
        return true
    }

    /// Reads up to the delimiter, or to the end.
    mutating func alternatives() throws(SchemaError) -> [Alternative] {
        var result: [Alternative] = []
        repeat {
            let beginsWithAnchor = take("^")
            let start = index
            let node = try sequence()
            let source = start..<index
            let endsWithAnchor = take("$")
            if let scalar = next, scalar != "|" {
                throw scalar == ")" ? error("this ) closes nothing. Remove it, or write \\)") : misplacedAnchor
            }
            result.append(
                .init(node: node, source: source, beginsWithAnchor: beginsWithAnchor, endsWithAnchor: endsWithAnchor)
            )
        } while take("|")
        return result
    }

    /// The range without the parentheses round all of it.
    func withoutGroup(_ range: Range<String.Index>) -> Range<String.Index> {
        var range = range
        while let inner = groups[range] { range = inner }
        return range
    }

    private var misplacedAnchor: SchemaError {
        error("^ and $ may only stand at the ends of the pattern. Move it there, or write \\^ or \\$ for the character")
    }

    private mutating func choice() throws(SchemaError) -> PatternNode {
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .choice(nodes)
    }

    private mutating func sequence() throws(SchemaError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")", scalar != "$" {
            if scalar == "^" { throw misplacedAnchor }
            nodes.append(try repeated(try single()))
        }
        if depth > 0, next == "$" { throw misplacedAnchor }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated(_ node: PatternNode) throws(SchemaError) -> PatternNode {
        let count: ClosedRange<Int>
        switch next {
        case "*": count = 0...Int.max
        case "+": count = 1...Int.max
        case "?": count = 0...1
        case "{": count = try bounds()
        default: return node
        }
        skip()
        if next == "?" { throw error("lazy counts aren't supported. Remove this ?: the whole text is matched anyhow") }
        if let scalar = next, ["*", "+", "{"].contains(scalar) {
            throw error("\(scalar): there is nothing to repeat before it. Write (?:…)\(scalar) round what it is for")
        }
        return .repetition(node, count)
    }

    /// What stands in braces, up to the closing one.
    private mutating func bounds() throws(SchemaError) -> ClosedRange<Int> {
        let start = index
        skip()
        guard let lower = try number() else {
            throw error("expected a count: write {2}, {2,} or {2,5}; or \\{ for the character", at: start)
        }
        var upper = lower
        if take(",") { upper = try number() ?? Int.max }
        guard next == "}" else { throw error("expected } after the count") }
        guard lower <= upper else {
            throw error("{\(lower),\(upper)}: nothing fits. Write the smaller count first", at: start)
        }
        return lower...upper
    }

    private mutating func number() throws(SchemaError) -> Int? {
        let start = index
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), Self.maximumCount + 1)
            skip()
        }
        if let value, value > Self.maximumCount {
            throw error("the count is above \(Self.maximumCount). Repeat less", at: start)
        }
        return value
    }

    private mutating func single() throws(SchemaError) -> PatternNode {
        let start = index
        guard let scalar = next else { return .sequence([]) }
        switch scalar {
        case "(": return try group()
        case "[": return .scalar(try set())
        case "\\": return .scalar(try escape(inSet: false).set)
        case ".":
            skip()
            return .scalar(.dot)
        case "*", "+", "?", "{":
            throw error(
                "\(scalar): there is nothing to repeat before it. Write \\\(scalar) for the character",
                at: start
            )
        case "]", "}": throw error("\(scalar) closes nothing. Write \\\(scalar) for the character", at: start)
        default:
            skip()
            return .scalar(ScalarSet(scalar))
        }
    }

    private mutating func group() throws(SchemaError) -> PatternNode {
        let start = index
        skip()
        if next == "?" {
            skip()
            guard take(":") else {
                let what =
                    switch next {
                    case "=", "!": "lookahead isn't supported"
                    case "<":
                        ["=", "!"].contains(text.unicodeScalars[index...].dropFirst().first)
                            ? "lookbehind isn't supported" : "named groups aren't supported"
                    default: "this kind of group isn't supported"
                    }
                throw error("\(what). Write the pattern without it, and groups as (…) or (?:…)", at: start)
            }
        }
        guard depth < Self.maximumDepth else {
            throw error("groups nest more than \(Self.maximumDepth) deep. Make the pattern flatter", at: start)
        }
        depth += 1
        defer { depth -= 1 }
        let inner = index
        let node = try choice()
        let end = index
        guard take(")") else { throw error("this ( isn't closed. Add a ), or write \\(", at: start) }
        groups[start..<index] = inner..<end
        return node
    }

    // MARK: Sets

    private mutating func set() throws(SchemaError) -> ScalarSet {
        let start = index
        skip()
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        // Within a set, the delimiter is a character like others.
        while true {
            guard index < text.endIndex else { throw error("this [ isn't closed. Add a ], or write \\[", at: start) }
            if text.unicodeScalars[index] == "]" { break }
            let place = index
            let lower = try setMember()
            guard index < text.endIndex, text.unicodeScalars[index] == "-",
                let behind = text.unicodeScalars[index...].dropFirst().first, behind != "]"
            else {
                ranges += lower.set.ranges
                continue
            }
            skip()
            let upper = try setMember()
            guard let low = lower.scalar, let high = upper.scalar else {
                throw error("a range has one character at each end. Write \\- for a hyphen", at: place)
            }
            guard low <= high else {
                throw error("\(low)-\(high): nothing fits. Write the smaller one first", at: place)
            }
            ranges.append(low.value...high.value)
        }
        skip()
        let set = isInverted ? ScalarSet(ranges).inverted : ScalarSet(ranges)
        guard !set.ranges.isEmpty else {
            throw error("no character is in this set. Name one between [ and ]", at: start)
        }
        guard !ranges.isEmpty else { throw error("[^]: write [\\s\\S] for any character", at: start) }
        return set
    }

    private mutating func setMember() throws(SchemaError) -> (set: ScalarSet, scalar: Unicode.Scalar?) {
        let scalar = text.unicodeScalars[index]
        if scalar == "\\" { return try escape(inSet: true) }
        skip()
        return (ScalarSet(scalar), scalar)
    }

    // MARK: Escapes

    private mutating func escape(inSet: Bool) throws(SchemaError) -> (set: ScalarSet, scalar: Unicode.Scalar?) {
        let start = index
        skip()
        guard index < text.endIndex else {
            throw error("nothing follows this \\. Write \\\\ for the character", at: start)
        }
        let scalar = text.unicodeScalars[index]
        skip()
        func one(_ scalar: Unicode.Scalar) -> (ScalarSet, Unicode.Scalar?) { (ScalarSet(scalar), scalar) }
        switch scalar {
        case "d": return (.digits, nil)
        case "D": return (ScalarSet.digits.inverted, nil)
        case "w": return (.words, nil)
        case "W": return (ScalarSet.words.inverted, nil)
        case "s": return (.spaces, nil)
        case "S": return (ScalarSet.spaces.inverted, nil)
        case "n": return one("\n")
        case "r": return one("\r")
        case "t": return one("\t")
        case "f": return one("\u{0C}")
        case "v": return one("\u{0B}")
        case "x": return one(try hexadecimal(digits: 2, at: start))
        case "u": return one(try hexadecimal(digits: 4, at: start))
        case "b", "B":
            if inSet, scalar == "b" { return one("\u{08}") }
            throw error(
                "\\\(scalar): word boundaries aren't supported. Write the characters that may stand there",
                at: start
            )
        case "p", "P":
            throw error("\\\(scalar): Unicode properties aren't supported. Write a set such as [a-zA-Z]", at: start)
        case "k", "1"..."9":
            throw error(
                "\\\(scalar): references to groups aren't supported. Write what the group has once more",
                at: start
            )
        case " ", "!"..."/", ":"..."@", "["..."`", "{"..."~": return one(scalar)
        default: throw error("\\\(scalar): unknown escape. Write the character without \\", at: start)
        }
    }

    private mutating func hexadecimal(digits: Int, at start: String.Index) throws(SchemaError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
                throw error("expected \(digits) hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            skip()
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error("half a surrogate pair is no character. Write the character itself", at: start)
        }
        return scalar
    }
}
