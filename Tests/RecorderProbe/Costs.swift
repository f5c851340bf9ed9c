import Foundation
import Telemetry

/// Records spans and nothing else, for tools that count what that takes; then prints the resident memory in KiB.
func recordForCosts(to path: String, _ kind: String, _ count: Int) throws {
    let telemetry = try Telemetry(logFile: path)
    let model = "SmolLM2-135M-Instruct"
    // In a task, as agents are: outside of one, task-locals are kept on the heap.
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        recordAll(telemetry, model, kind, count)
        done.signal()
    }
    done.wait()
    telemetry.flush(timeout: .seconds(60))
    #if os(Linux)
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    print(line?.split(whereSeparator: { !$0.isNumber }).first ?? "0")
    #endif
    telemetry.close()
}

private func recordAll(_ telemetry: Telemetry, _ model: String, _ kind: String, _ count: Int) {
    telemetry.withTrace("costs") { _ in
        for _ in 0..<count {
            if kind == "typed" { recordTyped(telemetry, model) } else { recordScoped(telemetry, model) }
        }
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
