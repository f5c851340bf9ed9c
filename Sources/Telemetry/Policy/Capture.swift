/// How much is stored of what users and models wrote: prompts and responses, tools' arguments and results, memories.
///
/// Lengths, counts, names and times are stored in any case. Redaction comes first, whatever is captured.
///
/// Together with ``Limits``: texts of content are cut where this says, all others at ``Limits/fieldBytes``; and no line is
/// longer than ``Limits/lineBytes``.
public enum ContentCapture: Sendable, Hashable {
    /// Contents are left out.
    case none
    /// Each text of a content is cut after so many bytes of UTF-8, at a character, with a mark that says how much went.
    case truncated(bytes: Int = 16 << 10)
    /// Contents are whole, up to the line's limit.
    case full

    /// The most bytes that a text at `key` of a span's data may have; `nil` if the value is left out.
    ///
    /// What is within a content, such as a member of a tool's arguments, is content too: ask for the outermost key only.
    func fieldBytes(at key: String, limits: Limits) -> Int? {
        guard Self.isContent(key) else { return limits.fieldBytes }
        switch self {
        case .none: return nil
        case .truncated(let bytes): return max(0, bytes)
        case .full: return .max
        }
    }

    /// The keys whose values are contents, by length: most keys have one at which there is none, or only a few.
    private static let keys: [[StaticString]] = {
        let all: [StaticString] = [
            "data", "text", "input", "query", "answer", "output", "prompt", "result", "system", "content", "choices",
            "message", "request", "selected", "messages", "response", "question", "document", "documents", "arguments",
            "reasoning", "completion", "tool_calls", "system_prompt", "retrieved_documents",
        ]
        var byLength = [[StaticString]](repeating: [], count: 32)
        for key in all { byLength[key.utf8CodeUnitCount].append(key) }
        return byLength
    }()

    /// By length, a bit for each letter that one of these keys begins with: most other keys differ in one of the two.
    private static let firstLetters = keys.map { keys in
        keys.reduce(UInt32(0)) { letters, key in letters | 1 << UInt32(key.utf8Start[0] & 31) }
    }

    /// Whether the value at `key` of a span's data is what a user or a model wrote.
    ///
    /// Keys are compared exactly: `prompt` is content, `prompt_length` isn't.
    static func isContent(_ key: UnsafeRawBufferPointer) -> Bool {
        guard let first = key.first, key.count < firstLetters.count,
            firstLetters[key.count] >> UInt32(first & 31) & 1 != 0
        else { return false }
        let text = ByteText(key)
        return keys[key.count].contains { text.has($0, at: 0) }
    }

    /// Whether the value at `key` of a span's data is what a user or a model wrote.
    static func isContent(_ key: String) -> Bool { key.withBytes { isContent($0) } }
}
