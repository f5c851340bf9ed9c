internal import Telemetry

/// JSON that stands within a page's `<script>`: no `<` in it, so that nothing in a log can end the element.
struct PageText {
    private(set) var text = ""

    mutating func raw(_ json: String) { text += json.utf8.contains(0x3C) ? json.replacing("<", with: "\\u003c") : json }

    /// A string, cut where it is longer than `limit` bytes, with a mark that says so.
    mutating func string(_ value: String?, limit: Int = .max) {
        guard let value else { return text += "null" }
        raw(JSONValue.string(Self.cut(value, limit)).description)
    }

    mutating func numbers(_ values: [Int64]) { text += values.map(String.init).joined(separator: ",") }

    private static func cut(_ value: String, _ limit: Int) -> String {
        let count = value.utf8.count
        guard count > limit else { return value }
        var end = value.utf8.index(value.startIndex, offsetBy: limit)
        while end > value.startIndex, end.samePosition(in: value.unicodeScalars) == nil {
            end = value.utf8.index(before: end)
        }
        return "\(value[..<end])…[+\(count - value[..<end].utf8.count) bytes]"
    }

    /// A value of a span's data: texts as they are; other JSON as an array of its text, so that no digit gets lost.
    mutating func value(_ value: JSONValue, limit: Int) {
        if let string = value.string { return self.string(string, limit: limit) }
        text += "["
        string(value.description, limit: limit)
        text += "]"
    }
}

extension PageText {
    private static let mostTextBytes = 8 << 10

    /// What the list of traces says of one: id, beginning and duration in microseconds, spans, failures, retries,
    /// unfinished spans, tokens in and out, the types of its spans (places in `types`), event type, name, user, bottleneck,
    /// and how many spans are left out.
    mutating func index(_ trace: Trace, leftOut: Int, types: inout TypeList) {
        let spans = trace.nodes.map(\.span)
        func sum(_ key: String) -> Int64 {
            Int64(spans.reduce(0) { $0.addingSaturating(max(0, $1.data[key]?.integer ?? 0)) })
        }
        let face = trace.root ?? spans.first
        text += "["
        string(trace.id.description)
        text += ","
        numbers([
            trace.start.microseconds, trace.duration.microsecondCount, Int64(spans.count),
            Int64(trace.failures.count), Int64(trace.nodes.count { $0.attempt > 1 }),
            Int64(trace.nodes.count(where: \.isUnfinished)), sum("prompt_tokens"), sum("completion_tokens"),
        ])
        text += ",["
        numbers(Set(spans.map { types.place(of: $0.eventType.rawValue) }).sorted().map(Int64.init))
        text += "],"
        string(face?.eventType.rawValue, limit: 200)
        text += ","
        string(face?.name, limit: 200)
        text += ","
        string(spans.lazy.compactMap { $0.data["user_id"]?.string }.first, limit: 200)
        text += ","
        string(trace.bottleneck?.description, limit: 400)
        text += ",\(leftOut)]\n"
    }

    /// A trace's spans in the order in which they are shown.
    ///
    /// Of each: id, depth, the place of its parent (or the id of one
    /// that is missing, or -1), event type, name, beginning after the trace's and duration in microseconds, self time,
    /// critical time, flags (1 failed, 2 unfinished, 4 orphan, 8 critical), lane, attempt, error, and data: keys and values.
    mutating func spans(_ trace: Trace) {
        let outline = trace.outline
        var places = [Int](repeating: -1, count: trace.nodes.count)
        for (row, entry) in outline.enumerated() { places[entry.node] = row }
        text += "["
        for (row, entry) in outline.enumerated() {
            let node = trace.nodes[entry.node]
            let span = node.span
            text += row == 0 ? "[" : ",["
            string(span.id.description)
            text += ",\(entry.depth),"
            if node.isOrphan {
                string(span.parentID?.description)
            } else {
                text += "\(node.parent.map { places[$0] } ?? -1)"
            }
            text += ","
            string(span.eventType.rawValue, limit: 200)
            text += ","
            string(span.name, limit: 400)
            var flags: Int64 = span.isFailure ? 1 : 0
            flags |= node.isUnfinished ? 2 : 0
            flags |= node.isOrphan ? 4 : 0
            flags |= node.isCritical ? 8 : 0
            text += ","
            numbers([
                node.interval.lowerBound &- trace.start.microseconds, node.duration?.microsecondCount ?? -1,
                node.selfTime.microsecondCount, node.criticalTime.microsecondCount, flags, Int64(node.lane),
                Int64(node.attempt),
            ])
            text += ","
            string(span.error, limit: Self.mostTextBytes)
            text += ",["
            for (number, member) in span.data.enumerated() {
                if number > 0 { text += "," }
                string(member.key, limit: 200)
                text += ","
                value(member.value, limit: Self.mostTextBytes)
            }
            text += "]]"
        }
        text += "]\n"
    }
}

/// The event types of a page, each once.
struct TypeList {
    private(set) var names: [String] = []
    private var places: [String: Int] = [:]

    /// The place of a type.
    ///
    /// There are 200 at most; all others are the last one's.
    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        guard names.count < 200 else { return 199 }
        names.append(names.count == 199 ? "other" : name)
        places[name] = names.count - 1
        return names.count - 1
    }
}

extension Duration {
    fileprivate var microsecondCount: Int64 { Int64(min(max(milliseconds * 1000, -9e15), 9e15).rounded()) }
}
