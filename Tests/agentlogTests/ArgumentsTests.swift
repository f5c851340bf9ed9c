import Foundation
import Telemetry
import TelemetryLog
import Testing

@testable import agentlog

@Suite struct ArgumentsTests {
    @Test func `options may stand anywhere and in any of the usual forms`() throws {
        let words = ["--limit=5", "a", "-l", "x.jsonl", "y.jsonl", "--failed", "--", "-b"]
        var command = Command.traces
        command.operandCount = 0...9
        let arguments = try Arguments(words, of: command)
        #expect(arguments["limit"] == "5" && arguments.has("failed"))
        #expect(arguments.logs == ["x.jsonl", "y.jsonl"] && arguments.operands == ["a", "-b"])
        #expect(try Arguments(["-n7"], of: .traces)["limit"] == "7")
    }

    @Test(arguments: [
        (["--nope"], "--nope: no such option. Run 'agentlog traces --help' to see all."),
        (["--limt", "3"], "--limt: no such option. Did you mean --limit? Run 'agentlog traces --help' to see all."),
        (["--limit"], "--limit: a value is missing. Write --limit N."),
        (["--limit", "x"], "--limit: 'x' is not a count. Write a whole number, such as 20."),
        (["--failed=1"], "--failed: takes no value. Leave it out."),
        (["--color", "red"], "--color: 'red' is none of auto, always, never."),
        (["a.jsonl"], "'a.jsonl': too much. To read a log, write --log a.jsonl."),
        (["extra"], "'extra': too much. Run 'agentlog traces --help' for what may stand here."),
        (
            ["--since", "soon"],
            "--since: 'soon' is neither a duration nor a time. Write 1h, 2026-01-15 or 2026-01-15T10:30:00Z."
        ),
        (
            ["--slower-than", "2"],
            "--slower-than: '2' is not a duration. Write a number with its unit: 500ms, 2s, 1m, 1h, 7d."
        ),
    ]) func `what is wrong with a command line is said, with exit code 2`(words: [String], message: String) {
        let run = run(["traces"] + words)
        #expect(run.code == 2 && run.output.isEmpty)
        #expect(run.errors == "agentlog: \(message)\n")
    }

    @Test func `an unknown command is named, with the nearest`() {
        #expect(
            agentlog("trces").errors
                == "agentlog: trces: no such command. Did you mean traces? Run 'agentlog --help' to see all.\n"
        )
        #expect(
            agentlog("a.jsonl").errors
                == "agentlog: a.jsonl: no such command. To read a log, write: agentlog --log a.jsonl\n"
        )
        #expect(
            agentlog("trace").errors == "agentlog: trace: ID is missing. Run 'agentlog trace --help' for examples.\n"
        )
    }

    @Test func `options of every command may stand before its name`() throws {
        let log = try SampleLog()
        let expected = agentlog("traces", "--log", log.path, "--json", "--limit", "1").output
        for words in [
            ["--log", log.path, "--json", "traces", "-n1"], ["--json", "-l", log.path, log.path, "traces", "-n1"],
            ["--log=\(log.path)", "--color", "never", "traces", "--json", "--limit=1"],
        ] {
            #expect(run(words).output == expected, "\(words)")
        }
        #expect(agentlog("--log", log.path, "--by", "user").output.contains("ada"))
        #expect(agentlog("--help", "trace").output == agentlog("trace", "--help").output)
    }

    @Test func `the version is the changelog's newest`() throws {
        let changelog = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Telemetry/Telemetry.docc/Changelog.md")
        let titles = try String(contentsOf: changelog, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("### ") && !$0.contains("Unreleased")
        }
        #expect(agentlog("--version").output == "agentlog \(try #require(titles.first).dropFirst(4))\n")
    }

    @Test func `every command has help with examples, within 80 columns`() {
        for command in AgentLog.commands {
            let run = agentlog(command.name, "--help")
            #expect(run.code == 0 && run.output.contains("Examples:\n  agentlog"))
            #expect(agentlog("help", command.name).output == run.output)
            #expect(agentlog("--help").output.contains("  \(command.name) "))
            for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        for line in agentlog("--help").output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func `colours are for terminals, unless told otherwise`() throws {
        let log = try SampleLog()
        func hasColor(_ words: String..., isTerminal: Bool, _ environment: [String: String] = [:]) -> Bool {
            run(["--log", log.path] + words, isTerminal: isTerminal, environment: environment).output.contains(
                "\u{1B}["
            )
        }
        #expect(hasColor(isTerminal: true) && !hasColor(isTerminal: false))
        #expect(!hasColor(isTerminal: true, ["NO_COLOR": "1"]) && hasColor(isTerminal: true, ["NO_COLOR": ""]))
        #expect(!hasColor(isTerminal: true, ["TERM": "dumb"]))
        #expect(hasColor("--color", "always", isTerminal: false) && !hasColor("--color=never", isTerminal: true))
    }

    @Test func `durations and times are read`() throws {
        #expect(try Arguments.duration("1.5s", "") == .milliseconds(1500))
        #expect(try Arguments.duration("500ms", "") == .milliseconds(500))
        #expect(try Arguments.duration("7d", "") == .seconds(604_800))
        let now = Timestamp(microseconds: 1_768_476_600_000_000)
        #expect(try Arguments.time("1h", "", now) == now - .seconds(3600))
        #expect(try Arguments.time("2026-01-15T10:30:00Z", "", now).microseconds == 1_768_473_000_000_000)
        #expect(try Arguments.time("2026-01-15T10:30", "", now, isUTC: true).microseconds == 1_768_473_000_000_000)
    }
}
