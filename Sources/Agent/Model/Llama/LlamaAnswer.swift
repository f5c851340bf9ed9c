/// An answer as it grows.
struct LlamaAnswer {
    var cachedTokens = 0
    var finishReason = FinishReason.stop
    /// How many tokens the answer has.
    private(set) var completionTokens = 0
    /// How many of them were not sampled.
    private(set) var forcedTokens = 0

    private let start: ContinuousClock.Instant
    private let promptTokens: Int
    private let limit: Int
    private let onPiece: (@Sendable (String) -> Void)?
    private var assembler: PieceAssembler
    private var text = ""
    private var timeToFirstToken: Duration?
    private var timeToLastToken: Duration?

    /// An answer of at most `limit` tokens.
    init(
        start: ContinuousClock.Instant,
        promptTokens: Int,
        limit: Int,
        stops: [String],
        onPiece: (@Sendable (String) -> Void)?
    ) {
        self.start = start
        self.promptTokens = promptTokens
        self.limit = limit
        self.onPiece = onPiece
        assembler = PieceAssembler(stops: stops)
    }

    /// Whether a stop string occurred.
    var isStopped: Bool { assembler.isStopped }
    /// How many more tokens the answer may have.
    var room: Int { limit - completionTokens }
    /// Whether the answer may have no more tokens.
    var isFull: Bool { room <= 0 }

    /// Notes when the model computed its first token.
    mutating func noteSampled() {
        if timeToFirstToken == nil { timeToFirstToken = start.duration(to: .now) }
    }

    /// Appends text, and counts tokens; negative counts correct earlier ones.
    mutating func append(_ bytes: some Sequence<UInt8>, tokens: Int, forced: Int = 0) {
        completionTokens += tokens
        forcedTokens += forced
        timeToLastToken = start.duration(to: .now)
        emit(assembler.append(bytes))
    }

    private mutating func emit(_ piece: String) {
        guard !piece.isEmpty else { return }
        text += piece
        onPiece?(piece)
    }

    /// The whole answer.
    mutating func finished() -> Generation {
        emit(assembler.finish())
        if completionTokens > 0 { noteSampled() }
        return Generation(
            text: text,
            finishReason: finishReason,
            promptTokens: promptTokens,
            cachedTokens: cachedTokens,
            completionTokens: completionTokens,
            forcedTokens: forcedTokens,
            timeToFirstToken: completionTokens > 0 ? timeToFirstToken : nil,
            timeToLastToken: completionTokens > 0 ? timeToLastToken : nil
        )
    }
}
