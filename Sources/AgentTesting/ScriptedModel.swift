public import Agent
import Synchronization

/// A language model that answers what a test tells it to, and keeps what it was asked.
///
/// Answers are given in order, one a call:
/// ```swift
/// let model = ScriptedModel(["not JSON", #"{"answer": "a language"}"#])
/// let agent = Agent(model: model, telemetry: Telemetry(sink: InMemorySink()))
/// let answer = try await agent.generateStructured("What is Python?", schema: #"{"answer": string}"#)
/// #expect(model.requests.count == 2)
/// ```
/// Where the answer depends on the question, a closure gives it:
/// ```swift
/// let echo = ScriptedModel { request in .text(request.messages.last?.content ?? "") }
/// ```
///
/// The model doesn't hold to the options: an answer may be longer than `maxTokens`, and may not fit the schema. It
/// observes cancellation before each answer, and while it waits. It is safe to use from several tasks at once.
public final class ScriptedModel: LanguageModel {
    /// One call of the model.
    public struct Request: Sendable, Hashable {
        /// Which call it was, from 1.
        public var number: Int
        /// What was asked.
        public var messages: [Message]
        /// How it should be answered.
        public var options: GenerationOptions

        /// A call to compare with.
        public init(number: Int, messages: [Message], options: GenerationOptions = .init()) {
            self.number = number
            self.messages = messages
            self.options = options
        }
    }

    /// What the model does when it is called.
    ///
    /// A string literal is one: `"Yes."` is `.text("Yes.")`.
    public struct Answer: Sendable {
        fileprivate var outcome: Result<Generation, any Error>
        fileprivate var pieces: [String]
        fileprivate var delay: Duration
    }

    private struct State {
        var answers: [Answer]
        var requests: [Request] = []
    }

    /// What the log calls this model.
    public let name: String

    private let respond: (@Sendable (Request) async throws -> Answer)?
    private let state: Mutex<State>

    /// A model that gives these answers, one a call, and fails when they are used up.
    public init(_ answers: [Answer], name: String = "scripted") {
        self.name = name
        respond = nil
        state = Mutex(State(answers: answers.reversed()))
    }

    /// A model that gives these answers, one a call, and fails when they are used up.
    public convenience init(_ answers: Answer...) { self.init(answers) }

    /// A model whose answer to each request is what `respond` returns; what it throws, the call throws.
    public init(name: String = "scripted", respond: @escaping @Sendable (Request) async throws -> Answer) {
        self.name = name
        self.respond = respond
        state = Mutex(State(answers: []))
    }

    /// The calls so far, in the order in which they came, failed ones included.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// How many answers of the script were not given yet: 0 when all that was expected has happened.
    public var unusedAnswers: Int { state.withLock { $0.answers.count } }

    /// Waits until the model was called so many times: for tests that then cancel or look at what runs.
    ///
    /// - Throws: `CancellationError` when the task was cancelled.
    public func waitUntilCalled(times count: Int = 1) async throws {
        while state.withLock({ $0.requests.count < count }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Gives the next answer.
    ///
    /// - Throws: The answer's error; `CancellationError` when the task was cancelled; `ModelError` of code
    ///   `generationFailed` when there is no answer left.
    public func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        let (request, scripted) = state.withLock { state in
            let request = Request(number: state.requests.count + 1, messages: messages, options: options)
            state.requests.append(request)
            return (request, state.answers.popLast())
        }
        try Task.checkCancellation()
        let answer = try await respond?(request) ?? scripted ?? .usedUp(name, request.number)
        if answer.delay > .zero { try await Task.sleep(for: answer.delay) }
        try Task.checkCancellation()
        if let onPiece { for piece in answer.pieces { onPiece(piece) } }
        return try answer.outcome.get()
    }
}

extension ScriptedModel.Answer: ExpressibleByStringInterpolation {
    /// A text, one token for each of its characters.
    public init(stringLiteral text: String) { self = .text(text) }

    /// A text.
    ///
    /// - Parameters:
    ///   - text: The whole answer.
    ///   - pieces: What streaming hands out, one after the other, a token each; every character unless told otherwise.
    ///   - finishReason: Why the answer ended: `.length` for one that was cut off.
    ///   - delay: How long the model takes, by the machine's clock.
    public static func text(
        _ text: String,
        pieces: [String]? = nil,
        finishReason: FinishReason = .stop,
        after delay: Duration = .zero
    ) -> Self {
        let pieces = pieces ?? text.map { String($0) }
        let generation = Generation(text: text, finishReason: finishReason, completionTokens: pieces.count)
        return Self(outcome: .success(generation), pieces: pieces, delay: delay)
    }

    /// An answer with token counts and times of the test's choice.
    public static func generation(_ generation: Generation, after delay: Duration = .zero) -> Self {
        Self(outcome: .success(generation), pieces: generation.text.map { String($0) }, delay: delay)
    }

    /// A failure, after the model said `pieces`.
    public static func failure(_ error: any Error, pieces: [String] = [], after delay: Duration = .zero) -> Self {
        Self(outcome: .failure(error), pieces: pieces, delay: delay)
    }

    /// No answer, until the task is cancelled.
    public static var never: Self { .text("", after: .seconds(365 * 86_400)) }

    fileprivate static func usedUp(_ name: String, _ number: Int) -> Self {
        let answers = number == 2 ? "1 answer" : "\(number - 1) answers"
        return .failure(
            ModelError(.generationFailed, "\(name): call \(number) came, but the script has \(answers). Add one.")
        )
    }
}
