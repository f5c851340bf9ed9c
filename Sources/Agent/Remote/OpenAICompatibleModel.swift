internal import Foundation
public import Telemetry

/// A chat model behind an HTTP server with OpenAI's chat completions: llama-server, vLLM and the like.
///
/// For example, with `llama-server -m model.gguf --port 8080` running:
/// ```swift
/// let model = try OpenAICompatibleModel(baseURL: "http://127.0.0.1:8080/v1")
/// let answer = try await model.generate([.user("What is a span?")])
/// print(answer.text)
/// ```
///
/// Answers are streamed. ``GenerationOptions/schema`` is sent as a JSON-schema response format: that the answer fits is up to
/// the server, and an ``Agent`` checks it. Times in a ``Generation`` count from when the request that was answered was sent,
/// so that they include the server's queue and the network.
///
/// A request that fails with 408, 429 or 5xx, or whose connection is lost, before the first piece of text is sent again; see
/// ``RetryPolicy``. Redirects are not followed.
///
/// Each HTTP request is a span of type `http_request` within the span that the task is in, which is the `llm_call` of a
/// ``RecordedModel``: with its `attempt`, what was waited before it, the status, and the error. Its place in the trace is
/// sent along as `traceparent`. Outside of spans, nothing is recorded or sent.
///
/// The API key comes from the environment. It is sent to the server only, and is masked in errors.
///
/// The transport is libcurl: `http_proxy`, `https_proxy` and `no_proxy` in the environment name a proxy, and `SSL_CERT_FILE`
/// a file with the certificates to trust in place of the system's.
///
/// A model is safe to use from several tasks at once, which the server answers as it can. Cancelling a task closes its
/// connection.
public final class OpenAICompatibleModel: LanguageModel {
    /// How a server is called.
    public struct Configuration: Sendable {
        /// How often and how soon a request that failed is sent again.
        public var retries: RetryPolicy
        /// How long to wait for what.
        public var timeouts: RemoteTimeouts
        /// Whether ``GenerationOptions/topK`` and ``GenerationOptions/minP`` are sent when sampling isn't greedy.
        ///
        /// llama-server and vLLM know them; OpenAI's own service refuses them.
        public var sendsTopKAndMinP: Bool
        /// Members of the request's body that come on top of the model's own, or in their place; `null` takes one away.
        ///
        /// For example: `["max_tokens": nil, "max_completion_tokens": 256]`.
        public var extraParameters: JSONObject

        /// The default retries and timeouts, for servers that know `top_k` and `min_p`, unless told otherwise.
        public init(
            retries: RetryPolicy = RetryPolicy(),
            timeouts: RemoteTimeouts = RemoteTimeouts(),
            sendsTopKAndMinP: Bool = true,
            extraParameters: JSONObject = [:]
        ) {
            self.retries = retries
            self.timeouts = timeouts
            self.sendsTopKAndMinP = sendsTopKAndMinP
            self.extraParameters = extraParameters
        }
    }

    /// What tests put in the place of waiting, chance and the environment.
    struct Surroundings: Sendable {
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        var jitter: @Sendable () -> Double = { .random(in: 0...1) }
        var now: @Sendable () -> Date = { Date() }
        var environment = ProcessInfo.processInfo.environment
    }

    /// The model's name at the server; the server's host and port where none was given.
    public let name: String
    /// How the server is called.
    public let configuration: Configuration

    private let model: String?
    private let address: ServerAddress
    private let key: APIKey?
    private let surroundings: Surroundings
    private let client: HTTPClient

    /// A model at a server; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - baseURL: The server's address up to where `/chat/completions` follows: `http://127.0.0.1:8080/v1`.
    ///   - model: Which of the server's models; servers that have one need no name.
    ///   - apiKeyVariable: The environment variable that holds the API key. By default it is `OPENAI_API_KEY`, which needn't
    ///     be set.
    ///   - configuration: How the server is called.
    /// - Throws: ``ModelError`` with ``ModelError/Code/invalidServer``, when the URL can't be used, or the variable that is
    ///   named holds no key.
    public convenience init(
        baseURL: String,
        model: String? = nil,
        apiKeyVariable: String? = nil,
        configuration: Configuration = Configuration()
    ) throws(ModelError) {
        try self.init(baseURL, model, apiKeyVariable, configuration, Surroundings())
    }

