import Telemetry
import TelemetryLog

// What each command reads and prints. The library does both; a command says what, and in which form.

extension Command {
    static let summary = Command(
        name: "summary",
        summary: "show counts, errors, latency, tokens, and the slowest trace",
        options: [
            Option(
                name: "by",
                value: "WHAT",
                help: "group by type, model, tool, user or hour",
                choices: LogSummary.Grouping.allCases.map(\.rawValue)
            )
        ] + Options.times,
        fields: Fields.reading + [
            "start", "end", "spans", "traces", "failed_traces", "grouping", "rows", "slowest_trace", "failures",
            "dropped_spans", "repaired_lines",
        ],
        examples: [
            ("agentlog", "the figures of agent_telemetry.jsonl"),
            ("agentlog summary --by model --since 1d", "today's figures of each model"),
            ("agentlog summary --log yesterday.jsonl --json | jq .rows", "figures for a program"),
        ]
    ) { arguments, terminal in
        let grouping = arguments["by"].flatMap { LogSummary.Grouping(rawValue: $0) } ?? .type
        let filter = try arguments.filter(now: terminal.now)
        let summary = try terminal.reader(arguments.logs)
            .summary(by: grouping, since: filter.since, until: filter.until)
        if arguments.has("json") {
            terminal.print(summary.json)
        } else {
            terminal.write(summary.text(terminal.style(arguments)))
        }
        return 0
    }

    static let traces = Command(
        name: "traces",
        summary: "list traces, the newest first",
        options: Options.filter + [Option(name: "limit", short: "n", value: "N", help: "at most so many (20)")],
        fields: Fields.reading + ["total", "traces"],
        examples: [
            ("agentlog traces --failed --since 1h", "what went wrong in the last hour"),
            ("agentlog traces --slower-than 2s --user ada", "slow interactions of one user"),
            ("agentlog traces --grep 'division by zero'", "traces with a text in one of their spans"),
        ]
    ) { arguments, terminal in
        let limit = try arguments.number("limit", or: 20)
        let filter = try arguments.filter(now: terminal.now)
        let (traces, total, report) = try terminal.reader(arguments.logs).traces(matching: filter, limit: limit)
        if arguments.has("json") {
            var object = report.json
            object["total"] = total
            object["traces"] = JSONValue.array(traces.map(\.json))
            terminal.print(.object(object))
        } else {
            terminal.write(ListText.traces(traces, total: total, terminal.style(arguments)))
        }
        return 0
    }

    static let trace = Command(
        name: "trace",
        summary: "show a trace as a tree with a waterfall, and where its time went",
        operands: ["ID"],
        operandCount: 1...1,
        options: [Option(name: "full", help: "show inputs and outputs too")],
        fields: ["trace_id", "timestamp", "duration_ms", "bottleneck", "spans"],
        examples: [
            ("agentlog trace 4bf92f35", "any digits will do that only one id begins with"),
            ("agentlog trace 4bf92f35 --full | less -R", "with prompts, answers, arguments and results"),
        ]
    ) { arguments, terminal in
        let trace = try terminal.reader(arguments.logs).trace(arguments.operands[0])
        if arguments.has("json") {
            terminal.print(trace.json)
        } else {
            terminal.write(trace.text(terminal.style(arguments), isFull: arguments.has("full")))
        }
        return 0
    }

    static let span = Command(
        name: "span",
        summary: "show all that is known of a span",
        operands: ["ID"],
        operandCount: 1...1,
        fields: Fields.line,
        examples: [("agentlog span 00f067aa", "any digits will do that only one id begins with")]
    ) { arguments, terminal in
        let (span, isUnfinished) = try terminal.reader(arguments.logs).span(arguments.operands[0])
        if arguments.has("json") {
            terminal.write("\(span)\n")
        } else {
            terminal.write(span.text(terminal.style(arguments), isUnfinished: isUnfinished))
        }
        return 0
    }

    static let failures = Command(
        name: "failures",
        summary: "list failures by cause, with an example trace each",
        options: Options.filter.filter { $0.name != "failed" },
        fields: Fields.reading + ["failures"],
        examples: [
            ("agentlog failures", "what fails most"),
            ("agentlog failures --event tool_call --since 1d", "which tools failed today, and why"),
        ]
    ) { arguments, terminal in
        let filter = try arguments.filter(now: terminal.now)
        let (groups, report) = try terminal.reader(arguments.logs).failures(matching: filter)
        if arguments.has("json") {
            var object = report.json
            object["failures"] = JSONValue.array(groups.map(\.json))
            terminal.print(.object(object))
        } else {
            terminal.write(ListText.failures(groups, terminal.style(arguments)))
        }
        return 0
    }

    static let check = Command(
        name: "check",
        summary: "check every line against the schema; exit with 1 for a bad one",
        fields: Fields.reading + ["problems"],
        examples: [("agentlog check --log old.jsonl && gzip old.jsonl", "keep only what can be read again")]
    ) { arguments, terminal in
        let report = try terminal.reader(arguments.logs).check()
        if arguments.has("json") {
            terminal.print(report.checkJSON)
        } else {
            terminal.write(report.text(terminal.style(arguments)))
        }
        return report.badLineCount > 0 ? 1 : 0
    }
}
