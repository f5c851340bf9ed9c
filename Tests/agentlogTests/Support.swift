import Foundation
import Synchronization
import Telemetry
import TelemetryLog
import Testing

@testable import agentlog

/// What a run of the program did.
struct Run {
    var code: Int32
    var output: String
    var errors: String
    var json: JSONValue { (try? JSONValue(parsing: output)) ?? .null }
}

/// Runs a command line in a terminal of 80 columns that isn't one, at 2026-01-15T11:30:00Z.
func agentlog(_ words: String..., isTerminal: Bool = false, environment: [String: String] = [:]) -> Run {
    run(words, isTerminal: isTerminal, environment: environment)
}

func run(_ words: [String], isTerminal: Bool = false, environment: [String: String] = [:]) -> Run {
    let output = Box()
    let errors = Box()
    let terminal = Terminal(
        isTerminal: isTerminal,
        isErrorTerminal: false,
        size: (80, 24),
        environment: environment,
        now: Timestamp(microseconds: 1_768_476_600_000_000),
        write: output.append,
        writeError: errors.append
    )
    let code = AgentLog.run(words, terminal)
    return Run(code: code, output: output.text, errors: errors.text)
}

/// Text that threads add to.
final class Box: Sendable {
    private let state = Mutex("")
    var text: String { state.withLock { $0 } }
    func append(_ text: String) { state.withLock { $0 += text } }
}

/// A folder with a log that a recorder wrote: two interactions, one with a retry, a failing tool and an error.
final class SampleLog {
    let path: String
    let folder: String
    let trace: TraceID
    let failedTrace: TraceID

    init() throws {
        folder = NSTemporaryDirectory() + "agentlog-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/agent_telemetry.jsonl"
        // A clock of its own: figures and times are the same on any machine.
        let clock = ManualTimeSource()
        let telemetry = try Telemetry(logFile: path, configuration: .init(timeSource: clock))
        trace = telemetry.withTrace("What is 42 * 7?", userID: "ada", sessionID: "s1") { root in
            clock.advance(by: .milliseconds(300))
            telemetry.logLLMCall(
                model: "smol",
                promptLength: 100,
                responseLength: 0,
                duration: .milliseconds(300),
                promptTokens: 30,
                success: false,
                error: "timed out after 300 ms"
            )
            clock.advance(by: .milliseconds(200))
            telemetry.logLLMCall(
                model: "smol",
                promptLength: 100,
                responseLength: 20,
                duration: .milliseconds(200),
                promptTokens: 30,
                cachedTokens: 12,
                completionTokens: 9,
                attempt: 2,
                data: ["response": "{\"tool\":\"calculator\"}\u{1B}[31m\u{202E}"]
            )
            telemetry.logToolRequest("calculator", arguments: ["a": 42, "b": 7])
            clock.advance(by: .microseconds(120))
            telemetry.logToolCall(
                "calculator",
                arguments: ["a": 42, "b": 7],
                result: 294,
                duration: .microseconds(120)
            )
            telemetry.logMemoryOperation(.add, data: "the answer is 294")
            return root.traceID
        }
        clock.advance(by: .milliseconds(2))
        failedTrace = telemetry.withTrace("fail", userID: "bob") { root in
            clock.advance(by: .milliseconds(1))
            telemetry.logToolCall("search", duration: .milliseconds(1), error: "connection to 127.0.0.1:80 refused")
            root.fail("gave up")
            return root.traceID
        }
        telemetry.close()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var lines: [JSONValue] {
        get throws {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { try JSONValue(parsing: $0) }
        }
    }
}
