import Foundation
import Telemetry
@testable import TelemetryLog
import Testing

@testable import agentlog

@Suite struct TailTests {
    @Test func `the latest spans are shown on a line each`() throws {
        let log = try SampleLog()
        let run = agentlog("tail", "-n", "3", "--log", log.path)
        let lines = run.output.split(separator: "\n")
        #expect(run.code == 0 && lines.count == 3)
        #expect(lines[1].contains("tool_call search  ✗ connection to 127.0.0.1:8"))
        #expect(agentlog("tail", "--failed", "--log", log.path).output.split(separator: "\n").count == 3)
        #expect(agentlog("tail", "-n", "1", "--json", "--log", log.path).json["error"] == "gave up")
    }

    @Test(.blocking, .endsIfStuck) func `following shows what comes, once`() async throws {
        let log = try SampleLog()
        let output = Box()
        var terminal = Terminal(
            isTerminal: false,
            isErrorTerminal: false,
            size: (80, 24),
            environment: [:],
            now: Timestamp(microseconds: 0),
            write: output.append,
            writeError: output.append
        )
        terminal.shouldStop = { output.text.contains("last one") }
        let telemetry = try Telemetry(logFile: log.path)
        let path = log.path
        let following = terminal
        async let code = AgentLog.run(["tail", "-f", "-n1", "--log", path], following)
        while !output.text.contains("fail") { try await Task.sleep(for: .milliseconds(10)) }
        telemetry.log("note", name: "first one")
        telemetry.log("note", name: "last one")
        telemetry.close()
        #expect(await code == 0)
        #expect(output.text.split(separator: "\n").count == 3, "\(output.text)")
    }
}

@Suite struct SpansOfUserTests {
    private func span(_ id: UInt64, trace: UInt64, parent: UInt64?, user: String? = nil) throws -> Span {
        Span(
            id: try #require(SpanID(bits: id)),
            traceID: try #require(TraceID(high: 1, low: trace)),
            parentID: parent.flatMap { SpanID(bits: $0) },
            eventType: "x",
            timestamp: Timestamp(microseconds: 0),
            data: user.map { ["user_id": .string($0)] } ?? [:]
        )
    }

    @Test func `spans wait until their root says whose they are`() throws {
        var ada = SpansOfUser("ada")
        let (child, other) = (try span(2, trace: 1, parent: 1), try span(4, trace: 2, parent: 3))
        #expect(ada.take(child).isEmpty && ada.take(other).isEmpty)
        #expect(ada.take(try span(3, trace: 2, parent: nil, user: "bob")).isEmpty)
        let root = try span(1, trace: 1, parent: nil, user: "ada")
        #expect(ada.take(root) == [child, root] && ada.take(child) == [child] && ada.take(other).isEmpty)
        var anyone = SpansOfUser(nil)
        #expect(anyone.take(child) == [child])
    }

    @Test func `what waits is bounded`() throws {
        var ada = SpansOfUser("ada")
        for id in 2...25_000 as ClosedRange<UInt64> { #expect(ada.take(try span(id, trace: 1, parent: 1)).isEmpty) }
        let shown = ada.take(try span(1, trace: 1, parent: nil, user: "ada"))
        #expect(shown.count > 10_000 && shown.count < 20_001 && shown.last?.id.bits == 1)
    }
}

@Suite struct ProgressBarTests {
    private func shown(columns: Int, _ bytes: Int, of total: Int, seconds: Int = 2) -> String {
        let box = Box()
        let bar = ProgressBar(columns: columns, start: .now - .seconds(seconds), write: box.append)
        bar.show(ReadingReport.Progress(bytes: bytes, total: total))
        bar.show(ReadingReport.Progress(bytes: bytes, total: total))
        bar.clear()
        bar.clear()
        return box.text
    }

    @Test func `a bar is shown after a second, not too often, and taken away once`() {
        let half = String(repeating: "━", count: 15) + String(repeating: "╌", count: 15)
        #expect(shown(columns: 80, 500_000, of: 1_000_000) == "\rReading \(half) 50 % of 1.0 MB\u{1B}[K\r\u{1B}[K")
        #expect(shown(columns: 80, 1, of: 2, seconds: 0) == "")
        #expect(shown(columns: 80, 1_500_000, of: 0) == "\rReading 1.5 MB\u{1B}[K\r\u{1B}[K")
        #expect(shown(columns: 80, 5, of: 4).contains("100 %"))
        #expect(shown(columns: 30, 1, of: 2).contains("Reading ━╌ 50 % of 2 B"))
    }
}

@Suite struct CompletionsTests {
    @Test(arguments: ["bash", "zsh", "fish"]) func `scripts name every command and option`(shell: String) {
        let script = agentlog("completions", shell).output
        for command in AgentLog.commands {
            #expect(script.contains(command.name))
            for option in command.options + Options.common {
                #expect(script.contains(shell == "fish" ? "-l \(option.name)" : "--\(option.name)"), "\(option.name)")
            }
        }
        #expect(
            agentlog("completions", "csh").errors == "agentlog: 'csh': no such shell here. Write bash, zsh or fish.\n"
        )
    }

    @Test func `bash completes commands, options and values`() throws {
        let script = agentlog("completions", "bash").output
        func complete(_ words: String...) throws -> [String] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            let list = words.map { "'\($0)'" }.joined(separator: " ")
            let test = "COMP_WORDS=(agentlog \(list)); COMP_CWORD=\(words.count); _agentlog; echo ${COMPREPLY[@]}"
            process.arguments = ["--norc", "-c", script + test]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        }
        #expect(try complete("tr") == ["traces", "trace"])
        #expect(try complete("summary", "--b") == ["--by"])
        #expect(try complete("summary", "--by", "m") == ["model"])
        #expect(try complete("--color", "a") == ["auto", "always"])
        #expect(try complete("--json", "comp") == ["compare", "completions"])
    }
}
