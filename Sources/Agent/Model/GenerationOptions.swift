/// How a model samples, when it stops, and which shape its answer must have.
public struct GenerationOptions: Sendable, Hashable {
    /// The most tokens that the answer may have.
    ///
    /// The answer's ``Generation/finishReason`` is then ``FinishReason/length``.
    public var maxTokens: Int
    /// How evenly tokens are chosen: 0 always takes the likeliest one (greedy), 1 the model's own distribution.
    public var temperature: Double
    /// Only the `topK` likeliest tokens are candidates; 0 means all.
    ///
    /// Ignored when greedy.
    public var topK: Int
    /// Only the likeliest tokens that together reach this probability are candidates; 1 means all.
    ///
    /// Ignored when greedy.
    public var topP: Double
    /// Only tokens at least this likely, relative to the likeliest, are candidates; 0 means all.
    ///
    /// Ignored when greedy.
    public var minP: Double
    /// The state from which sampling starts: the same seed gives the same answer.
    ///
    /// Ignored when greedy.
    public var seed: UInt32
    /// Strings that end the answer where they first occur; the answer doesn't contain them.
    public var stop: [String]
    /// The JSON shape that the answer must have; `nil` for free text.
    ///
    /// With a schema, text that doesn't fit can't be produced, except by being cut off at ``maxTokens``.
    public var schema: Schema?

    /// Greedy decoding of at most 512 tokens unless told otherwise.
    public init(
        maxTokens: Int = 512,
        temperature: Double = 0,
        topK: Int = 40,
        topP: Double = 0.95,
        minP: Double = 0.05,
        seed: UInt32 = 0,
        stop: [String] = [],
        schema: Schema? = nil
    ) {
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.seed = seed
        self.stop = stop
        self.schema = schema
    }
}