    init(
        _ baseURL: String,
        _ model: String?,
        _ apiKeyVariable: String?,
        _ configuration: Configuration,
        _ surroundings: Surroundings
    ) throws(ModelError) {
        address = try ServerAddress(baseURL)
        key = try APIKey.read(apiKeyVariable, from: surroundings.environment)
        self.model = model
        name = model ?? address.host
        client = HTTPClient(certificates: surroundings.environment["SSL_CERT_FILE"])
        self.configuration = configuration
        var surroundings = surroundings
        // It holds the key, and what else is secret.
        surroundings.environment = [:]
        self.surroundings = surroundings
    }

    /// Answers the messages.
    ///
    /// `onPiece` is called in the caller's task. While it doesn't return, the server is held back.
    ///
    /// - Throws: ``ModelError``, with the text so far as its ``ModelError/partialText`` where there is some;
    ///   `CancellationError` when the task was cancelled.
    public func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        try options.validate()
        guard messages.contains(where: { !$0.content.isEmpty }) else { throw ModelError.emptyPrompt }
        let request = ChatRequest(
            model: model,
            messages: messages,
            options: options,
            sendsTopKAndMinP: configuration.sendsTopKAndMinP,
            extra: configuration.extraParameters
        )
        let body = request.json.description
        let start = ContinuousClock.now
        var waited = Duration.zero
        var attempt = 1
        while true {
            try Task.checkCancellation()
            do {
                return try await recorded(attempt: attempt, waited: waited) { span in
                    try await send(body, options, since: start, span, onPiece)
                }
            } catch let failure as CallFailure {
                let delay = configuration.retries.delay(
                    after: attempt,
                    elapsed: .now - start,
                    retryAfter: failure.retryAfter,
                    jitter: surroundings.jitter()
                )
                guard failure.isTransient, let delay, .now - start + delay < configuration.timeouts.total else {
                    throw error(failure, attempts: attempt)
                }
                waited = delay
                attempt += 1
                try await surroundings.sleep(delay)
            }
        }
    }

    // MARK: One attempt

    /// Runs `body` in a span of its own, if the task is in one.
    private func recorded(
        attempt: Int,
        waited: Duration,
        _ body: (ActiveSpan?) async throws -> Generation
    ) async throws -> Generation {
        guard let telemetry = Telemetry.currentSpan?.telemetry else { return try await body(nil) }
        var data: JSONObject = ["url": .string(masked(address.shown)), "attempt": .integer(attempt)]
        if attempt > 1 { data["delay_ms"] = .integer(Int((waited.seconds * 1000).rounded())) }
        return try await telemetry.withSpan(.httpRequest, name: masked(address.host), data: data, body)
    }

    private func send(
        _ body: String,
        _ options: GenerationOptions,
        since callStart: ContinuousClock.Instant,
        _ span: ActiveSpan?,
        _ onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        var fields = [("Content-Type", "application/json"), ("Accept", "text/event-stream")]
        if let key { fields.append(("Authorization", "Bearer \(key.value)")) }
        if let span { fields.append(("traceparent", span.traceparent.description)) }
        var timeouts = configuration.timeouts
        timeouts.total = max(.zero, timeouts.total - (.now - callStart))
        // An event has some hundred bytes, and is one token at least.
        let limit = min(1 << 20 + options.maxTokens.multipliedReportingOverflow(by: 4096).partialValue, 1 << 30)
        let start = ContinuousClock.now
        let exchange = client.send(
            HTTPRequest(
                url: address.endpoint.absoluteString,
                fields: fields,
                body: body,
                timeouts: timeouts,
                limit: max(limit, 1 << 20)
            )
        )
        var answer = ChatAnswer(stop: options.stop)
        do {
            try await receive(exchange, &answer, start, span, onPiece)
            // A complete one ends by itself, so that the connection can be used again.
            if !answer.isDone { exchange.cancel() }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            exchange.cancel()
            // What was held back is part of what the model said.
            let rest = answer.finish()
            if !rest.isEmpty { onPiece?(rest) }
            var failure = error as? CallFailure ?? self.failure(error)
            if !answer.text.isEmpty {
                failure.error.partialText = answer.text
                failure.isTransient = false
            }
            failure.error.message = masked(failure.error.message)
            throw failure
        }
        let rest = answer.finish()
        if !rest.isEmpty { onPiece?(rest) }
        return answer.generation(since: start)
    }

    private func receive(
        _ exchange: HTTPExchange,
        _ answer: inout ChatAnswer,
        _ start: ContinuousClock.Instant,
        _ span: ActiveSpan?,
        _ onPiece: (@Sendable (String) -> Void)?
    ) async throws {
        var parser = EventStreamParser(limit: 1 << 20)
        while let event = try await exchange.next() {
            let now = ContinuousClock.now
            switch event {
            case .head(let status, let fields):
                span?["status"] = status
                span?["time_to_headers_ms"] = ((now - start).seconds * 1_000_000).rounded() / 1000
                try await check(status, fields, exchange, span)
            case .body(let data):
                for event in parser.append(data) {
                    let piece = try answer.take(event, at: now)
                    if !piece.isEmpty { onPiece?(piece) }
                }
                if parser.isOverlong {
                    throw CallFailure(.malformedResponse, "an event of the stream has more than \(parser.limit) bytes")
                }
                if answer.isStopped || answer.isDone && answer.finishReason != nil { return }
            }
        }
        // `[DONE]` alone tells nothing that a finish reason doesn't.
        guard answer.finishReason != nil else {
            throw answer.isDone
                ? CallFailure(.malformedResponse, "the stream ended without a finish reason")
                : CallFailure(
                    .connectionLost,
                    "the stream ended before the answer did, without a finish reason and [DONE]",
                    isTransient: true
                )
        }
    }

    /// Throws unless an event stream follows.
    private func check(
        _ status: Int,
        _ fields: [String: String],
        _ exchange: HTTPExchange,
        _ span: ActiveSpan?
    ) async throws {
        let type = fields["content-type"] ?? ""
        if status == 200, type.lowercased().hasPrefix("text/event-stream") { return }
        if (300...399).contains(status) {
            let place = fields["location"].map(ServerAddress.safe) ?? "nowhere"
            throw CallFailure(
                .requestRejected,
                "\(status): the server redirects to \(masked(place)). Redirects are not followed, so that the key isn't "
                    + "sent elsewhere: use the new address as the base URL."
            )
        }
        var body: [UInt8] = []
        do {
            while body.count < 1 << 16, case .body(let data)? = try await exchange.next() { body += data }
        } catch is CancellationError {
            throw CancellationError()
        } catch {}  // The status tells enough.
        let failure = failure(status, fields, type, String(decoding: body.prefix(1 << 16), as: UTF8.self))
        if let wait = failure.retryAfter { span?["retry_after_ms"] = Int((wait.seconds * 1000).rounded()) }
        throw failure
    }

    // MARK: Failures

    /// What is said beside the number, which groups of failures by cause leave out.
    private static let reasons = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout",
        413: "Content Too Large", 422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    private func failure(_ status: Int, _ fields: [String: String], _ type: String, _ body: String) -> CallFailure {
        let json = try? JSONValue(parsing: body)
        let detail = json?["error"] ?? json
        let said = detail?["message"]?.string ?? detail?["detail"]?.string ?? detail?.string ?? body
        let kind = "\(detail?["type"]?.string ?? "") \(detail?["code"]?.string ?? "")"
        // Masked before it is cut: half a key is too much, too.
        let words = masked(said).excerpt(500)
        let reason = Self.reasons[status].map { "\(status) \($0)" } ?? "\(status)"
        let quoted = words.isEmpty ? reason : "\(reason): \(words)"
        let wait = fields["retry-after"].flatMap { RetryPolicy.retryAfter($0, now: surroundings.now()) }
        switch status {
        case 200:
            let shown = type.isEmpty ? "no content type" : type.excerpt(80)
            return CallFailure(
                .malformedResponse,
                "the answer is \(shown), not an event stream\(words.isEmpty ? "" : ": \(words)"). Check that the base URL is that of a model server."
            )
        case 401, 403:
            let hint = key == nil ? "Set OPENAI_API_KEY, or name the variable that holds the key" : "Check the key"
            return CallFailure(.unauthorized, "\(quoted). \(hint).")
        case 404:
            return CallFailure(
                .requestRejected,
                "\(quoted). Check the base URL, which mostly ends in /v1, and the model."
            )
        case 429: return CallFailure(.rateLimited, quoted, isTransient: true, retryAfter: wait)
        case 408, 500...599:
            return CallFailure(
                .serverFailed,
                quoted,
                isTransient: status != 501 && status != 505,
                retryAfter: wait
            )
        case _ where kind.contains("exceed_context_size") || kind.contains("context_length_exceeded"):
            return CallFailure(
                .promptTooLong,
                "\(quoted). Shorten the messages, or give the server more context."
            )
        default: return CallFailure(.requestRejected, quoted)
        }
    }

    private func failure(_ error: any Error) -> CallFailure {
        switch error as? HTTPExchange.Failure {
        case .timedOut(let phase, let time):
            let what =
                switch phase {
                case .connect: "no connection"
                case .firstByte: "no answer began"
                case .idle: "nothing more came"
                case .total: "the call wasn't complete"
                }
            return CallFailure(
                .timedOut,
                "\(what) within \(time). Raise the timeout \(phase.rawValue), or see what keeps the server.",
                isTransient: phase != .total
            )
        case .tooLong(let bytes):
            return CallFailure(.malformedResponse, "the answer has more than \(bytes) bytes, too many for its tokens")
        case .refused:
            return CallFailure(
                .serverUnreachable,
                "connection refused: nothing listens there. Start the server, for example: "
                    + "llama-server -m MODEL.gguf --port \(address.endpoint.port ?? 80)",
                isTransient: true
            )
        case .unreachable(let words):
            return CallFailure(.serverUnreachable, "no connection: \(words). Check the network.", isTransient: true)
        case .noSuchHost: return CallFailure(.serverUnreachable, "no such host. Check the base URL.")
        case .insecure(let words):
            return CallFailure(
                .serverUnreachable,
                "no secure connection: \(words.excerpt(200)). Check https and the certificate."
            )
        case .malformed(let words):
            return CallFailure(.malformedResponse, "the answer isn't proper HTTP: \(words). Check the base URL.")
        case .lost(let words):
            return CallFailure(.connectionLost, "the connection was lost: \(words)", isTransient: true)
        case nil: return CallFailure(.connectionLost, "\(error)".excerpt(200))
        }
    }

    /// The error that the caller gets.
    private func error(_ failure: CallFailure, attempts: Int) -> ModelError {
        var error = failure.error
        var message = "\(address.shown): \(error.message)"
        if attempts > 1 { message += " (after \(attempts) attempts)" }
        if let wait = failure.retryAfter { message += " (the server asks to wait \(wait.seconds.rounded(.up)) s)" }
        error.message = masked(message)
        return error
    }

    private func masked(_ text: String) -> String { key?.masked(text) ?? text }
}

extension EventType {
    /// One HTTP request of a call to a remote model; its `attempt` counts from 1.
    public static let httpRequest: EventType = "http_request"
}
