// Two hundred questions, one of which fails; and then from the symptom to the cause, with the log alone.

import Agent
import Telemetry
import TelemetryLog

let logFile = "find-the-failure.jsonl"
try await answerTwoHundredQuestions()

let reader = LogReader(logFile)

print("1. What is wrong? Something failed, once. (agentlog)\n")
for row in try reader.summary().rows {
    print("   \(row.name): \(row.statistics.count), \(row.statistics.failures) failed")
}

print("\n2. What failed, and where? (agentlog failures)\n")
guard let failure = try reader.failures().groups.first else { fatalError("nothing failed") }
print("   \(failure.cause)\n   in trace \(failure.trace.short)")

print("\n3. What happened in that trace? (agentlog trace \(failure.trace.short))\n")
let trace = try reader.trace(failure.trace)
print(SpanTree(trace.spans))

print("4. How long is a prompt otherwise? (jq .data.prompt_length)\n")
var lengths: [Int] = []
try reader.forEachSpan { span in
    if span.eventType == .llmCall, let length = span.data["prompt_length"]?.integer { lengths.append(length) }
}
let failed = trace.failures.compactMap { $0.data["prompt_length"]?.integer }.first ?? 0
print("   \(failed) characters here; the median of \(lengths.count) calls is \(lengths.sorted()[lengths.count / 2])")

print("\n5. What made it so long? What the memory found. (agentlog trace \(failure.trace.short) --full)\n")
let search = trace.spans.first { $0.eventType == .memory }
let found = search?.data["data"]?["found"]?.array?.compactMap(\.string) ?? []
guard let longest = found.max(by: { $0.count < $1.count }) else { fatalError("the memory found nothing") }
let beginning = String(longest.prefix(40))
print("   \(longest.count) characters: \(beginning)…")

print("\n6. Who put that there? (agentlog traces --grep '\(beginning)')\n")
for culprit in try reader.traces(matching: LogFilter(text: beginning)).traces where culprit.id != trace.id {
    print("   trace \(culprit.id.short), \(culprit.user ?? "nobody"): \(culprit.name ?? "")")
}

/// Two hundred traces on the real model.
///
/// Somebody pastes a manual into the memory that all of them share.
func answerTwoHundredQuestions() async throws {
    let path = CommandLine.arguments.dropFirst().first ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
    let telemetry = try Telemetry(logFile: logFile)
    telemetry.clear()
    let model = try await LlamaModel(path: path, contextSize: 512)
    let options = GenerationOptions(maxTokens: 4)
    let agent = Agent(model: model, telemetry: telemetry, configuration: .init(options: options))
    for number in 1...200 {
        let user = "user-\(number % 20)"
        await telemetry.withTrace("question \(number)", userID: user) { trace in
            if number == 77 {
                let clause = "The warranty covers the pump, the valve and the hose. "
                agent.memory.add("From the manual: " + String(repeating: clause, count: 60))
            }
            let question = number == 154 ? "How long is my warranty?" : "What is \(number) plus \(number)?"
            do {
                _ = try await agent.reply(to: question)
            } catch {
                trace.fail(error)
            }
        }
    }
    telemetry.close()
}
