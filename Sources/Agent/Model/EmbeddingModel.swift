/// A chat model that can also tell what texts are about, as vectors: the more alike two texts are, the more do their
/// vectors point the same way.
///
/// ``LlamaModel`` is one. An ``Agent`` with such a model chooses by comparing with examples, which small models do far
/// better than they write a choice: see ``Agent/decide(_:choices:examples:)``.
public protocol EmbeddingModel: LanguageModel {
    /// Tells what texts are about.
    ///
    /// - Parameter texts: One or more; each may be empty.
    /// - Returns: One vector for each text, and what they cost.
    /// - Throws: ``ModelError`` when the model can't tell, `CancellationError` when the task was cancelled.
    func embed(_ texts: [String]) async throws -> Embeddings
}

/// What texts are about, and what it cost to tell.
public struct Embeddings: Sendable, Hashable {
    /// One vector for each text; all have as many elements.
    public var vectors: [[Float]]
    /// How many tokens the texts had, with what the model wraps them in.
    public var promptTokens: Int
    /// How many of these tokens didn't have to be computed, as the model remembered the text.
    public var cachedTokens: Int

    /// Vectors and their cost; counts that a model doesn't tell are 0.
    public init(vectors: [[Float]], promptTokens: Int = 0, cachedTokens: Int = 0) {
        self.vectors = vectors
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
    }
}
