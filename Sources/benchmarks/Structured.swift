import Agent
import Foundation
import Telemetry

let structuredSummary = """
    Structured calls: forced tokens and kept prompts against llama.cpp's grammar sampler.
                --model PATH       (models/SmolLM2-135M-Instruct.Q4_1.gguf)
                --threads N        threads that compute (one less than there are cores)
                --requests N       pairs of tool requests (9); 0 leaves this or one of the next out
                --texts N          pairs of texts (9)
                --second-calls N   pairs of first and second calls (9)
                --calls N          calls of the memory measurement (1000)
    """

/// The same tool requests by both sides in turns; then strings, second calls, and memory.
func runStructured(_ arguments: [String]) async throws {
    let options = try BenchmarkOptions(
        arguments,
        benchmark: "structured",
        numbers: [
            "--threads": max(1, ProcessInfo.processInfo.activeProcessorCount - 1),
            "--requests": 9, "--texts": 9, "--second-calls": 9, "--calls": 1000,
        ]
    )
    let model = try await LlamaModel(path: options.model, contextSize: 2048, threads: options["--threads"])
    print("structured: \(options["--threads"]) threads, \(model.name), \(buildKind) build")
    if options["--requests"] > 0 { try await compareToolRequests(model, options) }
    if options["--texts"] > 0 { try await compareStrings(model, options["--texts"]) }
    if options["--second-calls"] > 0 { try await compareSecondCalls(options) }
    if options["--calls"] > 0 { try await measureMemory(model, options["--calls"]) }
}

