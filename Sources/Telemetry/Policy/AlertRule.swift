/// A threshold that calls for attention when it is crossed: of a success rate, a latency or a retry rate.
///
/// For example:
/// ```swift
/// let rules: [AlertRule] = [
///     .successRate(of: .llmCall, below: 0.9, recoversAt: 0.95),
///     .latency(of: .llmCall, percentile: 0.95, above: .seconds(5), recoversAt: .seconds(4)),
///     .retryRate(of: .llmCall, above: 0.2, window: .seconds(600), minimumCount: 50),
/// ]
/// ```
public struct AlertRule: Sendable, Hashable {
    /// What is watched.
    public enum Metric: Sendable, Hashable {
        /// The share of operations that succeeded, from 0 to 1.
        case successRate
        /// The duration in milliseconds that a share of the operations stayed within (nearest rank).
        case latency(percentile: Double)
        /// The share of operations that repeated an earlier one, from 0 to 1.
        case retryRate
    }

    /// What the alert is called.
    public var name: String
    /// The operations that are watched.
    public let eventType: EventType
    /// What is watched of them.
    public let metric: Metric
    /// Where it fires: below this for a success rate, above it for the others; a share, or milliseconds.
    public let threshold: Double
    /// Where it is over: at this or on the good side of it.
    ///
    /// Never on the bad side of ``threshold``.
    public let recovery: Double
    /// How far back operations count.
    public let window: Duration
    /// How many operations count at most, the latest ones; `nil` for all within the window.
    public let count: Int?
    /// With fewer operations in the window nothing changes: neither does the alert fire, nor is it over.
    public let minimumCount: Int

    private init(
        _ eventType: EventType,
        _ metric: Metric,
        _ name: String,
        threshold: Double,
        recovery: Double,
        window: Duration,
        count: Int?,
        minimumCount: Int
    ) {
        self.name = name
        self.eventType = eventType
        self.metric = metric
        self.threshold = threshold
        self.recovery = recovery
        self.window = max(.milliseconds(1), window)
        self.count = count.map { max(1, $0) }
        self.minimumCount = min(max(1, minimumCount), count.map { max(1, $0) } ?? .max)
    }

    /// Fires when fewer than a share of the operations succeed.
    public static func successRate(
        of type: EventType,
        below threshold: Double,
        recoversAt recovery: Double? = nil,
        window: Duration = .seconds(300),
        count: Int? = nil,
        minimumCount: Int = 10,
        name: String? = nil
    ) -> AlertRule {
        AlertRule(
            type,
            .successRate,
            name ?? "\(type) success rate",
            threshold: threshold,
            recovery: max(threshold, recovery ?? threshold),
            window: window,
            count: count,
            minimumCount: minimumCount
        )
    }

    /// Fires when a percentile of the durations is longer than a threshold.
    ///
    /// The percentile is from 0 to 1: 0.95 for the duration that 95 % stay within.
    public static func latency(
        of type: EventType,
        percentile: Double = 0.95,
        above threshold: Duration,
        recoversAt recovery: Duration? = nil,
        window: Duration = .seconds(300),
        count: Int? = nil,
        minimumCount: Int = 10,
        name: String? = nil
    ) -> AlertRule {
        let percentile = percentile.isNaN ? 0.95 : min(max(percentile, 0), 1)
        return AlertRule(
            type,
            .latency(percentile: percentile),
            name ?? "\(type) latency",
            threshold: threshold.milliseconds,
            recovery: min(threshold, recovery ?? threshold).milliseconds,
            window: window,
            count: count,
            minimumCount: minimumCount
        )
    }

    /// Fires when more than a share of the operations are repetitions.
    public static func retryRate(
        of type: EventType,
        above threshold: Double,
        recoversAt recovery: Double? = nil,
        window: Duration = .seconds(300),
        count: Int? = nil,
        minimumCount: Int = 10,
        name: String? = nil
    ) -> AlertRule {
        AlertRule(
            type,
            .retryRate,
            name ?? "\(type) retry rate",
            threshold: threshold,
            recovery: min(threshold, recovery ?? threshold),
            window: window,
            count: count,
            minimumCount: minimumCount
        )
    }
}

extension AlertRule.Metric: CustomStringConvertible {
    /// The name that the log has: `success_rate`, `latency_p95_ms`, `retry_rate`.
    public var description: String {
        switch self {
        case .successRate: return "success_rate"
        case .retryRate: return "retry_rate"
        case .latency(let percentile):
            let percent = percentile * 100
            // 0.95 × 100 isn't 95 to the last bit.
            let whole = Int(percent + 0.5)
            return abs(percent - Double(whole)) < 1e-9 ? "latency_p\(whole)_ms" : "latency_p\(percent)_ms"
        }
    }
}

/// A rule's threshold was crossed, or what was watched recovered.
public struct AlertChange: Sendable, Hashable {
    /// Which way it went.
    public enum State: String, Sendable, Hashable {
        /// The threshold was crossed.
        case firing
        /// It is over.
        case resolved
    }

    /// The rule.
    public var rule: AlertRule
    /// Which way it went.
    public var state: State
    /// What was watched, as it is now: a share, or milliseconds (within 2 %).
    public var value: Double
    /// From how many operations.
    public var count: Int

    /// What an `alert` line in the log has as its data.
    public var data: JSONObject {
        var data: JSONObject = ["rule": .string(rule.name), "metric": .string(rule.metric.description)]
        data["watched"] = rule.eventType.rawValue
        data["state"] = state.rawValue
        data["value"] = value
        data["threshold"] = state == .firing ? rule.threshold : rule.recovery
        data["window_ms"] = rule.window.milliseconds
        data["count"] = count
        return data
    }
}

extension EventType {
    /// A threshold was crossed, or what was watched recovered.
    public static let alert = EventType(rawValue: "alert")
}
