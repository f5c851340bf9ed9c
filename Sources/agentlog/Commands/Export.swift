import Telemetry
import TelemetryLog

extension Command {
    static let export = Command(
        name: "export",
        summary: "write spans for spreadsheets, OpenTelemetry or ui.perfetto.dev",
        options: [
            Option(name: "csv", help: "comma-separated values, one line a span"),
            Option(name: "otlp", help: "OTLP/JSON lines, as an OpenTelemetry Collector's file receiver reads them"),
            Option(name: "perfetto", help: "a trace to open at ui.perfetto.dev"),
            Option(
                name: "output",
                short: "o",
                value: "FILE",
                help: "write there instead of to standard output",
                isFile: true
            ),
            Option(name: "trace", value: "ID", help: "only the trace whose id begins so"),
        ] + Options.filter,
        fields: ["file", "spans"],
        examples: [
            ("agentlog export --csv -o spans.csv", "everything, for a spreadsheet"),
            ("agentlog export --perfetto --trace 4bf92f35 -o trace.json", "one trace, for ui.perfetto.dev"),
            ("agentlog export --otlp --since 1h | gzip > spans.otlp.gz", "the last hour, for a Collector"),
        ]
    ) { arguments, terminal in
        let formats = ExportFormat.allCases.filter { arguments.has($0.rawValue) }
        guard formats.count == 1, let format = formats.first else {
            throw UsageError("export: give one of --csv, --otlp and --perfetto.")
        }
        let filter = try arguments.filter(now: terminal.now)
        let reader = terminal.reader(arguments.logs)
        let path = arguments["output"] ?? "-"
        let count: Int
        if path == "-" {
            // Programs get what the log has; on a terminal nothing of it acts.
            let write = terminal.isTerminal ? { terminal.write(harmless($0)) } : terminal.write
            count = try reader.export(format, matching: filter, trace: arguments["trace"], write: write)
        } else {
            let file = try OutputFile(path)
            count = try reader.export(format, matching: filter, trace: arguments["trace"]) { file.write($0) }
            try file.close()
        }
        terminal.tellWritten(
            path,
            "\(Format.plural(count, "span")) written to \(Escaping.plain(path))",
            arguments.has("json") ? ["file": .string(path), "spans": .integer(count)] : nil
        )
        return 0
    }
}

/// An export's text with what could act on a terminal escaped.
private func harmless(_ text: String) -> String {
    Escaping.lines(text.replacing("\r\n", with: "\n")).joined(separator: "\n")
}

extension Terminal {
    /// Says what was written to `path`: in words on standard error, or as JSON on standard output, unless what was written
    /// went there.
    func tellWritten(_ path: String, _ words: String, _ json: JSONValue?) {
        if let json {
            (path == "-" ? writeError : write)("\(json)\n")
        } else if path != "-" {
            writeError(words + "\n")
        }
    }
}