var buildKind: String {
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

private func compareToolRequests(_ model: LlamaModel, _ options: BenchmarkOptions) async throws {
    let bareLoop = try BareLoop(path: options.model, threads: options["--threads"])
    let grammar = ToolRequests.schema.grammar
    let generation = GenerationOptions(maxTokens: 128, schema: ToolRequests.schema)
    let runs = options["--requests"]
    var comparison = Comparison("grammar sampler, no prefix", over: "forced tokens, kept prompts", "ms", .atLeast(3))
    var same = 0
    var shape = ""
    for run in -1..<runs {
        let messages = ToolRequests.messages(ToolRequests.question(run))
        var ours = (time: 0.0, text: "")
        var theirs = (time: 0.0, text: "")
        for side in run % 2 == 0 ? [0, 1] : [1, 0] {
            let start = ContinuousClock.now
            if side == 0 {
                let answer = try await model.generate(messages, options: generation)
                ours = (milliseconds(since: start), answer.text)
                shape =
                    "\(answer.promptTokens) prompt tokens, \(answer.cachedTokens) kept, "
                    + "\(answer.completionTokens) answer tokens, \(answer.forcedTokens) forced"
            } else {
                let prompt = model.renderPrompt(messages)
                theirs.text = try bareLoop.run(prompt: prompt, tokens: 128, grammar: grammar).text
                theirs.time = milliseconds(since: start)
            }
        }
        if run < 0 { continue }  // Pages the weights in, and reads the examples that all others begin with.
        if ours.text == theirs.text { same += 1 }
        comparison.append(theirs.time, over: ours.time)
    }
    print("tool request, three typed arguments (\(shape); \(same) of \(runs) answers are equal):")
    print(comparison)
}

/// Tokens per second after the first, of text in a string against text without a schema.
private func compareStrings(_ model: LlamaModel, _ runs: Int) async throws {
    let tokens = 128
    // The same text before the answer's first choice in both cases.
    let messages = [Message.user("Write a very long story about a lighthouse and its keeper, in one paragraph.")]
    var comparison = Comparison("in a string", over: "unconstrained", "tokens/s", .atLeast(0.95))
    for run in -1..<runs {
        var counts = [0, 0]
        var times = [0.0, 0.0]
        // Each side is first and last in a pair, so that a machine that slows down steadily harms both alike.
        for side in run % 2 == 0 ? [0, 1, 1, 0] : [1, 0, 0, 1] {
            let options = GenerationOptions(maxTokens: tokens, schema: side == 0 ? nil : "string 1000..2000")
            let start = ContinuousClock.now
            let answer = try await model.generate(messages, options: options)
            times[side] += milliseconds(since: start) - milliseconds(answer.timeToFirstToken ?? .zero)
            counts[side] += answer.completionTokens - answer.forcedTokens - 1
        }
        if run < 0 { continue }
        let rates = zip(counts, times).map { Double($0) / $1 * 1000 }
        comparison.append(rates[1], over: rates[0])
    }
    print("text of \(tokens) tokens, each side twice in a pair:", comparison, separator: "\n")
}

private func compareSecondCalls(_ options: BenchmarkOptions) async throws {
    let generation = GenerationOptions(maxTokens: 128, schema: ToolRequests.schema)
    var comparison = Comparison("second call", over: "first call", "ms", .atMost(0.3))
    for pair in 0..<options["--second-calls"] {
        let model = try await LlamaModel(path: options.model, contextSize: 2048, threads: options["--threads"])
        // The vocabulary's index is made for the first structured answer, whichever that is.
        _ = try await model.generate([.user("Is it so?")], options: .init(maxTokens: 4, schema: "boolean"))
        var times: [Double] = []
        for call in 0..<2 {
            let messages = ToolRequests.messages(ToolRequests.question(2 * pair + call))
            let answer = try await model.generate(messages, options: generation)
            times.append(milliseconds(answer.timeToFirstToken ?? .zero))
        }
        comparison.append(times[1], over: times[0])
    }
    print("time to first token of the same kind of call:", comparison, separator: "\n")
}

private func measureMemory(_ model: LlamaModel, _ calls: Int) async throws {
    let options = GenerationOptions(maxTokens: 64, temperature: 0.7, schema: ToolRequests.schema)
    let earlyCalls = max(1, calls / 10)
    var early = 0
    for call in 1...calls {
        // A second family now and then, so that prompts move out and in.
        let question = ToolRequests.question(call % 50)
        let messages =
            call.isMultiple(of: 10)
            ? [Message.system("You answer briefly."), .user(question)] : ToolRequests.messages(question)
        _ = try await model.generate(messages, options: options)
        if call == earlyCalls { early = residentKiB() }
    }
    let late = residentKiB()
    let growth = Double(late) / Double(max(early, 1))
    print("resident memory:")
    print("  \(early) KiB after \(earlyCalls) calls, \(late) KiB after \(calls)")
    print("  ratio " + String(format: "%.4f", growth) + ", " + Requirement.atMost(1.05).verdict(on: growth))
}

/// What is promised of a ratio.
enum Requirement {
    case atLeast(Double), atMost(Double)

    func verdict(on ratio: Double) -> String {
        let (isReached, words) =
            switch self {
            case .atLeast(let bound): (ratio >= bound, "at least \(bound)")
            case .atMost(let bound): (ratio <= bound, "at most \(bound)")
            }
        return "required: \(words), \(isReached ? "reached" : "NOT REACHED")"
    }
}

/// Two sides that are measured in pairs, and the ratio of the first to the second that is promised.
///
/// What counts is the median of the pairs' ratios: a machine that is busy for a while harms both sides of a pair.
struct Comparison: CustomStringConvertible {
    private var numerator: Samples
    private var denominator: Samples
    private var ratio: Samples
    private var ratios: [Double] = []
    private let requirement: Requirement

    init(_ numerator: String, over denominator: String, _ unit: String, _ requirement: Requirement) {
        let width = max(numerator.count, denominator.count, 5)
        func padded(_ name: String) -> String { name.padding(toLength: width, withPad: " ", startingAt: 0) }
        self.numerator = Samples(padded(numerator), unit)
        self.denominator = Samples(padded(denominator), unit)
        ratio = Samples(padded("ratio"), "")
        self.requirement = requirement
    }

    mutating func append(_ numerator: Double, over denominator: Double) {
        self.numerator.append(numerator)
        self.denominator.append(denominator)
        ratio.append(numerator / denominator)
        ratios.append(numerator / denominator)
    }

    var description: String {
        let median = ratios.sorted()[ratios.count / 2]
        return "\(numerator)\n\(denominator)\n\(ratio), \(requirement.verdict(on: median))"
    }
}
