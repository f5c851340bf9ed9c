import Telemetry

/// An answer that is put together from a stream's events.
struct ChatAnswer: Sendable {
    private(set) var text = ""
    /// Whether `[DONE]` came.
    private(set) var isDone = false
    private(set) var finishReason: FinishReason?
    /// When the first and the latest token came, those of a reasoning that isn't shown included.
    private(set) var firstToken: ContinuousClock.Instant?
    private(set) var lastToken: ContinuousClock.Instant?
    private var usage: JSONValue = .null
    private var assembler: PieceAssembler

    init(stop: [String]) { assembler = PieceAssembler(stops: stop) }

    /// Whether a stop string came that the server should have stopped at.
    var isStopped: Bool { assembler.isStopped }

    /// Takes an event's data, and returns the text that is known to be whole with it; often none.
    mutating func take(_ data: [UInt8], at now: ContinuousClock.Instant) throws(CallFailure) -> String {
        guard !isDone else { return "" }
        let source = String(decoding: data, as: UTF8.self)
        if source.trimmed() == "[DONE]" {
            isDone = true
            return ""
        }
        let event: JSONValue
        do { event = try JSONValue(parsing: source) } catch {
            throw CallFailure(
                .malformedResponse,
                "an event of the stream is not JSON (\(error)): \(source.excerpt(200))"
            )
        }
        if let error = event["error"], error != .null { throw Self.failure(of: error) }
        if let usage = event["usage"], usage.object != nil { self.usage = usage }
        guard let choice = event["choices"]?[0] else { return "" }
        let piece = try take(choice["delta"] ?? .null, at: now)
        if let reason = choice["finish_reason"]?.string { finishReason = try Self.finishReason(reason) }
        return piece
    }

    private mutating func take(_ delta: JSONValue, at now: ContinuousClock.Instant) throws(CallFailure) -> String {
        if let refusal = delta["refusal"]?.string, !refusal.isEmpty {
            throw CallFailure(.refused, "the model refused to answer: \(refusal.excerpt(200)). Ask for something else.")
        }
        let content = delta["content"]?.string ?? ""
        let reasoning = delta["reasoning_content"]?.string ?? delta["reasoning"]?.string ?? ""
        guard !content.isEmpty || !reasoning.isEmpty else { return "" }
        firstToken = firstToken ?? now
        lastToken = now
        let piece = assembler.append(content.utf8)
        text += piece
        return piece
    }

    /// Returns the rest of the text; nothing comes after it.
    mutating func finish() -> String {
        let piece = assembler.finish()
        text += piece
        return piece
    }

    /// The answer, whose work began at `start`.
    func generation(since start: ContinuousClock.Instant) -> Generation {
        let prompt = Self.count(usage["prompt_tokens"])
        return Generation(
            text: text,
            finishReason: isStopped ? .stop : finishReason ?? .stop,
            promptTokens: prompt,
            cachedTokens: min(Self.count(usage["prompt_tokens_details"]?["cached_tokens"]), prompt),
            completionTokens: Self.count(usage["completion_tokens"]),
            timeToFirstToken: firstToken.map { $0 - start },
            timeToLastToken: lastToken.map { $0 - start }
        )
    }

    private static func count(_ value: JSONValue?) -> Int { max(0, value?.integer ?? 0) }

    private static func finishReason(_ reason: String) throws(CallFailure) -> FinishReason {
        switch reason {
        case "stop", "eos", "eos_token", "stop_sequence": return .stop
        case "length", "max_tokens", "model_length": return .length
        case "content_filter": return .contentFilter
        default:
            throw CallFailure(
                .generationFailed,
                "the server ended the answer for another reason than its end or its length: \(reason.excerpt(80))"
            )
        }
    }

    /// An error that a server reports when the stream has begun.
    private static func failure(of error: JSONValue) -> CallFailure {
        let code = error["code"]?.integer ?? 0
        let message = error["message"]?.string ?? error.string ?? "\(error)"
        return CallFailure(
            .serverFailed,
            "the server reported an error within the stream: \(message.excerpt(500))",
            isTransient: code == 429 || (500...599).contains(code)
        )
    }
}

extension String {
    /// The text on one line, control characters escaped, cut after so many characters.
    func excerpt(_ limit: Int) -> String {
        var text = ""
        var count = 0
        for character in self {
            guard count < limit else { return text + "…" }
            count += 1
            for scalar in character.unicodeScalars.prefix(16) {
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
                    text += scalar.escaped(asASCII: true)
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }
}
