import Agent
import Foundation

let decodingSummary = """
    LlamaModel against a bare loop over the same llama.cpp calls.
                --model PATH   (models/SmolLM2-135M-Instruct.Q4_1.gguf)
                --tokens N     tokens per answer (128)
                --runs N       runs of each side, interleaved (9)
                --threads N    threads that compute (one per core)
    """

/// Tokens per second after the first one, of the same greedy answer, by both sides in turns.
func runDecoding(_ arguments: [String]) async throws {
    let options = try DecodingOptions(arguments)
    // First, as it checks the file.
    let model = try await LlamaModel(path: options.model, contextSize: BareLoop.contextSize, threads: options.threads)
    let bareLoop = try BareLoop(path: options.model, threads: options.threads)
    let messages = [Message.user("Write a very long story about a lighthouse and its keeper.")]
    let prompt = model.renderPrompt(messages)
    let generationOptions = GenerationOptions(maxTokens: options.tokens)

    var bare: [Double] = []
    var ours: [Double] = []
    var ratios: [Double] = []
    for run in -1..<options.runs {
        // In turns, and each first every other time, so that a busy or throttled machine harms both alike.
        var sides = (bare: 0.0, ours: 0.0, bareText: "", ourText: "")
        for side in run % 2 == 0 ? [0, 1] : [1, 0] {
            if side == 0 {
                (sides.bare, sides.bareText) = try bareLoop.run(prompt: prompt, tokens: options.tokens)
            } else {
                (sides.ours, sides.ourText) = try await measure(model, messages, generationOptions)
            }
        }
        guard sides.bareText == sides.ourText else { throw DecodingError("the two sides' answers differ") }
        if run < 0 { continue }  // Pages the weights in.
        bare.append(sides.bare)
        ours.append(sides.ours)
        ratios.append(sides.ours / sides.bare)
    }
    print("decoding: \(options.runs) runs of \(options.tokens) tokens, \(options.threads) threads, \(model.name)")
    report("bare loop ", bare, " tokens/s")
    report("LlamaModel", ours, " tokens/s")
    report("ratio     ", ratios, "")
}

private func measure(
    _ model: LlamaModel,
    _ messages: [Message],
    _ options: GenerationOptions
) async throws -> (tokensPerSecond: Double, text: String) {
    let clock = ContinuousClock()
    let start = clock.now
    let answer = try await model.generate(messages, options: options) { _ in }
    let time = clock.now - start - (answer.timeToFirstToken ?? .zero)
    return (Double(answer.completionTokens - 1) / (time / .seconds(1)), answer.text)
}

private func report(_ name: String, _ values: [Double], _ unit: String) {
    let sorted = values.sorted()
    func text(_ value: Double) -> String { String(format: unit.isEmpty ? "%.3f" : "%.1f", value) }
    print(
        "  \(name)  median \(text(sorted[sorted.count / 2]))\(unit)"
            + "  (min \(text(sorted[0])), max \(text(sorted[sorted.count - 1])))"
    )
}

struct DecodingError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

private struct DecodingOptions {
    var model = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
    var tokens = 128
    var runs = 9
    var threads = ProcessInfo.processInfo.activeProcessorCount

    init(_ arguments: [String]) throws {
        var arguments = arguments[...]
        while let option = arguments.popFirst() {
            guard ["--model", "--tokens", "--runs", "--threads"].contains(option) else {
                throw DecodingError("decoding \(option): no such option. Run with --help to see them.")
            }
            guard let value = arguments.popFirst() else {
                throw DecodingError("decoding \(option): its value is missing. Pass one behind it.")
            }
            if option == "--model" {
                model = value
                continue
            }
            guard let number = Int(value), number >= (option == "--tokens" ? 2 : 1), number <= 900 else {
                throw DecodingError("decoding \(option) \(value): must be a number up to 900. Pass such a one.")
            }
            switch option {
            case "--tokens": tokens = number
            case "--runs": runs = number
            default: threads = number
            }
        }
    }
}
