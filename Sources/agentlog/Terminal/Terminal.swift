import Foundation
import Synchronization
import Telemetry
import TelemetryLog

/// Where a command's output goes, and what is known of it.
struct Terminal: Sendable {
    var isTerminal: Bool
    var isErrorTerminal: Bool
    var size: (columns: Int, rows: Int)
    var environment: [String: String]
    var now: Timestamp
    var write: @Sendable (String) -> Void
    var writeError: @Sendable (String) -> Void
    /// Whether what goes on for ever is to end; a test's way out.
    var shouldStop: @Sendable () -> Bool = { false }

    /// The process's own.
    static var standard: Terminal {
        let environment = ProcessInfo.processInfo.environment
        return Terminal(
            isTerminal: isatty(STDOUT_FILENO) == 1,
            isErrorTerminal: isatty(STDERR_FILENO) == 1,
            size: currentSize(environment),
            environment: environment,
            now: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)),
            write: { writeAll($0, STDOUT_FILENO) },
            writeError: { writeAll($0, STDERR_FILENO) }
        )
    }

    private static func currentSize(_ environment: [String: String]) -> (columns: Int, rows: Int) {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return (Int(size.ws_col), Int(size.ws_row))
        }
        return (environment["COLUMNS"].flatMap { Int($0) } ?? 80, environment["LINES"].flatMap { Int($0) } ?? 24)
    }

    /// Writes everything; a reader that has gone, as `head` does, ends the program in silence.
    private static func writeAll(_ text: String, _ descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count == 0 || errno != EINTR {
                    exit(errno == EPIPE ? 0 : 2)
                }
            }
        }
    }

    /// How text is to be shown.
    func style(_ arguments: Arguments) -> TextStyle {
        let hasColor =
            switch arguments["color"] ?? "auto" {
            case "always": true
            case "never": false
            // https://no-color.org: whatever its value, if it has one.
            default: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
            }
        return TextStyle(width: min(160, size.columns), hasColor: hasColor, isUTC: arguments.has("utc"))
    }

    /// The reader of a command's log, which shows its progress on a terminal.
    func reader(_ logs: [String]) -> LogReader {
        var reader = LogReader(logs)
        if isErrorTerminal { reader.onProgress = ProgressBar(self).show }
        return reader
    }

    func print(_ json: JSONValue) { write("\(json)\n") }
}

/// A bar on standard error, from one second of reading on; it is gone when the reading is over.
final class ProgressBar: Sendable {
    private let terminal: Terminal
    private let start = ContinuousClock().now
    private let state = Mutex((shown: -1, isDone: false))

    init(_ terminal: Terminal) { self.terminal = terminal }

    func show(_ progress: ReadingReport.Progress) {
        guard progress.total > 0, ContinuousClock().now - start > .seconds(1) else { return }
        state.withLock { state in
            if progress.bytes >= progress.total {
                if state.shown >= 0, !state.isDone { terminal.writeError("\r\u{1B}[K") }
                state.isDone = true
                return
            }
            let share = Double(progress.bytes) / Double(progress.total)
            guard !state.isDone, Int(share * 100) > state.shown else { return }
            state.shown = Int(share * 100)
            let filled = Int(share * 30)
            let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: 30 - filled)
            terminal.writeError("\rReading \(bar) \(state.shown) % of \(Format.bytes(progress.total))\u{1B}[K")
        }
    }
}
