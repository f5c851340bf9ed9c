/// A chat model that turns messages into text.
///
/// ``LlamaModel`` implements it on llama.cpp. A model of your own needs a name and one method; an ``Agent`` takes
/// it from there, and records every call of it.
///
/// A conforming type is safe to use from several tasks at once. It may serve them one after the other.
public protocol LanguageModel: Sendable {
    /// What the log calls this model: its file or service name, not a path.
    var name: String { get }

    /// Answers the messages.
    ///
    /// - Parameters:
    ///   - messages: The conversation so far, oldest first. Not empty.
    ///   - options: How to sample, when to stop, and which shape the answer must have.
    ///   - onPiece: Called with each piece of text as it is produced, in order, on a thread of the model's choice.
    ///     Pieces are whole characters; joined, they are the answer's ``Generation/text``.
    /// - Returns: The whole answer and what it cost.
    /// - Throws: ``ModelError`` when the model can't answer, `CancellationError` when the task was cancelled.
    func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation
}

extension LanguageModel {
    /// Answers the messages, all at once.
    public func generate(_ messages: [Message], options: GenerationOptions = .init()) async throws -> Generation {
        try await generate(messages, options: options, onPiece: nil)
    }

    /// The answer's pieces as they are produced; cancelling the iteration stops the model.
    public func stream(
        _ messages: [Message],
        options: GenerationOptions = .init()
    ) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    _ = try await generate(messages, options: options) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
