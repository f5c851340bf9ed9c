import Agent
import Foundation
import Telemetry

/// The lesson's example: a structured call, a tool that is requested and executed, and a fact that is stored and then
/// recalled.
///
/// All that is in the log, the agent recorded itself.
struct Lesson {
    let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() async throws {
        // The model first: without one, the last run's log stays as it is.
        let model = try await arguments.answerer.load()
        let telemetry = try Telemetry(logFile: arguments.log)
        telemetry.clear()
        let agent = Agent(model: model, telemetry: telemetry, tools: [Calculator()])

        let traceID = try await telemetry.withTrace("lesson 12") { trace in
            print("Trace ID: \(trace.traceID.short)\n")

            let answer = try await agent.generateStructured("What is Python?", schema: #"{"answer": string 1..200}"#)
            print("Structured   What is Python?\n             \(answer)\n")

            let request = try await agent.requestTool("What is 42 times 7?")
            let result = try await agent.execute(request)
            print("Tool         What is 42 times 7?\n             \(request.tool) \(request.arguments) = \(result)\n")

            agent.memory.add("The user's name is Ada.")
            let reply = try await agent.reply(to: "What is my name?")
            print("Memory       What is my name?\n             \(reply)\n")
            return trace.traceID
        }
        telemetry.flush()
        telemetry.printSummary()
        print("\nThe trace\n\n\(SpanTree(telemetry.spans(in: traceID)))")
        print(
            """
            The log is \(arguments.log). This trace alone:

                grep \(traceID.short) \(shellWord(arguments.log))
            """
        )
    }

    /// The path as one word of a shell's command.
    private func shellWord(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "._/-".utf8.contains(byte)
        }
        return isPlain ? path : "'" + path.replacing("'", with: #"'\''"#) + "'"
    }
}
