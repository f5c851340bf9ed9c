import Foundation
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
        guard let path = arguments["output"], path != "-" else {
            _ = try reader.export(format, matching: filter, trace: arguments["trace"], write: terminal.write)
            return 0
        }
        let file = try OutputFile(path)
        let count = try reader.export(format, matching: filter, trace: arguments["trace"]) { file.write($0) }
        try file.close()
        if arguments.has("json") {
            terminal.print(["file": .string(path), "spans": .integer(count)])
        } else {
            terminal.writeError("\(Format.plural(count, "span")) written to \(Escaping.plain(path))\n")
        }
        return 0
    }
}

/// A file that is written, readable for its owner only: what a log holds is nobody else's.
///
/// It is written beside its place, and takes that when it is whole; what was there stays until then.
final class OutputFile {
    private let path: String
    private let temporary: String
    private let handle: UnsafeMutablePointer<FILE>
    private var hasFailed = false
    private var isDone = false

    init(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw UsageError("\(path): not a regular file, and so not replaced. Name another file, or write to -o -.")
        }
        let slash = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        temporary = path[..<slash] + ".\(path[slash...]).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, let handle = fdopen(descriptor, "w") else {
            throw UsageError("\(path): \(String(cString: strerror(errno))). Name another file with -o FILE.")
        }
        self.path = path
        self.handle = handle
    }

    deinit {
        guard !isDone else { return }
        fclose(handle)
        unlink(temporary)
    }

    func write(_ text: String) {
        var text = text
        text.withUTF8 { if fwrite($0.baseAddress, 1, $0.count, handle) != $0.count { hasFailed = true } }
    }

    func close() throws {
        isDone = true
        let code = fclose(handle)
        guard code == 0, !hasFailed, rename(temporary, path) == 0 else {
            let error = errno
            unlink(temporary)
            throw UsageError(
                "\(path): not written whole: \(String(cString: strerror(error))). Free some space, or name another file."
            )
        }
    }
}
