// Twenty structured calls with constrained decoding, and twenty of the same model left to itself, with retries.

import Agent
import Telemetry

/// A model that is told the schema in words only, as one behind most web services is.
struct Unconstrained: LanguageModel {
    let base: LlamaModel
    var name: String { base.name }

    func generate(
        _ messages: [Message],
        options: GenerationOptions,
        onPiece: (@Sendable (String) -> Void)?
    ) async throws -> Generation {
        var options = options
        options.schema = nil
        return try await base.generate(messages, options: options, onPiece: onPiece)
    }
}

let subjects = [
    "Python", "a span", "the moon", "tea", "a bicycle", "an atom", "rain", "a violin", "chess", "a volcano",
    "a whale", "bread", "a compiler", "gold", "a river", "an eclipse", "a poem", "salt", "a queue", "the wind",
]
let schema: Schema = #"{"answer": string 1..80, "difficulty": "easy" | "hard"}"#
let path = CommandLine.arguments.dropFirst().first ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
let llama = try await LlamaModel(path: path)
let models: [(String, any LanguageModel)] = [("constrained", llama), ("unconstrained", Unconstrained(base: llama))]

print("               calls  first try  after retries  attempts  avg latency")
for (kind, model) in models {
    let telemetry = try Telemetry(logFile: "parse-rate-\(kind).jsonl")
    telemetry.clear()
    let options = GenerationOptions(maxTokens: 80)
    let agent = Agent(model: model, telemetry: telemetry, configuration: .init(options: options, maxAttempts: 3))
    var answers = 0
    for subject in subjects {
        let example = Example("What is a cat?", ["answer": "A small animal.", "difficulty": "easy"])
        if (try? await agent.generateStructured("What is \(subject)?", schema: schema, examples: [example])) != nil {
            answers += 1
        }
    }
    let calls = telemetry.recentSpans().filter { $0.eventType == .llmCall }
    let firstTry = calls.count { $0.data["attempt"] == 1 && !$0.isFailure }
    func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: width - text.count) + text }
    func percent(_ count: Int) -> String { "\(count * 100 / subjects.count) %" }
    print(
        kind + column("\(subjects.count)", 20 - kind.count) + column(percent(firstTry), 11)
            + column(percent(answers), 15) + column("\(calls.count)", 10)
            + column(telemetry.metrics.averageLatency?.summary ?? "n/a", 13)
    )
    telemetry.close()
}
