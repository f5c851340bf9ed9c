// Latency against prompt length: six lengths, three runs of each, with prefix reuse and without. All figures are the logs'.

import Agent
import Foundation
import Telemetry
import TelemetryLog

let path = CommandLine.arguments.dropFirst().first ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
let lengths = [16, 32, 64, 128, 256, 512]
// Runs end after so many tokens, so that the two costs can be told apart.
let answers = [4, 12, 24]
let words = "The quick brown fox jumps over the lazy dog and runs to the river".split(separator: " ")

func log(_ isReusing: Bool) -> String { "prompt-length-\(isReusing ? "reuse" : "no-reuse").jsonl" }

for isReusing in [false, true] {
    let telemetry = try Telemetry(logFile: log(isReusing))
    telemetry.clear()
    let llama = try await LlamaModel(path: path, reusesPrefixes: isReusing)
    let model = RecordedModel(llama, telemetry: telemetry)
    for length in lengths {
        let text = (0..<length).map { String(words[$0 % words.count]) }.joined(separator: " ")
        for maxTokens in answers {
            let messages = [Message.system(text), .user("Go on with the story.")]
            _ = try await model.generate(messages, options: GenerationOptions(maxTokens: maxTokens))
        }
    }
    telemetry.close()
}

var calls: [Bool: [Call]] = [:]
for isReusing in [false, true] {
    try LogReader([log(isReusing)]).forEachSpan { span in
        if let call = Call(span) { calls[isReusing, default: []].append(call) }
    }
}
let (without, with) = (calls[false] ?? [], calls[true] ?? [])

func median(_ calls: [Call], _ prompt: Double) -> String {
    let sorted = calls.filter { $0.prompt == prompt }.map(\.milliseconds).sorted()
    return sorted.isEmpty ? "n/a" : String(format: "%.0f", sorted[sorted.count / 2])
}
func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

print("prompt tokens   no reuse (ms)   reuse (ms)   (medians of runs that answer with \(answers) tokens)")
for prompt in Set(without.map(\.prompt)).sorted() {
    print(column("\(Int(prompt))", 13) + column(median(without, prompt), 16) + column(median(with, prompt), 13))
}
guard let fit = Fit(without + with) else { fatalError("the calls don't differ enough to fit a line") }
print(
    String(
        format: "\n%.2f ms per prompt token, %.2f ms per completion token, %.0f ms for the rest (R² %.3f)",
        fit.perPromptToken,
        fit.perCompletionToken,
        fit.base,
        fit.rSquared
    )
)
let middle = Double(answers[1])
let chart = Chart(
    series: [("no reuse", "crimson", without), ("prefix reuse", "steelblue", with)],
    line: ("the fit of both, for \(answers[1]) tokens without reuse", { fit($0, middle) })
)
try chart.svg.write(toFile: "prompt-length.svg", atomically: true, encoding: .utf8)
print("prompt-length.svg: the chart")
