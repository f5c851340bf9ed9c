import Agent
import Foundation
import Telemetry

let structuredSummary = """
    Structured calls: forced tokens and kept prompts against llama.cpp's grammar sampler.
                --model PATH   (models/SmolLM2-135M-Instruct.Q4_1.gguf)
                --runs N       runs of each side, interleaved (9)
                --threads N    threads that compute (one less than there are cores)
                --calls N      calls of the memory measurement (1000); 0 leaves it out
    """

/// The same tool requests by both sides in turns; then strings, second calls, and memory.
func runStructured(_ arguments: [String]) async throws {
    let options = try BenchmarkOptions(
        arguments,
        benchmark: "structured",
        numbers: ["--runs": 9, "--threads": max(1, ProcessInfo.processInfo.activeProcessorCount - 1), "--calls": 1000]
    )
    let model = try await LlamaModel(path: options.model, contextSize: 2048, threads: options["--threads"])
    let plain = try await LlamaModel(
        path: options.model,
        contextSize: 2048,
        threads: options["--threads"],
        reusesPrefixes: false
    )
    let runs = options["--runs"]
    print("structured: \(runs) runs, \(options["--threads"]) threads, \(model.name), \(buildKind) build")
    try await compareToolRequests(model, plain, runs)
    try await compareStrings(model, runs)
    try await compareSecondCalls(options, runs)
    if options["--calls"] > 0 { try await measureMemory(model, options["--calls"]) }
}

private var buildKind: String {
    #if DEBUG
    "debug"
    #else
    "release"
    #endif
}

/// A tool request with three typed arguments, as ``Agent`` asks for it.
private enum ToolRequests {
    static let schema: Schema = #"""
        {"tool": "calculator",
         "arguments": {"operation": "add" | "subtract" | "multiply" | "divide", "a": number, "b": number}}
        """#

    static func messages(_ question: String) -> [Message] {
        let system = """
            You choose the tool that the user needs, and its arguments.
            The tools are:
            - calculator: Adds, subtracts, multiplies or divides two numbers, a and b. Arguments: \(schema)
            """
        let examples = [
            ("What is 12 plus 30?", "add", 12, 30), ("Take 5 away from 81.", "subtract", 81, 5),
            ("What is 6 times 9?", "multiply", 6, 9), ("Split 144 into 12 parts.", "divide", 144, 12),
        ]
        let turns = examples.flatMap { question, operation, a, b in
            [
                Message.user(question),
                .assistant(
                    #"{"tool": "calculator", "arguments": {"operation": "\#(operation)", "a": \#(a), "b": \#(b)}}"#
                ),
            ]
        }
        return [.system(system)] + turns + [.user(question)]
    }

    static func question(_ run: Int) -> String { "What is \(17 + run * 3) times \(7 + run)?" }
}

private func compareToolRequests(_ model: LlamaModel, _ plain: LlamaModel, _ runs: Int) async throws {
    let options = GenerationOptions(maxTokens: 128, schema: ToolRequests.schema)
    var ours = Samples("forced tokens, kept prompts", "ms")
    var theirs = Samples("grammar sampler, no prefix  ", "ms")
    var ratio = Samples("ratio                       ", "")
    var same = 0
    var shape = ""
    for run in -1..<runs {
        let messages = ToolRequests.messages(ToolRequests.question(run))
        var answers: [Generation] = []
        var times: [Double] = [0, 0]
        for side in run % 2 == 0 ? [0, 1] : [1, 0] {
            let start = ContinuousClock.now
            let answer =
                side == 0
                ? try await model.generate(messages, options: options)
                : try await plain.generate(messages, options: options, grammar: ToolRequests.schema.grammar)
            times[side] = milliseconds(since: start)
            answers.append(answer)
            if side == 0 {
                shape =
                    "\(answer.promptTokens) prompt tokens, \(answer.cachedTokens) kept, "
                    + "\(answer.completionTokens) answer tokens, \(answer.forcedTokens) forced"
            }
        }
        if run < 0 { continue }  // Pages the weights in.
        if answers[0].text == answers[1].text { same += 1 }
        ours.append(times[0])
        theirs.append(times[1])
        ratio.append(times[1] / times[0])
    }
    print("tool request, three typed arguments (\(shape); \(same) of \(runs) answers are equal):")
    print(theirs, ours, ratio, separator: "\n")
}

/// Tokens per second after the first, of text in a string against text without a schema.
private func compareStrings(_ model: LlamaModel, _ runs: Int) async throws {
    let tokens = 128
    var free = Samples("unconstrained", "tokens/s")
    var string = Samples("in a string  ", "tokens/s")
    var ratio = Samples("ratio        ", "")
    // The same text before the answer's first choice in both cases.
    let messages = [Message.user("Write a very long story about a lighthouse and its keeper, in one paragraph.")]
    for run in -1..<runs {
        var rates: [Double] = [0, 0]
        for side in run % 2 == 0 ? [0, 1] : [1, 0] {
            let options = GenerationOptions(maxTokens: tokens, schema: side == 0 ? nil : "string 1000..2000")
            let start = ContinuousClock.now
            let answer = try await model.generate(messages, options: options)
            let time = milliseconds(since: start) - milliseconds(answer.timeToFirstToken ?? .zero)
            let counted = answer.completionTokens - answer.forcedTokens - 1
            rates[side] = Double(counted) / time * 1000
        }
        if run < 0 { continue }
        free.append(rates[0])
        string.append(rates[1])
        ratio.append(rates[1] / rates[0])
    }
    print("text of \(tokens) tokens:", free, string, ratio, separator: "\n")
}

private func compareSecondCalls(_ options: BenchmarkOptions, _ runs: Int) async throws {
    let generation = GenerationOptions(maxTokens: 128, schema: ToolRequests.schema)
    var first = Samples("first call ", "ms")
    var second = Samples("second call", "ms")
    var ratio = Samples("ratio      ", "")
    for run in 0..<max(1, runs / 3) {
        let model = try await LlamaModel(path: options.model, contextSize: 2048, threads: options["--threads"])
        _ = try await model.generate([.user("Hi")], options: .init(maxTokens: 2))
        var times: [Double] = []
        for call in 0..<2 {
            let messages = ToolRequests.messages(ToolRequests.question(2 * run + call))
            let answer = try await model.generate(messages, options: generation)
            times.append(milliseconds(answer.timeToFirstToken ?? .zero))
        }
        first.append(times[0])
        second.append(times[1])
        ratio.append(times[1] / times[0])
    }
    print("time to first token of the same kind of call:", first, second, ratio, separator: "\n")
}

private func measureMemory(_ model: LlamaModel, _ calls: Int) async throws {
    let options = GenerationOptions(maxTokens: 64, temperature: 0.7, schema: ToolRequests.schema)
    var early = 0
    for call in 1...calls {
        // A second family every other time, so that prompts move out and in.
        let question = ToolRequests.question(call % 50)
        let messages =
            call.isMultiple(of: 10)
            ? [Message.system("You answer briefly."), .user(question)] : ToolRequests.messages(question)
        _ = try await model.generate(messages, options: options)
        if call == max(1, calls / 10) { early = residentKiB() }
    }
    let late = residentKiB()
    let growth = Double(late) / Double(max(early, 1)) - 1
    print(
        "memory: \(early) KiB after \(max(1, calls / 10)) calls, \(late) KiB after \(calls), "
            + String(format: "%+.2f %%", growth * 100)
    )
}
