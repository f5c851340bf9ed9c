import Foundation
import Telemetry

/// Records spans and nothing else, for tools that count what that takes; then prints the resident memory in KiB.
func recordForCosts(to path: String, _ kind: String, _ count: Int) throws {
    // Nothing is dropped, however slow the disk is.
    let options = FileSinkOptions(whenFull: .wait(atMost: .seconds(600)))
    let telemetry = Telemetry(sink: try FileSink(path: path, options: options))
    let model = "SmolLM2-135M-Instruct"
    // In a task, as agents are: outside of one, task-locals are kept on the heap.
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        recordAll(telemetry, model, kind, count)
        done.signal()
    }
    done.wait()
    telemetry.flush(timeout: .seconds(600))
    #if os(Linux)
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    print(line?.split(whereSeparator: { !$0.isNumber }).first ?? "0")
    #endif
    telemetry.close()
}

private func recordAll(_ telemetry: Telemetry, _ model: String, _ kind: String, _ count: Int) {
    telemetry.withTrace("costs") { _ in
        let body: (Int) -> Void =
            switch kind {
            case "typed": { _ in recordTyped(telemetry, model) }
            case "scoped": { _ in recordScoped(telemetry, model) }
            case "clean4k", "hostile4k": recordPrompts(telemetry, kind == "clean4k" ? cleanPrompt : hostilePrompt)
            default: { place in recordText(telemetry, place) }
            }
        for place in 0..<count { body(place) }
    }
}

private func recordTyped(_ telemetry: Telemetry, _ model: String) {
    telemetry.logLLMCall(
        model: model,
        promptLength: 256,
        responseLength: 89,
        duration: .milliseconds(1523),
        promptTokens: 64,
        completionTokens: 22
    )
}

private func recordScoped(_ telemetry: Telemetry, _ model: String) {
    telemetry.withSpan(.llmCall, name: model) { span in
        span["model"] = model
        span["prompt_length"] = 256
        span["response_length"] = 89
        span["prompt_tokens"] = 64
        span["completion_tokens"] = 22
        span["success"] = true
    }
}

private let cleanPrompt = "The quick brown fox jumps over the lazy dog and runs on. "
private let hostilePrompt = "print(\"1\")\nreturn \"abc\" "

private func recordPrompts(_ telemetry: Telemetry, _ sentence: String) -> (Int) -> Void {
    let prompt = JSONValue.string(String(String(repeating: sentence, count: 200).prefix(4096)))
    return { _ in telemetry.log("prompt", data: ["prompt": prompt]) }
}

/// A text of all kinds of characters, and a number, each of them said in another way, too: whoever reads the log can tell
/// whether both have come through.
private func recordText(_ telemetry: Telemetry, _ place: Int) {
    var state = UInt64(place) &+ 1
    func random(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    let pool = Array(
        "abc XYZ 012 .,\"\\/\n\t\r\0\u{1B}\u{7F}\u{85}\u{A0}éß漢字\u{61C}\u{2028}\u{202E}\u{2066}😀\u{10FFFF}"
            .unicodeScalars
    )
    // Mostly plain, so that both what is copied at once and what is escaped comes.
    let plain = random(below: 40)
    let scalars = (0..<random(below: 300)).map { _ in
        random(below: 40) < plain ? pool[random(below: 8)] : pool[random(below: pool.count)]
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    let number = Int(truncatingIfNeeded: state &* 0x9E37_79B9_7F4A_7C15) >> random(below: 64)
    telemetry.log(
        "text",
        duration: .microseconds(random(below: 100_000_000)),
        data: [
            "text": .string(String(text)), "codes": .array(scalars.map { .integer(Int($0.value)) }),
            "count": .integer(number), "digits": .string(String(number)),
        ]
    )
}
