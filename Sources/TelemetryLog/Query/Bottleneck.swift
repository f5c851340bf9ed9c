public import Telemetry

/// Where most of a trace's time went.
public struct Bottleneck: Sendable, Hashable, CustomStringConvertible {
    /// The kind of operation that the trace waited for longest.
    public let eventType: EventType
    /// How long it waited for these.
    public let time: Duration
    /// How long the trace took.
    public let total: Duration
    /// How many operations these are.
    public let count: Int
    /// How many of them were retries.
    public let retries: Int
    /// How many of them failed.
    public let failures: Int
    /// Whether they have spans within them, so that it is the time between these.
    public let isOutside: Bool

    /// The share of the trace's time, from 0 to 1.
    public var share: Double { total > .zero ? time / total : 0 }

    /// For example: `68 % of 4.2 s in 3 llm_call, of which 2 were retries`.
    public var description: String {
        let percent = Int(share * 100 + 0.5)
        var text = "\(percent) % of \(Format.duration(total)) in \(count) \(Escaping.plain(eventType.rawValue))"
        if isOutside {
            text += count == 1 ? " itself, outside the spans within it" : " themselves, outside the spans within them"
        }
        if retries > 0 { text += ", of which \(retries) \(retries == 1 ? "was a retry" : "were retries")" }
        if failures > 0 { text += retries > 0 ? " and \(failures) failed" : ", of which \(failures) failed" }
        return text
    }
}

extension Trace {
    /// The kind of operation that the trace waited for longest; `nil` where nothing took time.
    public var bottleneck: Bottleneck? {
        var groups: [EventType: [Node]] = [:]
        for node in nodes where node.isCritical { groups[node.span.eventType, default: []].append(node) }
        let times = groups.mapValues { $0.reduce(Duration.zero) { $0 + $1.criticalTime } }
        guard let (type, time) = times.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }),
            time > .zero, let all = groups[type]
        else { return nil }
        let group = all.filter { $0.criticalTime > .zero }
        return Bottleneck(
            eventType: type,
            time: time,
            total: duration,
            count: group.count,
            retries: group.count { $0.attempt > 1 },
            failures: group.count(where: \.span.isFailure),
            isOutside: group.contains { !$0.children.isEmpty }
        )
    }
}
