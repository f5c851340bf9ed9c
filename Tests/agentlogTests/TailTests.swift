import Foundation
import Telemetry
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

    @Test func `following shows what comes, once`() async throws {
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
        async let code = Task.detached { AgentLog.run(["tail", "-f", "-n1", "--log", path], following) }.value
        while !output.text.contains("fail") { try await Task.sleep(for: .milliseconds(10)) }
        telemetry.log("note", name: "first one")
        telemetry.log("note", name: "last one")
        telemetry.close()
        #expect(await code == 0)
        #expect(output.text.split(separator: "\n").count == 3, "\(output.text)")
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
    }
}
