/// The texts of a model's tokens, arranged to find those that a ``DecodingState`` allows.
///
/// Made when the first structured answer is asked for: for 50,000 tokens in a tenth of a second in a build for debugging,
/// much less otherwise.
final class TokenVocabulary {
    private let texts: [UInt8]
    private let offsets: [Int32]
    /// All tokens that have a text.
    private let trie: TokenTrie
    /// Those with a quote, which may end a string.
    private let quotes: TokenTrie
    /// Those that can stand within a string, as far as its length goes, by the scalars that they begin: index 1 has
    /// those of one.
    private let contents: [[LlamaToken]]
    private let ends: [LlamaToken]

    /// - Parameters:
    ///   - kinds: What each token is for.
    ///   - append: Appends a token's bytes.
    init(kinds: [LlamaWeights.Kind], append: (LlamaToken, inout [UInt8]) -> Void) {
        var texts: [UInt8] = []
        var offsets: [Int32] = [0]
        var all: [LlamaToken] = []
        var ends: [LlamaToken] = []
        offsets.reserveCapacity(kinds.count + 1)
        texts.reserveCapacity(kinds.count * 8)
        for token in 0..<LlamaToken(kinds.count) {
            switch kinds[Int(token)] {
            case .text:
                append(token, &texts)
                all.append(token)
            case .end: ends.append(token)
            case .control: break
            }
            offsets.append(Int32(texts.count))
        }
        var quotes: [LlamaToken] = []
        var contents: [[LlamaToken]] = []
        texts.withUnsafeBufferPointer { texts in
            for token in all {
                let range = Int(offsets[Int(token)])..<Int(offsets[Int(token) + 1])
                let (scalars, hasQuote) = Self.contents(texts, range)
                if hasQuote { quotes.append(token) }
                guard let scalars else { continue }
                while contents.count <= scalars { contents.append([]) }
                contents[scalars].append(token)
            }
        }
        self.ends = ends
        self.contents = contents
        trie = TokenTrie(all, texts: texts, offsets: offsets)
        self.quotes = TokenTrie(quotes, texts: texts, offsets: offsets)
        self.texts = texts
        self.offsets = offsets
    }

    /// How many scalars the text begins when it stands within a string; `nil` if it can't, or may end the string.
    private static func contents(
        _ texts: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) -> (scalars: Int?, hasQuote: Bool) {
        // Nearly all tokens are printable ASCII, and this loop is a tenth of the way through a StringProgress.
        var place = range.lowerBound
        var hasQuote = false
        var isPlain = true
        while place < range.upperBound {
            let byte = texts[place]
            if byte == 0x22 { hasQuote = true }
            if byte < 0x20 || byte >= 0x7F || byte == 0x5C { isPlain = false }
            place += 1
        }
        if range.isEmpty { return (nil, false) }
        if isPlain { return (hasQuote ? nil : range.count, hasQuote) }
        var progress = StringProgress()
        var scalars = 0
        for place in range {
            let wasWithin = progress.isWithinScalar
            guard progress.advance(texts[place], .max, .max) == .inside else { return (nil, hasQuote) }
            if !wasWithin { scalars += 1 }
        }
        return (hasQuote ? nil : scalars, hasQuote)
    }

    /// The bytes of a token.
    func text(of token: LlamaToken) -> ArraySlice<UInt8> {
        guard token >= 0, Int(token) + 1 < offsets.count else { return [] }
        return texts[Int(offsets[Int(token)])..<Int(offsets[Int(token) + 1])]
    }

    /// The tokens with which a text may go on, or end, from a state.
    ///
    /// Some token is always there, if the vocabulary has one for each byte.
    func tokens(allowedBy state: DecodingState) -> [LlamaToken] {
        var result: [LlamaToken] = []
        var others: [DecodingState.Thread] = []
        for thread in state.threads {
            guard let room = state.roomInString(of: thread), let only = state.only([thread]) else {
                others.append(thread)
                continue
            }
            // Most of the vocabulary fits into a string: that isn't walked each time.
            for scalars in contents.indices where scalars <= room { result += contents[scalars] }
            quotes.appendTokens(allowedBy: only, to: &result)
        }
        if let only = state.only(others) { trie.appendTokens(allowedBy: only, to: &result) }
        if state.isComplete { result += ends }
        return state.threads.count > 1 ? Array(Set(result)).sorted() : result
    }

    /// The tokens that begin with `token`'s text and go on, in a way that `state`, which is behind it, allows.
    func tokens(extending token: LlamaToken, allowedBy state: DecodingState) -> [LlamaToken] {
        var result: [LlamaToken] = []
        trie.appendTokens(extending: text(of: token), allowedBy: state, to: &result)
        return result
    }

    /// Some tokens that make up a text; `nil` if there are no such.
    func longestTokens(of text: [UInt8]) -> [LlamaToken]? { trie.longestTokens(of: text) }
}
