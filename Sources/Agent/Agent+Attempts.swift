import Synchronization
import Telemetry

/// Why an answer was of no use: the reason to ask again, and, after the last attempt, the error behind an
/// ``AgentError`` of code ``AgentError/Code/cutOff`` or ``AgentError/Code/structuredOutput``.
public struct UnusableAnswer: Error, Sendable, Hashable {
    /// What kind of reason it is; the log has it at the call's `failure`.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// It reached ``GenerationOptions/maxTokens``, or filled the context, before it was complete.
        case cutOff = "cut_off"
        /// It isn't JSON.
        case notJSON = "not_json"
        /// It doesn't fit the schema.
        case unfit
        /// It fits the schema, but not what else must hold.
        case rejected
    }

    /// What kind of reason it is.
    public var reason: Reason
    /// What was wrong with it.
    public var message: String
    /// The answer, as far as it came.
    public var text: String
}

extension UnusableAnswer: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension Agent {
    /// Asks for an answer of a given shape until there is one that `read` can make something of.
    ///
    /// All structured calls go this way. Each attempt is an `llm_call` within `parent`, which gets their number, and, being
    /// the span that the error leaves, the outcome.
    ///
    /// - Parameters:
    ///   - parent: The span that stands for the question.
    ///   - budget: What the attempts may cost, and where their cost is added.
    ///   - read: Makes of a value that fits the schema what is wanted; throws ``UnusableAnswer`` to have it asked again.
    func ask<Value>(
        _ messages: [Message],
        schema: Schema,
        in parent: ActiveSpan,
        budget: TokenBudget = TokenBudget(),
        read: (JSONValue) throws -> Value
    ) async throws -> Value {
        var options = configuration.options
        options.schema = schema
        var last: UnusableAnswer?
        let maxAttempts = max(1, configuration.maxAttempts)
        for attempt in 1...maxAttempts {
            // Not every model looks whether it was cancelled.
            try Task.checkCancellation()
            if attempt > 1 {
                // What was asked again in the same way would be answered in the same way.
                options.temperature = max(0.5, options.temperature)
                options.seed &+= 1
            }
            options.maxTokens = min(options.maxTokens, try budget.rest())
            parent["attempts"] = attempt
            do {
                return try await model.generate(messages, options: options, attempt: attempt) { generation in
                    budget.add(generation)
                    return try read(generation.value(fitting: schema))
                }
            } catch let error as UnusableAnswer {
                last = error
            } catch let error where error is CancellationError || error is AgentError {
                throw error
            } catch {
                throw AgentError(.model, "\(error)", in: parent, underlying: error)
            }
        }
        _ = try budget.rest()
        let attempts = maxAttempts == 1 ? "1 attempt" : "\(maxAttempts) attempts"
        let reason = last.map { "\($0)" } ?? "no reason"
        throw AgentError(
            last?.reason == .cutOff ? .cutOff : .structuredOutput,
            "no answer that fits \(schema) in \(attempts): \(reason). Allow more tokens, or ask for less.",
            in: parent,
            underlying: last
        )
    }

    /// Asks for an answer of a given shape until there is one.
    func ask(
        _ messages: [Message],
        schema: Schema,
        in parent: ActiveSpan,
        budget: TokenBudget = TokenBudget()
    ) async throws -> JSONValue {
        try await ask(messages, schema: schema, in: parent, budget: budget) { $0 }
    }
}

/// How many tokens may be used, and how many were: those of prompts and answers, in all attempts.
final class TokenBudget: Sendable {
    /// All tokens were used.
    struct UsedUp: Error, CustomStringConvertible {
        var limit: Int
        var description: String { "the limit of \(limit) tokens was reached" }
    }

    private let limit: Int
    private let total = Atomic(0)

    init(limit: Int? = nil) { self.limit = limit ?? .max }

    /// How many were used.
    var used: Int { total.load(ordering: .relaxed) }

    /// How many may still be used, at least one.
    func rest() throws(UsedUp) -> Int {
        guard used < limit else { throw UsedUp(limit: limit) }
        return limit - used
    }

    func add(_ generation: Generation) {
        total.add(max(0, generation.promptTokens) + max(0, generation.completionTokens), ordering: .relaxed)
    }
}

extension Generation {
    /// The answer as a value of that shape.
    fileprivate func value(fitting schema: Schema) throws(UnusableAnswer) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            guard finishReason == .length else {
                throw UnusableAnswer(reason: .notJSON, message: "\(error)", text: text)
            }
            let message = "the answer was cut off after \(completionTokens) tokens: \(error)"
            throw UnusableAnswer(reason: .cutOff, message: message, text: text)
        }
        do {
            try schema.validate(value)
        } catch {
            throw UnusableAnswer(reason: .unfit, message: "\(error)", text: text)
        }
        return value
    }
}
