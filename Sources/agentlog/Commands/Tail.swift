import Telemetry
import TelemetryLog

extension Command {
    static let tail = Command(
        name: "tail",
        summary: "show the latest spans, and with -f those that come",
        options: [
            Option(name: "follow", short: "f", help: "wait for more, also when the log is rotated"),
            Option(name: "lines", short: "n", value: "N", help: "at most so many to begin with (10)"),
        ] + Options.filter,
        fields: Fields.line,
        examples: [
            ("agentlog tail -f", "watch an agent at work"),
            ("agentlog tail -f --failed", "wait for failures"),
            ("agentlog tail -n 100 --event tool_call --json | jq .data", "the lines themselves, for a program"),
        ]
    ) { arguments, terminal in
        let count = try arguments.number("lines", or: 10)
        let filter = try arguments.filter(now: terminal.now)
        let style = terminal.style(arguments)
        let isJSON = arguments.has("json")
        var ofAnyone = filter
        ofAnyone.user = nil
        let fits = ofAnyone.contains
        let show: @Sendable (Span) -> Void = { span in
            terminal.write(isJSON ? "\(span)\n" : span.line(style))
        }
        guard let path = arguments.logs.last else { return 0 }
        guard arguments.has("follow") else {
            try LogReader(arguments.logs).latest(count, matching: filter).forEach(show)
            return 0
        }
        // Of standard input there is no end to begin from: all that comes is shown.
        let isInput = path == "-"
        // Opened before the log is read: what comes in between is not lost, and what comes twice is left out.
        var follower = try LogFollower(isInput ? "/dev/stdin" : path, isFromStart: isInput)
        let latest = isInput ? [] : try latest(count, of: arguments.logs, filter, terminal)
        latest.forEach(show)
        var shown = Set(latest)
        var spans = SpansOfUser(filter.user)
        while true {
            try follower.next { result in
                switch result {
                case .success(let span): spans.take(span).filter { shown.remove($0) == nil && fits($0) }.forEach(show)
                case .failure(let error):
                    terminal.writeError("agentlog: \(path): \(Escaping.plain(error.description))\n")
                }
            }
            if isInput || terminal.shouldStop() { return 0 }
            Terminal.sleep(milliseconds: 100)
        }
    }

    /// What the log has already; there may be none yet.
    private static func latest(
        _ count: Int,
        of logs: [String],
        _ filter: LogFilter,
        _ terminal: Terminal
    ) throws -> [Span] {
        do {
            return try LogReader(logs).latest(count, matching: filter)
        } catch {
            guard error.code == .noSuchFile else { throw error }
            terminal.writeError("agentlog: \(error) Waiting for it.\n")
            return []
        }
    }
}

/// Finds a user's spans as they come: a root says whose its interaction is, and mostly comes last, so that others wait for it.
struct SpansOfUser {
    /// What waits beyond so many spans, and what is known of so many traces, is forgotten.
    private static let most = 10_000

    private let user: String?
    private var isOfUser: [TraceID: Bool] = [:]
    private var waiting: [Span] = []

    /// Everybody's spans for `nil`.
    init(_ user: String?) { self.user = user }

    /// Takes a span; returns those that are now known to be the user's.
    mutating func take(_ span: Span) -> [Span] {
        guard let user else { return [span] }
        if let isOfUser = isOfUser[span.traceID] { return isOfUser ? [span] : [] }
        waiting.append(span)
        guard span.parentID == nil, let owner: String = span.data["user_id"] else {
            if waiting.count >= 2 * Self.most { waiting.removeFirst(Self.most) }
            return []
        }
        if isOfUser.count >= Self.most { isOfUser.removeAll() }
        isOfUser[span.traceID] = owner == user
        let spans = waiting.filter { $0.traceID == span.traceID }
        waiting.removeAll { $0.traceID == span.traceID }
        return owner == user ? spans : []
    }
}
