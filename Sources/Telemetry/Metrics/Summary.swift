extension Metrics {
    /// The figures as a block of text to print, which ends with a line end.
    ///
    /// The first block is the lesson's, line by line. What else there is to say follows below it: tokens, latency
    /// percentiles by event type, and what went wrong with the recording itself.
    public var summary: String {
        let rule = String(repeating: "=", count: 40)
        var lines = [
            rule,
            "TELEMETRY SUMMARY",
            rule,
            "LLM Calls:      \(llmCalls)",
            "  Success Rate: \(percent(llmSuccessRate))",
            "  Avg Latency:  \(averageLatency.map { "\(wholeMilliseconds($0))ms" } ?? "n/a")",
            "  Retries:      \(llmRetries)",
            "Tool Calls:     \(toolCalls)",
            "  Success Rate: \(percent(toolSuccessRate))",
            "Memory Ops:     \(memoryOperations)",
            rule,
        ]
        if decisions > 0 { lines.append("Decisions:      \(decisions)") }
        if promptTokens > 0 || completionTokens > 0 {
            lines.append("Tokens:         \(promptTokens) in (\(cachedTokens) cached), \(completionTokens) out")
        }
        if !eventTypes.isEmpty { lines.append("Latency:            p50       p95       p99") }
        for type in eventTypes {
            guard let latency = latency(of: type) else { continue }
            let columns = [latency.p50, latency.p95, latency.p99].map { aligned($0?.summary ?? "n/a") }
            lines.append("  \(padded(cleaned(type.rawValue), to: 13))\(columns.joined())")
        }
        if sampledOutSpans > 0 {
            lines.append("Sampled out:    \(sampledOutSpans) spans (not in the log, but counted)")
        }
        if drops.total > 0 { lines.append("Dropped:        \(drops.total) (not in the log: \(drops.causes))") }
        if ignoredCalls > 0 { lines.append("Ignored:        \(ignoredCalls) (calls on spans that had ended)") }
        if lines.last != rule { lines.append(rule) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func percent(_ rate: Double?) -> String {
        guard let rate else { return "n/a" }
        // One failure in a million must not read as 100 %.
        let hundredths = rate < 1 ? min(9999, Int(rate * 10_000 + 0.5)) : 10_000
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)%"
    }

    private func wholeMilliseconds(_ duration: Duration) -> Int64 { (duration.wholeMicroseconds + 500) / 1000 }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: Swift.max(0, width - text.count))
    }

    private func aligned(_ text: String) -> String {
        String(repeating: " ", count: Swift.max(1, 10 - text.count)) + text
    }

    /// An event type is the program's own string: it must not reach a terminal as control characters.
    private func cleaned(_ text: String) -> String {
        let json = JSONValue.string(String(text.prefix(40))).description
        return String(json.dropFirst().dropLast())
    }
}

extension Duration {
    /// Three or four digits with the unit that fits: `950us`, `12.3ms`, `1245ms`, `83.0s`.
    public var summary: String {
        let microseconds = Double(wholeNanoseconds) / 1000
        func decimal(_ value: Double) -> String {
            let tenths = Int(value * 10 + 0.5)
            return "\(tenths / 10).\(tenths % 10)"
        }
        switch microseconds {
        case ..<999.5: return "\(Int(microseconds + 0.5))us"
        case ..<99_950: return decimal(microseconds / 1000) + "ms"
        case ..<9_999_500: return "\(Int(microseconds / 1000 + 0.5))ms"
        default: return decimal(microseconds / 1_000_000) + "s"
        }
    }
}

extension Metrics: CustomStringConvertible {
    /// The ``summary``, without the line end.
    public var description: String { String(summary.dropLast()) }
}
