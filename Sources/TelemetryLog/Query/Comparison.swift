internal import Telemetry

/// What changed from one log, or part of a log, to another.
public struct Comparison: Sendable, Hashable {
    /// A figure before and after, and how sure the change is.
    public struct Change: Sendable, Hashable {
        /// The figure before: a share, a number of milliseconds or a number a call.
        public internal(set) var before: Double
        /// The figure after.
        public internal(set) var after: Double
        /// Between which bounds the change is, with a confidence of 95 %: a difference for shares, a ratio less 1 for
        /// latencies; `nil` where there is too little to tell.
        public internal(set) var interval: ClosedRange<Double>?

        /// Whether the change is more than chance.
        public var isSure: Bool { interval.map { !$0.contains(0) } ?? false }
    }

    /// What changed of an event type, or of a model or a tool within one.
    public struct Row: Sendable, Hashable {
        /// The event type.
        public internal(set) var eventType: String
        /// The model, tool or operation; `nil` for all of them.
        public internal(set) var name: String?
        /// How many spans there were before.
        public internal(set) var countBefore: Int
        /// How many there are after.
        public internal(set) var countAfter: Int
        /// The share that failed.
        public internal(set) var errors: Change
        /// The share that were retries.
        public internal(set) var retries: Change
        /// The median duration in milliseconds; `nil` without durations.
        public internal(set) var p50: Change?
        /// What 95 % stayed within, in milliseconds.
        public internal(set) var p95: Change?
        /// Tokens of a prompt, on average; `nil` without tokens.
        public internal(set) var promptTokens: Change?
        /// Tokens of an answer, on average.
        public internal(set) var completionTokens: Change?
    }

    /// The event types that both have, and the models and tools within them, from the most frequent on.
    public internal(set) var rows: [Row] = []
    /// What only the first has: event types, models, tools.
    public internal(set) var gone: [String] = []
    /// What only the second has.
    public internal(set) var new: [String] = []

    /// What changed from `before` to `after`, both grouped by type.
    public init(before: LogSummary, after: LogSummary) {
        let (old, recent) = (Self.flat(before), Self.flat(after))
        for (eventType, name, statistics) in recent {
            let label = [eventType, name].compactMap(\.self).joined(separator: " ")
            guard let match = old.first(where: { $0.type == eventType && $0.name == name }) else {
                new.append(label)
                continue
            }
            rows.append(Row(eventType, name, match.statistics, statistics))
        }
        gone = old.filter { entry in !recent.contains { $0.type == entry.type && $0.name == entry.name } }
            .map { [$0.type, $0.name].compactMap(\.self).joined(separator: " ") }
    }

    private static func flat(_ summary: LogSummary) -> [(type: String, name: String?, statistics: SpanStatistics)] {
        summary.rows.flatMap { row in
            [(row.name, nil, row.statistics)]
                + (row.parts.count > 1 ? row.parts : []).map { (row.name, $0.name, $0.statistics) }
        }
    }
}

extension Comparison.Row {
    fileprivate init(_ eventType: String, _ name: String?, _ before: SpanStatistics, _ after: SpanStatistics) {
        self.eventType = eventType
        self.name = name
        countBefore = before.count
        countAfter = after.count
        errors = .share((before.failures, before.count), (after.failures, after.count))
        retries = .share((before.retries, before.count), (after.retries, after.count))
        p50 = .quantile(0.5, before.latency, after.latency)
        p95 = .quantile(0.95, before.latency, after.latency)
        promptTokens = .mean((before.promptTokens, before.count), (after.promptTokens, after.count))
        completionTokens = .mean((before.completionTokens, before.count), (after.completionTokens, after.count))
    }
}

extension Comparison.Change {
    /// The 97.5 % point of the normal distribution.
    private static let z = 1.959964

    /// A share's change, with Newcombe's interval ("Interval estimation for the difference between independent
    /// proportions", 1998, method 10).
    static func share(_ before: (part: Int, all: Int), _ after: (part: Int, all: Int)) -> Self {
        let p = before.all > 0 ? Double(before.part) / Double(before.all) : 0
        let q = after.all > 0 ? Double(after.part) / Double(after.all) : 0
        var change = Self(before: p, after: q)
        guard before.all > 0, after.all > 0 else { return change }
        let (a, b) = (wilson(before.part, before.all), wilson(after.part, after.all))
        let difference = q - p
        let below = ((q - b.lowerBound) * (q - b.lowerBound) + (a.upperBound - p) * (a.upperBound - p)).squareRoot()
        let above = ((b.upperBound - q) * (b.upperBound - q) + (p - a.lowerBound) * (p - a.lowerBound)).squareRoot()
        change.interval = (difference - below)...(difference + above)
        return change
    }

    private static func wilson(_ part: Int, _ all: Int) -> ClosedRange<Double> {
        let (n, p) = (Double(all), Double(part) / Double(all))
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, min(p, middle - half))...min(1, max(p, middle + half))
    }

    /// A quantile's change as a ratio, from the distribution-free intervals of both quantiles (David and Nagaraja, "Order
    /// Statistics", 2003, 7.1); wider than it had to be.
    static func quantile(_ q: Double, _ before: LatencyHistogram, _ after: LatencyHistogram) -> Self? {
        guard let old = before.quantile(q), let new = after.quantile(q) else { return nil }
        var change = Self(before: old.milliseconds, after: new.milliseconds)
        if let a = interval(q, before), let b = interval(q, after), a.lowerBound > 0, b.lowerBound > 0 {
            change.interval = (b.lowerBound / a.upperBound - 1)...(b.upperBound / a.lowerBound - 1)
        }
        return change
    }

    private static func interval(_ q: Double, _ histogram: LatencyHistogram) -> ClosedRange<Double>? {
        let n = Double(histogram.count)
        let half = z * (q * (1 - q) / n).squareRoot()
        // Too few to have one on either side of the quantile.
        guard q - half > 0, q + half < 1, let low = histogram.quantile(q - half),
            let high = histogram.quantile(q + half)
        else { return nil }
        return low.milliseconds...max(low, high).milliseconds
    }

    /// A mean's change.
    static func mean(_ before: (sum: Int, count: Int), _ after: (sum: Int, count: Int)) -> Self? {
        guard before.sum > 0 || after.sum > 0, before.count > 0, after.count > 0 else { return nil }
        return Self(
            before: Double(before.sum) / Double(before.count),
            after: Double(after.sum) / Double(after.count)
        )
    }
}
