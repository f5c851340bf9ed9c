/// One question to a model.
struct LlamaRequest: Sendable {
    var messages: [Message]
    var options: GenerationOptions
    /// In llama.cpp's GBNF, its first rule being `root`; `nil` for free text.
    var grammar: String?
    var onPiece: (@Sendable (String) -> Void)?
}

/// Answers requests, one at a time: prompt, sampling, text, and when to stop.
///
/// Not `Sendable`: it lives on the model's thread.
final class LlamaSession {
    private let context: LlamaContext
    private let prompts: LlamaPrompts

    init(context: LlamaContext, prompts: LlamaPrompts) {
        self.context = context
        self.prompts = prompts
    }

    /// Answers a request whose options were validated.
    func generate(_ request: LlamaRequest, flag: CancellationFlag) throws -> Generation {
        let clock = ContinuousClock()
        let start = clock.now
        let options = request.options
        let prompt = prompts.tokens(of: request.messages)
        try checkLength(prompt.count)
        let sampler = try LlamaSampler(options: options, grammar: request.grammar, weights: context.weights)
        var text = AnswerText(stops: options.stop + prompts.template.stopStrings, onPiece: request.onPiece)
        var answer = Generation(text: "", promptTokens: prompt.count)

        try context.withCancellation(by: flag) {
            context.clear()
            try context.evaluate(prompt)
            while true {
                let token = try sampler.next(in: context)
                if context.weights.kinds[Int(token)] == .end { break }
                let time = clock.now - start
                if answer.timeToFirstToken == nil { answer.timeToFirstToken = time }
                answer.timeToLastToken = time
                answer.completionTokens += 1
                text.append(token, of: context.weights)
                if text.isStopped || sampler.isComplete { break }
                if answer.completionTokens >= options.maxTokens
                    || prompt.count + answer.completionTokens >= context.size
                {
                    answer.finishReason = .length
                    break
                }
                // The context looks at the flag too, but not every backend of llama.cpp does.
                if flag.isCancelled { throw CancellationError() }
                try context.evaluate(token)
            }
        }
        text.finish()
        answer.text = text.text
        return answer
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

/// An answer's text as it grows.
private struct AnswerText {
    private(set) var text = ""
    private var assembler: PieceAssembler
    private var bytes: [UInt8] = []
    private let onPiece: (@Sendable (String) -> Void)?

    init(stops: [String], onPiece: (@Sendable (String) -> Void)?) {
        assembler = PieceAssembler(stops: stops)
        self.onPiece = onPiece
    }

    var isStopped: Bool { assembler.isStopped }

    mutating func append(_ token: LlamaToken, of weights: LlamaWeights) {
        bytes.removeAll(keepingCapacity: true)
        weights.append(token, to: &bytes)
        emit(assembler.append(bytes))
    }

    mutating func finish() { emit(assembler.finish()) }

    private mutating func emit(_ piece: String) {
        guard !piece.isEmpty else { return }
        text += piece
        onPiece?(piece)
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
