/// What texts a string may be: a simple regular expression that the whole text must match.
///
/// | pattern | matches |
/// |---|---|
/// | `a`, `\.`, `\n`, `\u00e9` | this character; `\` stands before `^$\.*+?()[]{}\|/` for the character itself |
/// | `.` | any character but line ends |
/// | `[a-z0-9_-]`, `[^"]` | one of these, any but these |
/// | `\d`, `\w`, `\s`, `\D`, `\W`, `\S` | an ASCII digit, an ASCII letter or digit or `_`, white space; any other |
/// | `(a\|b)`, `(?:a\|b)` | either; parentheses group |
/// | `a?`, `a*`, `a+`, `a{3}`, `a{2,}`, `a{2,5}` | so many in a row |
///
/// Characters are Unicode scalars, and the meaning is that of ECMA-262 with the flag `u`, which JSON Schema refers to.
/// `^` and `$` may stand round each of the topmost alternatives, and make no difference. Word boundaries, lookaround,
/// references, lazy counts and Unicode properties aren't supported.
///
/// When a model produces a text, each character is spelled in one way, and a pattern without an upper bound gets one of
/// 500 scalars, or of its shortest text where that is longer.
///
/// A string literal is a pattern, too. For example:
/// ```swift
/// let schema = Schema.object([.required("code", .string(pattern: #"[A-Z]{3}-\d{4}"#))])
/// ```
///
/// Two patterns are equal if they are written alike.
public struct StringPattern: Sendable {
    /// The pattern without anchors, in the form in which it stands between two `/`.
    public let source: String
    let node: PatternNode
    let automaton: PatternAutomaton

    /// Reads a pattern.
    ///
    /// - Throws: ``SchemaError``, which shows the place: for syntax errors, what isn't supported, and patterns that are
    ///   too large (more than 1000 states, or 4000 parts when repetitions are written out, or 256 kinds of characters).
    public init(parsing pattern: String) throws(SchemaError) {
        var parser = PatternParser(pattern)
        try self.init(&parser)
    }

    /// Reads a pattern that stands in a JSON Schema, where one without anchors matches texts that contain it.
    init(anchored pattern: String) throws(SchemaError) {
        var parser = PatternParser(pattern)
        try self.init(&parser, needsAnchors: true)
    }

    /// Reads a pattern up to the reader's delimiter.
    init(_ parser: inout PatternParser, needsAnchors: Bool = false) throws(SchemaError) {
        let start = parser.index
        let alternatives = try parser.alternatives()
        for alternative in alternatives {
            let place = alternative.source.lowerBound
            guard alternative.beginsWithAnchor == alternative.endsWithAnchor else {
                throw parser.error(
                    "^ and $ go together. Write both, as in ^(?:a|b)$: the whole text is matched",
                    at: place
                )
            }
            guard alternative.beginsWithAnchor || !needsAnchors else {
                throw parser.error(
                    "without ^ and $ this is for texts that contain it. Write ^(?:…)$ for the whole text, or"
                        + " ^[\\s\\S]*(?:…)[\\s\\S]*$ for any that contains it",
                    at: place
                )
            }
        }
        let ranges = alternatives.map(\.source)
        let sources = ranges.count == 1 ? ranges.map(parser.withoutGroup) : ranges
        source = Self.normalized(sources.map { parser.text[$0] }.joined(separator: "|"))
        node = alternatives.count == 1 ? alternatives[0].node : .choice(alternatives.map(\.node))
        do {
            automaton = try PatternAutomaton(node)
        } catch {
            throw parser.error("the pattern is too large: \(error.message)", at: start)
        }
    }

    /// Whether `text` is one of the pattern's texts.
    ///
    /// - Complexity: Linear in its length.
    public func matches(_ text: String) -> Bool { automaton.matches(text) }

    /// The pattern with `/` and what could break a line or act on a terminal escaped.
    private static func normalized(_ source: String) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in source.unicodeScalars {
            if scalar == "/", !isEscaped {
                result.append(contentsOf: #"\/"#.unicodeScalars)
            } else if scalar != "\\", scalar != "\"", SpelledScalars.escaped.contains(scalar.value) {
                let digits = String(scalar.value, radix: 16)
                result.append(
                    contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
                )
            } else {
                result.append(scalar)
            }
            isEscaped = scalar == "\\" && !isEscaped
        }
        return String(result)
    }

    /// The pattern as JSON Schema has it: with anchors.
    var anchored: String {
        if case .choice = node { "^(\(source))$" } else { "^\(source)$" }
    }
}

extension StringPattern: Hashable {
    /// Whether both are written alike, scalar by scalar.
    public static func == (one: StringPattern, other: StringPattern) -> Bool {
        one.source.unicodeScalars.elementsEqual(other.source.unicodeScalars)
    }

    /// Hashes what is written.
    public func hash(into hasher: inout Hasher) {
        for scalar in source.unicodeScalars { hasher.combine(scalar) }
    }
}

extension StringPattern: CustomStringConvertible {
    /// The pattern between two `/`.
    public var description: String { "/\(source)/" }
}

extension StringPattern: ExpressibleByStringLiteral {
    /// A pattern that is written in the program.
    ///
    /// - Precondition: The pattern is correct; otherwise the program stops, and shows the place. Read text that comes
    ///   from elsewhere with ``init(parsing:)``.
    public init(stringLiteral pattern: String) {
        do {
            try self.init(parsing: pattern)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
