import Telemetry
import TelemetryLog

extension Command {
    static let compare = Command(
        name: "compare",
        summary: "show what changed from one log to another, and how sure that is",
        operands: ["[A B]"],
        operandCount: 0...2,
        takesFiles: true,
        options: [
            Option(name: "before", value: "WHEN", help: "in one log: the first part ends then"),
            Option(name: "after", value: "WHEN", help: "in one log: the second part begins then"),
        ],
        fields: ["rows", "only_before", "only_after"],
        examples: [
            ("agentlog compare monday.jsonl tuesday.jsonl", "two logs"),
            ("agentlog compare --after 2026-01-15T12:00", "what changed at noon, in one log"),
            ("agentlog compare --before 1d --after 1h", "the last hour against all until yesterday"),
        ]
    ) { arguments, terminal in
        let (before, after) = try sides(arguments, terminal)
        let comparison = Comparison(before: before, after: after)
        if arguments.has("json") {
            terminal.print(comparison.json)
        } else {
            terminal.write(comparison.text(terminal.style(arguments)))
        }
        return 0
    }

    private static func sides(_ arguments: Arguments, _ terminal: Terminal) throws -> (LogSummary, LogSummary) {
        func time(_ name: String) throws -> Timestamp? {
            try arguments[name].map { try Arguments.time($0, "--\(name)", terminal.now, isUTC: arguments.has("utc")) }
        }
        let (before, after) = (try time("before"), try time("after"))
        if arguments.operands.count == 2 {
            guard before == nil, after == nil else {
                throw UsageError("compare: two logs and a time are too much. Give either.")
            }
            let sides = arguments.operands.map { terminal.reader([$0]) }
            return (try sides[0].summary(), try sides[1].summary())
        }
        guard arguments.operands.isEmpty, let end = before ?? after, let begin = after ?? before else {
            throw UsageError("compare: name two logs, or a time with --before or --after.")
        }
        let reader = terminal.reader(arguments.logs)
        return (try reader.summary(until: end), try reader.summary(since: begin))
    }
}
