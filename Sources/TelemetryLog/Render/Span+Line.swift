public import Telemetry

extension Span {
    /// The span on one line: when it ended, what it was, how long it took, and why it failed.
    public func line(_ style: TextStyle = TextStyle()) -> String {
        let end = style.time(timestamp + (duration ?? .zero), decimals: 3).dropFirst(11)
        let took = isUnfinished ? "…" : Format.shortDuration(duration)
        var what = Escaping.plain(eventType.rawValue)
        if let name { what += " " + Escaping.plain(name) }
        if let attempt = data["attempt"]?.integer, attempt > 1 { what += " ↻ attempt \(attempt)" }
        // Why it failed says more than what it cost, where there is room for one only.
        if !isFailure, eventType == .llmCall, let tokens = data["completion_tokens"]?.integer {
            what += " (\(Format.shortCount(data["prompt_tokens"]?.integer ?? 0)) in, \(Format.shortCount(tokens)) out)"
        }
        var failure = ""
        if isFailure { failure = "  ✗ " + Escaping.plain(error ?? "no success") }
        let room = style.width - 12 - 2 - 8 - 2 - 8 - 2
        what = TextWidth.fit(what, room)
        failure = TextWidth.fit(failure, max(0, room - TextWidth.columns(what)))
        return style.paint(String(end), .faint) + "  " + style.paint(traceID.short, .accent)
            + TextWidth.aligned(took, 9) + "  " + what + style.paint(failure, .error) + "\n"
    }

    /// Whether this is the record of a span's beginning.
    var isUnfinished: Bool { duration == nil && data["status"] == "running" }
}
