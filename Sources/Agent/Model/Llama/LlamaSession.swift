/// One question to a model.
struct LlamaRequest: Sendable {
    var messages: [Message]
    var options: GenerationOptions
    /// In llama.cpp's GBNF, its first rule being `root`: to be followed instead of the options' schema.
    var grammar: String?
    var onPiece: (@Sendable (String) -> Void)?
}

/// Answers requests, one at a time: prompt, sampling, text, and when to stop.
///
/// Not `Sendable`: it lives on the model's thread.
final class LlamaSession {
    private let context: LlamaContext
    private let prompts: LlamaPrompts
    private let reader: PromptReader
    private var vectors = NewestValues<String, [Float]>(maximumCount: 512)
    /// What structured answers are made of; made for the first one.
    private lazy var vocabulary = TokenVocabulary(kinds: context.weights.kinds) { [weights = context.weights] in
        weights.append($0, to: &$1)
    }

    init(context: LlamaContext, prompts: LlamaPrompts, reusesPrefixes: Bool) {
        self.context = context
        self.prompts = prompts
        reader = PromptReader(context: context, reuses: reusesPrefixes)
    }

    /// Answers a request whose options were validated.
    func generate(_ request: LlamaRequest, flag: CancellationFlag) throws -> Generation {
        let start = ContinuousClock.now
        let options = request.options
        let prompt = prompts.tokens(of: request.messages)
        try checkLength(prompt.count)
        let sampler = try LlamaSampler(options: options, grammar: request.grammar, weights: context.weights)
        var answer = LlamaAnswer(
            start: start,
            promptTokens: prompt.count,
            limit: min(options.maxTokens, context.size - prompt.count),
            stops: options.stop + prompts.template.stopStrings,
            onPiece: request.onPiece
        )
        do {
            try context.withCancellation(by: flag) {
                let (cached, rest) = try reader.read(prompt)
                answer.cachedTokens = cached
                if request.grammar == nil, let schema = options.schema {
                    let source = LlamaTokenSource(context: context, sampler: sampler)
                    let decoder = StructuredDecoder(source: source, vocabulary: vocabulary)
                    try decoder.generate(schema, behind: rest, into: &answer, flag: flag)
                } else {
                    try generate(behind: rest, with: sampler, into: &answer, flag: flag)
                }
            }
        } catch {
            reader.forget()
            throw error
        }
        return answer.finished()
    }

    /// What a text is about: the model's state where it would say so in one word.
    ///
    /// Prompts of this kind are described in Jiang et al., "Scaling Sentence Embeddings with Large Language Models" (2023).
    /// Those of the newest texts are remembered.
    func embed(_ text: String, flag: CancellationFlag) throws -> Embeddings {
        let (start, end) = (Array("This message: \"".utf8), Array("\" in one word: \"".utf8))
        let prompt = prompts.tokens(start + Array(text.utf8) + end)
        if let vector = vectors.use(text) {
            return Embeddings(vectors: [vector], promptTokens: prompt.count, cachedTokens: prompt.count)
        }
        try checkLength(prompt.count)
        do {
            return try context.withCancellation(by: flag) {
                let (cached, rest) = try reader.read(prompt)
                let vector = try context.state(behind: rest)
                vectors.insert(vector, for: text)
                return Embeddings(vectors: [vector], promptTokens: prompt.count, cachedTokens: cached)
            }
        } catch {
            reader.forget()
            throw error
        }
    }

    /// Samples token by token.
    private func generate(
        behind prompt: [LlamaToken],
        with sampler: LlamaSampler,
        into answer: inout LlamaAnswer,
        flag: CancellationFlag
    ) throws {
        var pending = prompt
        var bytes: [UInt8] = []
        while true {
            try context.evaluate(pending)
            let token = try sampler.next(in: context)
            answer.noteSampled()
            if context.weights.kinds[Int(token)] == .end { return }
            bytes.removeAll(keepingCapacity: true)
            context.weights.append(token, to: &bytes)
            answer.append(bytes, tokens: 1)
            if answer.isStopped || sampler.isComplete { return }
            if answer.isFull {
                answer.finishReason = .length
                return
            }
            // The context looks at the flag too, but not every backend of llama.cpp does.
            if flag.isCancelled { throw CancellationError() }
            pending = [token]
        }
    }

    private func checkLength(_ promptTokens: Int) throws(ModelError) {
        guard promptTokens > 0 else { throw .emptyPrompt }
        guard promptTokens < context.size else {
            let trained = context.weights.trainedContextSize
            throw ModelError(
                .promptTooLong,
                "prompt: has \(promptTokens) tokens, and with at least one for the answer must fit in a context of "
                    + "\(context.size). Shorten the messages"
                    + (trained > context.size
                        ? ", or load the model with a larger contextSize (it can have \(trained))."
                        : ", or use a model with a larger context.")
            )
        }
    }
}

extension ModelError {
    static var emptyPrompt: ModelError {
        ModelError(.emptyPrompt, "messages: there is no text in them. Pass at least one message that isn't empty.")
    }
}

/// Makes tokens of messages.
struct LlamaPrompts: Sendable {
    let weights: LlamaWeights
    let template: ChatTemplate

    init(weights: LlamaWeights) {
        self.weights = weights
        template = ChatTemplate { weights.applyChatTemplate($0) }
    }

    /// The tokens of a text that is no conversation, begin token included.
    func tokens(_ text: [UInt8]) -> [LlamaToken] {
        let tokens = weights.tokenize(text, parsesControl: false)
        return weights.beginToken.map { [$0] + tokens } ?? tokens
    }

    /// The prompt's tokens, begin token included, of which no content's text is a control token.
    func tokens(of messages: [Message]) -> [LlamaToken] {
        var tokens = template.render(messages).parts(controlTexts: weights.controlTexts).flatMap {
            weights.tokenize($0.text, parsesControl: $0.parsesControl)
        }
        // Some templates write it themselves, and twice harms the answer.
        if let begin = weights.beginToken, tokens.first != begin { tokens.insert(begin, at: 0) }
        return tokens
    }
}
