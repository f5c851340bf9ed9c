import Telemetry
import TelemetryLog

/// The options that commands share.
enum Options {
    /// What every command takes.
    static let common = [
        Option(
            name: "log",
            short: "l",
            value: "FILE",
            help: "the log to read, with all its parts; several may follow; - is standard input",
            isFile: true
        ),
        Option(name: "json", help: "print JSON"),
        Option(
            name: "color",
            value: "WHEN",
            help: "use colours: auto, always, never",
            choices: ["auto", "always", "never"]
        ),
        Option(name: "utc", help: "show times in UTC instead of local time"),
        Option(name: "help", short: "h", help: "show this help"),
    ]

    /// What is wanted of spans and traces.
    static let filter =
        [
            Option(name: "failed", help: "only with a failure"),
            Option(name: "slower-than", value: "TIME", help: "only what took longer: 500ms, 2s, 1m"),
            Option(name: "user", value: "ID", help: "only of this user"),
            Option(name: "event", value: "TYPE", help: "only with this event type: llm_call, tool_call, …"),
            Option(name: "grep", value: "TEXT", help: "only with this text in a line"),
        ] + times

    static let times = [
        Option(name: "since", value: "WHEN", help: "only from then on: 30m, 1h, 7d ago, or 2026-01-15T10:30"),
        Option(name: "until", value: "WHEN", help: "only before then"),
    ]
}

extension Arguments {
    var logs: [String] { values["log"] ?? ["agent_telemetry.jsonl"] }

    func filter(now: Timestamp) throws -> LogFilter {
        var filter = LogFilter()
        filter.isFailed = has("failed")
        filter.slowerThan = try self["slower-than"].map { try Self.duration($0, "--slower-than") }
        filter.user = self["user"]
        filter.eventType = self["event"].map { EventType(rawValue: $0) }
        filter.text = self["grep"]
        filter.since = try self["since"].map { try Self.time($0, "--since", now, isUTC: has("utc")) }
        filter.until = try self["until"].map { try Self.time($0, "--until", now, isUTC: has("utc")) }
        return filter
    }

    /// Reads a number with a unit.
    static func duration(_ text: String, _ option: String) throws -> Duration {
        let units: [(String, Double)] = [
            ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
        ]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number >= 0, number * seconds < 1e12 else { continue }
            return .microseconds(Int64(number * seconds * 1e6 + 0.5))
        }
        throw UsageError("\(option): '\(text)' is not a duration. Write a number with its unit: 500ms, 2s, 1m, 1h, 7d.")
    }

    /// Reads a duration before now, or a moment; without an offset from UTC it is meant as it is shown.
    static func time(_ text: String, _ option: String, _ now: Timestamp, isUTC: Bool = false) throws -> Timestamp {
        if let ago = try? duration(text, option) { return now - ago }
        if let time = Timestamp(text) { return time }
        let missing = "0000-01-01T00:00:00".dropFirst(text.count)
        if text.count >= 10, let local = Timestamp(text + missing + "Z") {
            return isUTC ? local : TextStyle.moment(ofLocal: local)
        }
        throw UsageError(
            "\(option): '\(text)' is neither a duration nor a time. Write 1h, 2026-01-15 or 2026-01-15T10:30:00Z."
        )
    }

    func number(_ name: String, or standard: Int) throws -> Int {
        guard let text = self[name] else { return standard }
        guard let number = Int(text), number >= 0 else {
            throw UsageError("--\(name): '\(text)' is not a count. Write a whole number, such as 20.")
        }
        return number
    }
}
