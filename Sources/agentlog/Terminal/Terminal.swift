import Telemetry
import TelemetryLog

// Without Foundation, which takes longer to load than most logs take to read.
#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("agentlog: unknown C library. Add its module here; it must have POSIX terminals and clocks.")
#endif

/// Where a command's output goes, and what is known of it.
struct Terminal: Sendable {
    var isTerminal: Bool
    var isErrorTerminal: Bool
    var size: (columns: Int, rows: Int)
    var environment: [String: String]
    var now: Timestamp
    var write: @Sendable (String) -> Void
    var writeError: @Sendable (String) -> Void
    /// Shows how far reading has come, where somebody looks.
    var progress: ProgressBar?
    /// Whether what goes on for ever is to end; a test's way out.
    var shouldStop: @Sendable () -> Bool = { false }

    /// The process's own.
    static var standard: Terminal {
        var environment: [String: String] = [:]
        for name in ["COLUMNS", "LINES", "NO_COLOR", "TERM"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        let (isTerminal, isErrorTerminal) = (isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1)
        let columns = (size(of: STDERR_FILENO) ?? (80, 24)).columns
        let progress = isErrorTerminal ? ProgressBar(columns: columns) { writeAll($0, STDERR_FILENO) } : nil
        return Terminal(
            isTerminal: isTerminal,
            isErrorTerminal: isErrorTerminal,
            size: size(of: STDOUT_FILENO)
                ?? (environment["COLUMNS"].flatMap { Int($0) } ?? 80, environment["LINES"].flatMap { Int($0) } ?? 24),
            environment: environment,
            now: .now,
            write: { text in
                if isTerminal { progress?.clear() }
                writeAll(text, STDOUT_FILENO)
            },
            writeError: { text in
                progress?.clear()
                writeAll(text, STDERR_FILENO)
            },
            progress: progress
        )
    }

    /// Sets a program up whose output may have a reader that goes early: `write` tells it, not a signal.
    static func begin() { signal(SIGPIPE, SIG_IGN) }

    /// Ends the program.
    static func end(_ code: Int32) -> Never { exit(code) }

    /// Waits.
    static func sleep(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    private static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes everything; a reader that has gone, as `head` does, ends the program in silence.
    private static func writeAll(_ text: String, _ descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = systemWrite(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count < 0, errno == EAGAIN {
                    // Somebody made it non-blocking: what is on the other side needs time.
                    var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&output, 1, -1)
                } else if count == 0 || errno != EINTR {
                    endUnwritten(errno, descriptor)
                }
            }
        }
    }

    private static func endUnwritten(_ error: Int32, _ descriptor: Int32) -> Never {
        if error == EPIPE { exit(0) }
        if descriptor == STDOUT_FILENO {
            let reason = String(cString: strerror(error))
            writeAll("agentlog: standard output: \(reason). Free some space, or write elsewhere.\n", STDERR_FILENO)
        }
        exit(2)
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
        reader.mapsFiles = true
        reader.onProgress = progress?.show
        return reader
    }

    func print(_ json: JSONValue) { write("\(json)\n") }
}

extension Timestamp {
    /// The time of day.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// `write(2)`, which a member of ``Terminal`` hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
