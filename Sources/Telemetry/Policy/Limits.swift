/// How much of a record reaches the log.
///
/// What is longer is cut at a character, with a mark that says how much went: `…[+1234 bytes]`.
public struct Limits: Sendable, Hashable {
    /// The most bytes of UTF-8 that one text may have: a value in a span's data, a key, a name, an error.
    public var fieldBytes: Int { didSet { fieldBytes = max(0, fieldBytes) } }
    /// How deeply arrays and objects may be nested within a span's data.
    public var depth: Int { didSet { depth = max(1, depth) } }
    /// The most bytes that a whole line may have.
    ///
    /// From a longer one, data is left out from the end, and its last member, `truncated`, says how many members went.
    public var lineBytes: Int { didSet { lineBytes = max(4 << 10, lineBytes) } }

    /// 16 KiB a text, 64 levels, 1 MiB a line, unless told otherwise.
    ///
    /// A line keeps at least 4 KiB.
    public init(fieldBytes: Int = 16 << 10, depth: Int = 64, lineBytes: Int = 1 << 20) {
        self.fieldBytes = max(0, fieldBytes)
        self.depth = max(1, depth)
        self.lineBytes = max(4 << 10, lineBytes)
    }

    /// Nothing is cut, but what is nested deeper than can be read back.
    static let none = Limits(fieldBytes: .max, depth: JSONValue.maximumDepth, lineBytes: .max)
}
