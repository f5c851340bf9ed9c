/// Reads prompts, of which those parts are not computed again that were read before.
///
/// Answers are the same, bit for bit, with and without. That takes more than the same tokens: llama.cpp rounds
/// differently in batches of other sizes and with other cells of its cache in use, and a rounding error of an
/// activation becomes one of several percent where it tips a quantised value. A greedy answer then differs in a few of
/// a hundred tokens. So
/// - a prompt is read in blocks of 32 tokens, at the same places whether or not some are known already, and only
///   whole blocks are kept, none of an answer's;
/// - the cache holds one prompt. Others are moved out of it, and back: copying 300 tokens of a 135 M model takes less
///   than a millisecond, reading them more than 600.
///
/// Not `Sendable`: it lives on the model's thread.
final class PromptReader {
    static let blockSize = 32
    private static let maximumPrompts = 8

    let context: LlamaContext
    private let reuses: Bool
    private var store: PrefixStore<[UInt8]>
    /// The whole blocks of the newest prompt: what of the context may be kept.
    private var blocks: [LlamaToken] = []

    /// A reader that keeps 8 prompts of as many tokens as the context has, besides the one in the context.
    init(context: LlamaContext, reuses: Bool) {
        self.context = context
        self.reuses = reuses
        store = PrefixStore(maximumCount: Self.maximumPrompts, maximumTokens: context.size)
    }

    /// Reads all whole blocks of a prompt but for its last token.
    ///
    /// - Returns: How many tokens were known already, and those that remain to be read, at least one and 32 at most.
    /// - Throws: What ``LlamaContext/evaluate(_:scores:)`` throws; call ``forget()`` then.
    func read(_ prompt: [LlamaToken]) throws -> (cached: Int, rest: [LlamaToken]) {
        let end = (prompt.count - 1) / Self.blockSize * Self.blockSize
        let cached = reuses ? recall(prompt, end) : 0
        if cached == 0 { context.clear() }
        blocks = Array(prompt[..<cached])
        for start in stride(from: cached, to: end, by: Self.blockSize) {
            let block = Array(prompt[start..<start + Self.blockSize])
            try context.evaluate(block, scores: 0)
            blocks += block
        }
        return (cached, Array(prompt[end...]))
    }

    /// Forgets what is in the context, which may be anything after an error.
    func forget() {
        context.clear()
        blocks = []
    }

    /// Brings the longest known beginning of a prompt into the context, at most `end` tokens.
    ///
    /// - Returns: Its length: whole blocks.
    private func recall(_ prompt: [LlamaToken], _ end: Int) -> Int {
        func whole(_ common: Int) -> Int { min(common, end) / Self.blockSize * Self.blockSize }
        let inContext = whole(blocks.commonPrefix(with: prompt))
        // Another family comes: this one moves out, if it isn't there already.
        if inContext * 4 < blocks.count * 3, !store.covers(blocks), context.truncate(to: blocks.count) {
            store.insert(.init(tokens: blocks, state: context.savedState()))
        }
        if let best = store.best(for: prompt), whole(best.common) > inContext {
            let entry = store.use(best.index)
            let kept = whole(best.common)
            if context.restore(entry.state, count: entry.tokens.count), context.truncate(to: kept) { return kept }
            return 0
        }
        return context.truncate(to: inContext) ? inContext : 0
    }
}
