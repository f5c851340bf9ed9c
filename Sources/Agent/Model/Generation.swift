/// What a model answered, and what it cost.
public struct Generation: Sendable, Hashable {
    /// The whole answer, without the stop string that ended it.
    public var text: String
    /// Why the answer ended.
    public var finishReason: FinishReason
    /// How many tokens the prompt had, those found in a cache included.
    public var promptTokens: Int
    /// How many of the prompt's tokens didn't have to be computed again.
    public var cachedTokens: Int
    /// How many tokens the answer has, those included that a schema forced.
    public var completionTokens: Int
    /// How many of the answer's tokens the model didn't have to choose, as the schema left no other.
    public var forcedTokens: Int
    /// The time from the start of the model's work to the first token that it chose, waiting for other callers not
    /// included; `nil` where the model doesn't tell or the answer is empty.
    public var timeToFirstToken: Duration?
    /// The time from the start of the model's work to its last token; `nil` where ``timeToFirstToken`` is.
    public var timeToLastToken: Duration?

    /// An answer; counts that a model doesn't tell are 0.
    public init(
        text: String,
        finishReason: FinishReason = .stop,
        promptTokens: Int = 0,
        cachedTokens: Int = 0,
        completionTokens: Int = 0,
        forcedTokens: Int = 0,
        timeToFirstToken: Duration? = nil,
        timeToLastToken: Duration? = nil
    ) {
        self.text = text
        self.finishReason = finishReason
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.completionTokens = completionTokens
        self.forcedTokens = forcedTokens
        self.timeToFirstToken = timeToFirstToken
        self.timeToLastToken = timeToLastToken
    }
}

/// Why an answer ended.
public enum FinishReason: String, Sendable, Hashable, CaseIterable {
    /// The model ended its turn, the schema was complete, or a stop string occurred.
    case stop
    /// The answer reached ``GenerationOptions/maxTokens`` or filled the context.
    case length
    /// A remote server's filter ended the answer.
    case contentFilter = "content_filter"
}
