/// Lays messages out as the one text that a model was trained to answer.
///
/// The contents never pass through the template. It is applied to placeholders, which are replaced afterwards, so that
/// it is known which of the text is the template's and which came from a user, a tool or a document: only the former
/// may become control tokens (see ``RenderedPrompt/parts(controlTexts:)``).
struct ChatTemplate: Sendable {
    /// Messages in a template, open for an answer; `nil` if the template can't render them.
    typealias Apply = @Sendable ([(role: String, content: String)]) -> String?

    private let apply: Apply
    private let toolRole: String
    /// Whether the model has no template that llama.cpp knows, and gets "User: … Assistant:" instead.
    let isFallback: Bool

    /// A template, or the plain fallback when it can't render anything.
    init(apply: @escaping Apply) {
        let user = (role: "user", content: Self.placeholder(0))
        let works = apply([user])?.contains(Self.placeholder(0)) ?? false
        isFallback = !works
        self.apply = works ? apply : Self.applyPlain
        // Templates that don't know tools leave their messages out, or take them for the model's own words.
        let asTool = self.apply([user, (role: "tool", content: Self.placeholder(1))])
        let asAssistant = self.apply([user, (role: "assistant", content: Self.placeholder(1))])
        let knowsTools = asTool != asAssistant && (asTool?.contains(Self.placeholder(1)) ?? false)
        toolRole = knowsTools ? "tool" : "user"
    }

    /// What ends an answer besides the model's end token: without a template, a model goes on with the user's part.
    var stopStrings: [String] { isFallback ? ["\nUser:", "\nSystem:", "\nTool:"] : [] }

    /// The messages as one text that ends where the answer begins.
    func render(_ messages: [Message]) -> RenderedPrompt {
        let roles = messages.map { $0.role == .tool ? toolRole : $0.role.rawValue }
        // Spaces round a placeholder show whether the template trims its contents.
        let placeholders = messages.indices.map { " \(Self.placeholder($0)) " }
        let chat = zip(roles, placeholders).map { (role: $0, content: $1) }
        // Some templates leave out what they have no place for. A message must not get lost.
        return apply(chat).flatMap { Self.fill($0, messages) }
            ?? Self.applyPlain(chat).flatMap { Self.fill($0, messages) }
            ?? RenderedPrompt(text: [], contents: [])
    }

    /// U+E000 and U+E001 are for private use: no template contains them, and no template takes them for white space.
    private static func placeholder(_ index: Int) -> String { "\u{E000}\(index)\u{E001}" }

    private static func fill(_ rendered: String, _ messages: [Message]) -> RenderedPrompt? {
        var prompt = RenderedPrompt(text: [], contents: [])
        var rest = Array(rendered.utf8)[...]
        for (index, message) in messages.enumerated() {
            let bare = Array(placeholder(index).utf8)
            guard var range = rest.firstRange(of: bare) else { return nil }
            var content = message.content
            let space = UInt8(ascii: " ")
            if range.lowerBound > rest.startIndex, rest[range.lowerBound - 1] == space,
                range.upperBound < rest.endIndex, rest[range.upperBound] == space
            {
                range = range.lowerBound - 1..<range.upperBound + 1
            } else {
                content = content.trimmingWhitespace()
            }
            prompt.text += rest[..<range.lowerBound]
            let start = prompt.text.count
            prompt.text += content.utf8
            prompt.contents.append(start..<prompt.text.count)
            rest = rest[range.upperBound...]
        }
        prompt.text += rest
        return prompt
    }

    private static func applyPlain(_ messages: [(role: String, content: String)]) -> String? {
        messages.map { "\($0.role.prefix(1).uppercased())\($0.role.dropFirst()): \($0.content)\n\n" }.joined()
            + "Assistant:"
    }
}

extension String {
    fileprivate func trimmingWhitespace() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}

/// A prompt's text, and which of it are the messages' contents.
struct RenderedPrompt: Sendable {
    /// UTF-8.
    var text: [UInt8]
    /// Where the contents stand in ``text``, in order, not overlapping.
    var contents: [Range<Int>]

    /// A stretch of text, and whether the tokeniser may see control tokens in it.
    struct Part: Sendable, Equatable {
        var text: ArraySlice<UInt8>
        var parsesControl: Bool
    }

    /// The text in parts to tokenise one by one, so that no content becomes a control token.
    ///
    /// A user who writes `<|im_end|>` means these ten characters; as a control token it would end the user's turn, and
    /// the text behind it could speak as the system. Where such a text is, or touches, content, it becomes a part of
    /// its own. Without one, the whole prompt is one part and gets the tokens that llama.cpp gives it.
    ///
    /// - Complexity: O(*n*) for prompts of *n* bytes, unless many control texts begin with the same byte.
    func parts(controlTexts: [[UInt8]]) -> [Part] {
        var byFirstByte = [[[UInt8]]](repeating: [], count: 256)
        for control in controlTexts where !control.isEmpty { byFirstByte[Int(control[0])].append(control) }
        for byte in byFirstByte.indices { byFirstByte[byte].sort { $0.count > $1.count } }

        var parts: [Part] = []
        var partStart = 0
        var position = 0
        var content = contents[...]
        while position < text.count {
            let rest = text[position...]
            guard let control = byFirstByte[Int(text[position])].first(where: { rest.starts(with: $0) }) else {
                position += 1
                continue
            }
            let range = position..<position + control.count
            position = range.upperBound
            while let first = content.first, first.upperBound <= range.lowerBound { content.removeFirst() }
            guard content.contains(where: { $0.overlaps(range) }) else { continue }
            if partStart < range.lowerBound {
                parts.append(Part(text: text[partStart..<range.lowerBound], parsesControl: true))
            }
            parts.append(Part(text: text[range], parsesControl: false))
            partStart = range.upperBound
        }
        if partStart < text.count { parts.append(Part(text: text[partStart...], parsesControl: true)) }
        return parts
    }
}
