import Synchronization
import Telemetry
import TelemetryLog

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("agentlog: unknown C library. Add its module here; it must have POSIX terminals and signals.")
#endif

extension Command {
    static let top = Command(
        name: "top",
        summary: "watch live figures: rates, errors, latency, what is running",
        options: [
            Option(name: "window", value: "TIME", help: "how far back figures reach (5m)"),
            Option(name: "once", help: "print the figures once, and end"),
        ],
        fields: ["window_ms", "spans", "traces", "failed_traces", "rows", "running", "failed_spans"],
        examples: [
            ("agentlog top", "watch the agent that records in this folder"),
            ("agentlog top --window 1m --log /var/log/agent.jsonl", "only the last minute"),
            ("agentlog top --json | jq .failed_traces", "the figures of now, for a program"),
        ]
    ) { arguments, terminal in
        let window = try arguments["window"].map { try Arguments.duration($0, "--window") } ?? .seconds(300)
        guard let path = arguments.logs.last, path != "-" else {
            throw UsageError("top: standard input ends, and can't be watched. Name a file with --log FILE.")
        }
        let isOnce = arguments.has("json") || arguments.has("once") || !terminal.isTerminal
        // Opened before the log is read, so that nothing in between is lost; figures take the same record once.
        var follower = try LogFollower(path)
        var figures = LiveFigures(window: window)
        var filter = LogFilter()
        filter.since = terminal.now - window - .seconds(3600)
        var latest: [Span] = []
        do throws(LogError) {
            latest = try LogReader(arguments.logs).latestRecords(20_000, matching: filter)
        } catch {
            // Who watches may begin before there is a log.
            guard !isOnce, error.code == .noSuchFile else { throw error }
        }
        for span in latest { figures.add(span) }
        var known = Set(latest)
        func screen(_ terminal: Terminal) -> [String] {
            figures.lines(terminal.style(arguments), rows: terminal.size.rows - 1, now: terminal.now)
        }
        guard !isOnce else {
            if arguments.has("json") {
                terminal.print(figures.json(now: terminal.now))
            } else {
                terminal.write(screen(terminal).joined(separator: "\n") + "\n")
            }
            return 0
        }
        let session = FullScreen(terminal)
        defer { session.leave() }
        while !session.isOver(), !terminal.shouldStop() {
            try follower.next { result in
                if case .success(let span) = result, known.remove(span) == nil { figures.add(span) }
            }
            var now = terminal
            (now.now, now.size) = (.now, Terminal.standard.size)
            session.draw(screen(now))
            session.wait(milliseconds: 500)
        }
        return 0
    }
}

/// The terminal's other screen, without a cursor and without echo; it is left as it was found, also on a signal.
private final class FullScreen {
    private let terminal: Terminal
    private var saved = termios()
    private let hasInput: Bool
    private var isKeyPressed = false

    init(_ terminal: Terminal) {
        self.terminal = terminal
        hasInput = tcgetattr(STDIN_FILENO, &saved) == 0
        for code in [SIGINT, SIGTERM, SIGHUP] { signal(code) { _ in wasSignalled.store(true, ordering: .relaxed) } }
        enter()
    }

    private func enter() {
        signal(SIGTSTP) { _ in wasSuspended.store(true, ordering: .relaxed) }
        if hasInput {
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        terminal.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    func leave() {
        terminal.write("\u{1B}[?25h\u{1B}[?1049l")
        if hasInput { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
        for code in [SIGINT, SIGTERM, SIGHUP, SIGTSTP] { signal(code, SIG_DFL) }
    }

    /// Gives the terminal back while the process is stopped (Ctrl-Z), and takes it again when it goes on.
    private func suspend() {
        terminal.write("\u{1B}[?25h\u{1B}[?1049l")
        if hasInput { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
        signal(SIGTSTP, SIG_DFL)
        raise(SIGTSTP)
        wasSuspended.store(false, ordering: .relaxed)
        enter()
    }

    func isOver() -> Bool { isKeyPressed || wasSignalled.load(ordering: .relaxed) }

    /// Redraws in place: each line over the old one, so that nothing flickers.
    func draw(_ lines: [String]) {
        terminal.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// Waits for a key, a signal, or the time.
    func wait(milliseconds: Int32) {
        defer { if wasSuspended.load(ordering: .relaxed) { suspend() } }
        guard hasInput else {
            usleep(UInt32(milliseconds) * 1000)
            return
        }
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, milliseconds) > 0 else { return }
        var key: UInt8 = 0
        let count = read(STDIN_FILENO, &key, 1)
        // q, Ctrl-D, or no terminal behind it any more.
        isKeyPressed = count <= 0 || key == UInt8(ascii: "q") || key == 4
    }
}

/// Set by a signal's handler, which may do no more than that.
private let wasSignalled = Atomic<Bool>(false)
private let wasSuspended = Atomic<Bool>(false)
