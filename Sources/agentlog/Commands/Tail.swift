import Foundation
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
        let show: @Sendable (Span) -> Void = { span in
            terminal.write(isJSON ? "\(span)\n" : span.line(style))
        }
        guard let path = arguments.logs.last else { return 0 }
        let isFollowing = arguments.has("follow")
        // Opened before the log is read: what comes in between is not lost, and what comes twice is left out.
        var follower = isFollowing && path != "-" ? try LogFollower(path) : nil
        var shown = try printLatest(count, of: arguments.logs, filter, isMissingFine: isFollowing, show)
        while follower != nil {
            try follower?.next { result in
                switch result {
                case .success(let span):
                    if !shown.isEmpty, shown.remove(span) != nil { return }
                    if filter.contains(span) { show(span) }
                case .failure(let error):
                    terminal.writeError("agentlog: \(path): \(Escaping.plain(error.description))\n")
                }
            }
            if terminal.shouldStop() { return 0 }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return 0
    }

    private static func printLatest(
        _ count: Int,
        of logs: [String],
        _ filter: LogFilter,
        isMissingFine: Bool,
        _ show: (Span) -> Void
    ) throws -> Set<Span> {
        var latest: [Span] = []
        do {
            latest = try LogReader(logs).latest(count, matching: filter)
        } catch {
            guard isMissingFine, error.code == .noSuchFile else { throw error }
        }
        latest.forEach(show)
        return Set(latest)
    }
}
