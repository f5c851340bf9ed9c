/// What a ``StructuredDecoder`` writes with: it reads tokens, and chooses what follows them.
protocol TokenSource {
    /// The vocabulary: what each token is, by its number.
    var kinds: [LlamaWeights.Kind] { get }

    /// The tokens of a text, none of which is a control token.
    func tokens(of text: [UInt8]) -> [LlamaToken]

    /// Reads tokens, and remembers what may follow each of the last `scores` ones, two at most.
    func read(_ tokens: [LlamaToken], scores: Int) throws

    /// Forgets the newest token; `false` if that can't be.
    func forgetNewest() -> Bool

    /// The token that the model would like to go on with, whichever that is.
    func next() throws -> LlamaToken

    /// The one of `tokens` that the model likes best behind all that it has read, or all but the newest `back` tokens.
    func next(among tokens: [LlamaToken], back: Int) throws -> LlamaToken
}

extension TokenSource {
    /// The one of `tokens` that the model likes best.
    func next(among tokens: [LlamaToken]) throws -> LlamaToken { try next(among: tokens, back: 0) }
}

/// A model that reads in a context, and chooses with a sampler.
struct LlamaTokenSource: TokenSource {
    let context: LlamaContext
    let sampler: LlamaSampler

    var kinds: [LlamaWeights.Kind] { context.weights.kinds }

    func tokens(of text: [UInt8]) -> [LlamaToken] { context.weights.tokenize(text, parsesControl: false) }

    func read(_ tokens: [LlamaToken], scores: Int) throws { try context.evaluate(tokens, scores: scores) }

    func forgetNewest() -> Bool { context.truncate(to: context.count - 1) }

    func next() throws -> LlamaToken { try sampler.next(in: context) }

    func next(among tokens: [LlamaToken], back: Int) throws -> LlamaToken {
        try sampler.next(among: tokens, in: context, back: back)
    }
}
