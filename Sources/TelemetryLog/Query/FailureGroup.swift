public import Telemetry

/// Failures with the same cause.
public struct FailureGroup: Sendable, Hashable {
    /// What they have in common: the error's text with numbers and ids replaced by `N`.
    public internal(set) var cause: String
    /// The first one's error, as it was.
    public internal(set) var example: String
    /// How many there are.
    public internal(set) var count = 0
    /// How many of them there are of each event type.
    public internal(set) var eventTypes: [EventType: Int] = [:]
    /// When the first one began.
    public internal(set) var first: Timestamp
    /// When the last one began.
    public internal(set) var last: Timestamp
    /// The trace that the last one belongs to.
    public internal(set) var trace: TraceID

    mutating func merge(_ other: FailureGroup) {
        count += other.count
        eventTypes.merge(other.eventTypes, uniquingKeysWith: +)
        if other.first < first { (first, example) = (other.first, other.example) }
        if other.last > last { (last, trace) = (other.last, other.trace) }
    }
}

/// Failures by cause.
struct FailureTable {
    /// Failures beyond so many causes are counted together.
    private static let mostCauses = 1000
    private static let others = "other causes"

    private(set) var groups: [String: FailureGroup] = [:]

    mutating func add(_ line: LineFields) {
        guard let trace = TraceID(high: line.traceHigh, low: line.traceLow) else { return }
        let text = line.text(line.error) ?? "no error given (success: false)"
        var cause = Causes.normalise(text)
        if groups.count >= Self.mostCauses, groups[cause] == nil { cause = Self.others }
        let time = Timestamp(microseconds: line.timestamp)
        merge(
            FailureGroup(
                cause: cause,
                example: text,
                count: 1,
                eventTypes: [EventType(rawValue: line.text(line.eventType) ?? ""): 1],
                first: time,
                last: time,
                trace: trace
            )
        )
    }

    private mutating func merge(_ group: FailureGroup) {
        if groups[group.cause]?.merge(group) == nil { groups[group.cause] = group }
    }

    mutating func merge(_ other: FailureTable) {
        for group in other.groups.values { merge(group) }
    }

    /// From the most frequent on; of equal ones the latest first.
    var sorted: [FailureGroup] {
        groups.values.sorted { a, b in (a.count, a.last.microseconds, b.cause) > (b.count, b.last.microseconds, a.cause)
        }
    }
}
