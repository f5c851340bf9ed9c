// An agent's loop on the real model: two tools, one of which fails once and is called again, and then the answer.

import Agent
import Synchronization
import Telemetry

/// Looks up prices; its first call fails, as a service's may.
final class Prices: Tool {
    struct Arguments: Decodable { var item: String }
    struct Unavailable: Error, CustomStringConvertible { let description = "the service is unavailable. Try again" }

    let name = "prices"
    let description = "Tells the price of an item in euros."
    let parameters: Schema = #"{"item": "coffee" | "tea" | "milk"}"#
    let examples = [
        ToolExample("What does tea cost?", arguments: ["item": "tea"]),
        ToolExample("What does milk cost?", arguments: ["item": "milk"]),
        ToolExample("How much is coffee?", arguments: ["item": "coffee"]),
        ToolExample("What is the price of milk?", arguments: ["item": "milk"]),
        ToolExample("What is the price of coffee?", arguments: ["item": "coffee"]),
    ]
    private let calls = Atomic(0)

    func call(_ arguments: Arguments) throws -> Double {
        if calls.add(1, ordering: .relaxed).newValue == 1 { throw Unavailable() }
        return ["coffee": 3.5, "tea": 2.5, "milk": 1.2][arguments.item, default: 0]
    }
}

let path = CommandLine.arguments.dropFirst().first ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
let telemetry = try Telemetry(logFile: "multi-step.jsonl")
telemetry.clear()
let model = try await LlamaModel(path: path)
let agent = Agent(model: model, telemetry: telemetry, tools: [Calculator(), Prices()])

// So small a model seldom comes to an end by itself: the steps are limited to those that are needed, and then it answers.
let goals = [("What does coffee cost?", 2), ("Multiply 42 by 7.", 1)]
let traceID = try await telemetry.withTrace("two questions", userID: "ada") { trace in
    for (goal, maxSteps) in goals {
        let result = try await agent.run(goal, limits: RunLimits(steps: maxSteps))
        print(goal)
        for step in result.steps {
            let outcome = step.result.map { "= \($0)" } ?? "failed: \(step.error ?? "")"
            print("  \(step.request.tool) \(step.request.arguments) \(outcome)")
        }
        print("  \(result.stopReason): \(result.answer ?? "")")
    }
    return trace.traceID
}
telemetry.close()
print("\n\(SpanTree(telemetry.spans(in: traceID)))")
telemetry.printSummary()
