public import Telemetry

/// Which spans and traces are wanted.
public struct LogFilter: Sendable, Hashable {
    /// Only what failed.
    public var isFailed: Bool
    /// Only what took longer than this.
    public var slowerThan: Duration?
    /// Only interactions of this user.
    public var user: String?
    /// Only spans of this event type, or traces that have one.
    public var eventType: EventType?
    /// Only spans whose line has this text, or traces that have such a span.
    public var text: String?
    /// Only what began at this moment or later.
    public var since: Timestamp?
    /// Only what began before this moment.
    public var until: Timestamp?

    /// Everything, unless told otherwise; what is set must hold all together.
    ///
    /// For example: `LogFilter(slowerThan: .seconds(2), user: "ada")`.
    public init(
        isFailed: Bool = false,
        slowerThan: Duration? = nil,
        user: String? = nil,
        eventType: EventType? = nil,
        text: String? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil
    ) {
        self.isFailed = isFailed
        self.slowerThan = slowerThan
        self.user = user
        self.eventType = eventType
        self.text = text
        self.since = since
        self.until = until
    }

    /// Whether a span fits, as far as it says itself: whose it is, roots say only.
    public func contains(_ span: Span) -> Bool {
        if isFailed, !span.isFailure { return false }
        if let slowerThan, span.duration ?? .zero <= slowerThan { return false }
        if let user, span.data["user_id"]?.string != user { return false }
        if let eventType, span.eventType != eventType { return false }
        if let text, !span.description.contains(text), !span.description.contains(Self.escaped(text)) { return false }
        return isInTime(span.timestamp.microseconds)
    }

    func isInTime(_ microseconds: Int64) -> Bool {
        microseconds >= since?.microseconds ?? .min && microseconds < until?.microseconds ?? .max
    }

    /// The text as it stands within a JSON string.
    static func escaped(_ text: String) -> String { String(JSONValue.string(text).description.dropFirst().dropLast()) }
}

/// What a line is searched for: a text as it is, or as it stands in a JSON string.
struct TextSearch {
    private let needles: [[UInt8]]

    init(_ text: String) {
        let plain = Array(text.utf8)
        let escaped = Array(LogFilter.escaped(text).utf8)
        needles = plain == escaped ? [plain] : [plain, escaped]
    }

    func isIn(_ line: LineFields) -> Bool {
        needles.contains { needle in
            guard let first = needle.first else { return true }
            var place = line.base
            var rest = line.count - needle.count + 1
            while rest > 0, let found = Platform.find(first, from: place, count: rest) {
                if needle.indices.allSatisfy({ found[$0] == needle[$0] }) { return true }
                rest -= found - place + 1
                place = found + 1
            }
            return false
        }
    }
}
