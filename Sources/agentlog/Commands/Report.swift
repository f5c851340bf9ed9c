import Telemetry
import TelemetryLog

extension Command {
    static let report = Command(
        name: "report",
        summary: "write one HTML page: health, charts, and traces as waterfalls",
        options: [
            Option(name: "output", short: "o", value: "FILE", help: "write there; - is standard output", isFile: true),
            Option(name: "limit", short: "n", value: "N", help: "show the spans of so many traces at most (10000)"),
        ] + Options.times,
        fields: ["file", "bytes", "traces", "spans", "has_all_traces"],
        examples: [
            ("agentlog report -o report.html", "a page to open in a browser, without a network"),
            ("agentlog report --since 1d -o today.html", "today's"),
        ]
    ) { arguments, terminal in
        guard let path = arguments["output"] else {
            throw UsageError("report: where to? Name a file with -o FILE; -o - is standard output.")
        }
        let filter = try arguments.filter(now: terminal.now)
        var options = ReportOptions()
        (options.since, options.until, options.isUTC) = (filter.since, filter.until, arguments.has("utc"))
        options.mostTraces = try arguments.number("limit", or: options.mostTraces)
        let reader = terminal.reader(arguments.logs)
        let contents: ReportContents
        if path == "-" {
            contents = try reader.report(options, write: terminal.write)
        } else {
            let file = try OutputFile(path)
            contents = try reader.report(options) { file.write($0) }
            try file.close()
        }
        if !contents.hasAllTraces, !arguments.has("json") {
            terminal.writeError(
                "The page has the spans of \(Format.plural(contents.traces, "trace")): the failing, the slowest and the "
                    + "newest. Its figures are of the whole log.\n"
            )
        }
        terminal.tellWritten(
            path,
            "\(Escaping.plain(path)): \(Format.bytes(contents.bytes))",
            arguments.has("json")
                ? [
                    "file": .string(path), "traces": .integer(contents.traces), "spans": .integer(contents.spans),
                    "has_all_traces": .bool(contents.hasAllTraces), "bytes": .integer(contents.bytes),
                ] : nil
        )
        return 0
    }
}
