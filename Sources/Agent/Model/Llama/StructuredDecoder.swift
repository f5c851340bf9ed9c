/// Generates answers that fit a schema.
///
/// What the schema leaves no choice about isn't sampled but appended at once (jump-forward decoding), and read in one
/// batch with the token before it. Where there is a choice, the model's own pick is taken if it fits, and only
/// otherwise the vocabulary is searched for what does.
///
/// A model does worse behind tokens that its tokeniser would not have produced, so the borders of forced text are mended:
/// - At its beginning, forced text is tokenised together with the token that was picked before it, unless that splits
///   the pick: behind `"`, a forced `, "b"` becomes `",` ` "` `b` `"`.
/// - At its end, the model may prefer a token that reaches beyond (` 42` where ` ` was forced). The batch yields the
///   scores in front of the last forced token, too. If a longer token that begins with its text, and fits, is chosen there
///   instead, it takes its place; that costs nothing where it isn't.
///
/// With SmolLM2-135M, whose tokeniser keeps digits and quotes apart, both make next to no difference: of 48 greedy answers,
/// 34 are those of llama.cpp's grammar sampler, and 33 without; the others begin to differ where rounding in batches of
/// another size does. Tokenisers that join a space with a digit are what the second is for.
struct StructuredDecoder<Source: TokenSource> {
    let source: Source
    let vocabulary: TokenVocabulary

    /// Generates an answer.
    ///
    /// - Parameters:
    ///   - schema: What it must fit.
    ///   - prompt: The tokens in front of it that the source hasn't read yet, at least one.
    ///   - answer: Gets the text.
    ///   - flag: Stops it.
    func generate(
        _ schema: Schema,
        behind prompt: [LlamaToken],
        into answer: inout LlamaAnswer,
        flag: CancellationFlag
    ) throws {
        var state = DecodingState(SchemaProgram(schema))
        var pending = prompt
        var pick: LlamaToken?
        while true {
            let forced = appendForced(behind: pick, to: &pending, &state, &answer)
            if state.isFinished || answer.isStopped { return }
            if answer.isFull {
                answer.finishReason = .length
                return
            }
            if flag.isCancelled { throw CancellationError() }

            let extensions = forced.map { vocabulary.tokens(extending: $0, allowedBy: state) } ?? []
            try source.read(pending, scores: extensions.isEmpty ? 1 : 2)
            if let forced, !extensions.isEmpty {
                let choice = try source.next(among: [forced] + extensions, back: 1)
                if choice != forced, source.forgetNewest() {
                    let rest = vocabulary.text(of: choice).dropFirst(vocabulary.text(of: forced).count)
                    _ = state.advance(rest)
                    answer.noteSampled()
                    answer.append(rest, tokens: 0, forced: -1)
                    (pick, pending) = (choice, [choice])
                    continue
                }
            }

            let token = try next(state)
            answer.noteSampled()
            if source.kinds[Int(token)] == .end { return }
            let text = vocabulary.text(of: token)
            _ = state.advance(text)
            answer.append(text, tokens: 1)
            (pick, pending) = (token, [token])
        }
    }

    /// The token that the model chooses among those that fit.
    private func next(_ state: DecodingState) throws -> LlamaToken {
        let pick = try source.next()
        switch source.kinds[Int(pick)] {
        case .end: if state.isComplete { return pick }
        case .control: break
        case .text:
            var copy = state
            let text = vocabulary.text(of: pick)
            if !text.isEmpty, copy.advance(text) { return pick }
        }
        return try source.next(among: vocabulary.tokens(allowedBy: state))
    }

    /// Appends what must come next to the answer and to the tokens to be read.
    ///
    /// - Parameter pick: The last of these tokens, if it was sampled.
    /// - Returns: The last forced token, if there is one and it has nothing of the pick.
    private func appendForced(
        behind pick: LlamaToken?,
        to pending: inout [LlamaToken],
        _ state: inout DecodingState,
        _ answer: inout LlamaAnswer
    ) -> LlamaToken? {
        let text = state.forced
        guard !text.isEmpty else { return nil }
        var tokens: [LlamaToken]
        var replaced = 0
        if let pick, let joined = retokenized(pick, text) {
            (tokens, replaced) = (joined, 1)
            pending.removeLast()
        } else if let forced = self.tokens(of: text) {
            tokens = forced
        } else {
            return nil  // Then it is sampled, byte by byte if need be.
        }
        let pickLength = replaced == 0 ? 0 : pick.map { vocabulary.text(of: $0).count } ?? 0
        var count = text.count
        let room = answer.room + replaced
        if tokens.count > room {
            // Cut off by maxTokens, between two tokens.
            tokens.removeLast(tokens.count - room)
            count = max(0, tokens.reduce(0) { $0 + vocabulary.text(of: $1).count } - pickLength)
        }
        _ = state.advance(text.prefix(count))
        answer.append(text.prefix(count), tokens: tokens.count - replaced, forced: tokens.count - replaced)
        pending += tokens
        return tokens.count > replaced ? tokens.last : nil
    }

    /// The tokens of a pick with the text behind it; `nil` if they would split the pick.
    private func retokenized(_ pick: LlamaToken, _ text: [UInt8]) -> [LlamaToken]? {
        let pickText = vocabulary.text(of: pick)
        guard let tokens = naturalTokens(of: Array(pickText) + text), let first = tokens.first,
            first == pick || vocabulary.text(of: first).count > pickText.count
        else { return nil }
        return tokens
    }

    private func tokens(of text: [UInt8]) -> [LlamaToken]? {
        naturalTokens(of: text) ?? vocabulary.longestTokens(of: text)
    }

    /// The tokeniser's tokens of a text; `nil` if it changes the text, as those do that put a space in front.
    private func naturalTokens(of text: [UInt8]) -> [LlamaToken]? {
        // Of text that isn't UTF-8, tokenisers make anything.
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        let tokens = source.tokens(of: text)
        var place = 0
        for token in tokens {
            let bytes = vocabulary.text(of: token)
            guard !bytes.isEmpty, text[place...].starts(with: bytes) else { return nil }
            place += bytes.count
        }
        return place == text.count ? tokens : nil
    }
}
