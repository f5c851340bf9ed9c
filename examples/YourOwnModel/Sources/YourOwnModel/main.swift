// A language model of one's own: it answers with the sentence of a handbook that has most words of the question.

import Agent
import Telemetry

struct Handbook: LanguageModel {
    let name = "handbook"
    let sentences = [
        "A span is one operation: what was done, when, how long it took, and what went wrong.",
        "A trace is all spans of one interaction, nested as they were called.",
        "A sampler decides which traces are written, and the metrics count all of them.",
    ]

    func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        guard let question = messages.last?.content else {
            throw ModelError(.emptyPrompt, "handbook: there is no message to answer. Pass one.")
        }
        let start = ContinuousClock.now
        let wanted = words(question)
        let best = sentences.map { (wanted.intersection(words($0)).count, $0) }.max { $0.0 < $1.0 }
        let pieces = (best?.1 ?? "").split(separator: " ").enumerated().map { $0 == 0 ? "\($1)" : " \($1)" }
        let answer = pieces.prefix(options.maxTokens)
        let first = ContinuousClock.now - start
        for piece in answer {
            try Task.checkCancellation()
            onPiece?(piece)
        }
        return Generation(
            text: answer.joined(),
            finishReason: answer.count < pieces.count ? .length : .stop,
            promptTokens: messages.reduce(0) { $0 + $1.content.split(separator: " ").count },
            completionTokens: answer.count,
            timeToFirstToken: first
        )
    }

    /// The longer words of a text, which say what it is about.
    private func words(_ text: String) -> Set<Substring> {
        Set(text.lowercased().split { !$0.isLetter }.filter { $0.count > 4 })
    }
}

let telemetry = try Telemetry(logFile: "handbook.jsonl")
telemetry.clear()
let agent = Agent(model: Handbook(), telemetry: telemetry)
let traceID = try await telemetry.withTrace("ask the handbook") { trace in
    for question in ["What is a trace?", "And what does a sampler do?"] {
        print(question, terminator: " ")
        _ = try await agent.reply(to: question) { print($0, terminator: "") }
        print()
    }
    return trace.traceID
}
print("\n\(SpanTree(telemetry.spans(in: traceID)))")
telemetry.printSummary()
