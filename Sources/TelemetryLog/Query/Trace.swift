public import Telemetry

/// One whole interaction: its spans as a tree, with where the time went.
public struct Trace: Sendable {
    /// A span, and what there is to know of its place in the trace.
    public struct Node: Sendable {
        /// The span; of one that didn't end, the record of its beginning.
        public let span: Span
        /// Whether the log has only the span's beginning.
        public let isUnfinished: Bool
        /// Whether the span names a parent that the log hasn't got.
        public internal(set) var isOrphan = false
        /// The place of the parent among the trace's nodes; `nil` for those without.
        public internal(set) var parent: Int?
        /// The places of the spans within this one, by when they began.
        public internal(set) var children: [Int] = []
        /// Which try of a call it is: 1 for the first one.
        public internal(set) var attempt = 1
        /// For a retry, the place of the call's first try.
        public internal(set) var retryOf: Int?
        /// The places of this call's retries, in order.
        public internal(set) var retries: [Int] = []
        /// The lane among the spans of the same parent: those that overlap have different ones, from 0.
        public internal(set) var lane = 0
        /// When it began and was over, in microseconds since 1970.
        ///
        /// What didn't end is taken to have gone on as long as the trace.
        public internal(set) var interval: ClosedRange<Int64>
        /// The time that was not spent in spans within this one.
        public internal(set) var selfTime: Duration = .zero
        /// The time during which the whole trace waited for this span itself, not for one within it.
        public internal(set) var criticalTime: Duration = .zero
        /// Whether the span is on the critical path.
        public internal(set) var isCritical = false

        /// How long it took, as it says itself; for one that didn't end, as long as is known.
        public var duration: Duration? {
            isUnfinished ? .microseconds(interval.upperBound - interval.lowerBound) : span.duration
        }
    }

    /// A record as the log has it.
    struct Record {
        var span: Span
        var isUnfinished: Bool

        /// One record of each span, a finished one where there is one; in the log's order.
        static func unique(_ spans: [Span]) -> [Record] {
            var places: [SpanID: Int] = [:]
            var records: [Record] = []
            for span in spans {
                let isUnfinished = span.duration == nil && span.data["status"] == "running"
                if let place = places[span.id] {
                    if records[place].isUnfinished, !isUnfinished {
                        records[place] = Record(span: span, isUnfinished: false)
                    }
                } else {
                    places[span.id] = records.count
                    records.append(Record(span: span, isUnfinished: isUnfinished))
                }
            }
            return records
        }
    }

    /// The trace's id.
    public let id: TraceID
    /// All spans, by when they began.
    public internal(set) var nodes: [Node]
    /// The places of the spans without a parent in the log, by when they began.
    public internal(set) var roots: [Int] = []
    /// When the first span began.
    public let start: Timestamp
    /// The time from the first span's beginning to the last one's end.
    public let duration: Duration

    /// The trace that finished spans make; of equal ids the first counts.
    ///
    /// - Parameter spans: Spans of one trace, at least one.
    public init?(_ spans: [Span]) {
        guard let first = spans.first else { return nil }
        self.init(records: Record.unique(spans.filter { $0.traceID == first.traceID }))
    }

    init(records: [Record]) {
        let ordered = records.enumerated().sorted { a, b in
            // Parents begin before their children, if in the same microsecond; longer first does that.
            let (x, y) = (a.element.span, b.element.span)
            return (x.timestamp, y.duration ?? .zero, a.offset) < (y.timestamp, x.duration ?? .zero, b.offset)
        }.map(\.element)
        id = ordered[0].span.traceID
        start = ordered[0].span.timestamp
        let first = start.microseconds
        let last = ordered.map { ($0.span.timestamp + ($0.span.duration ?? .zero)).microseconds }.max() ?? first
        duration = .microseconds(last - first)
        nodes = ordered.map { record in
            let begin = record.span.timestamp.microseconds
            let end =
                record.isUnfinished ? last : (record.span.timestamp + (record.span.duration ?? .zero)).microseconds
            return Node(span: record.span, isUnfinished: record.isUnfinished, interval: begin...max(begin, end))
        }
        link()
        groupRetries()
        assignLanes()
        measureSelfTimes()
        findCriticalPath()
    }

    /// The root, where there is exactly one.
    public var root: Span? { roots.count == 1 ? nodes[roots[0]].span : nil }

    /// Its spans, in the order in which they began.
    public var spans: [Span] { nodes.map(\.span) }

    /// The spans that failed.
    public var failures: [Span] { spans.filter(\.isFailure) }
}

extension Trace {
    private mutating func link() {
        var places: [SpanID: Int] = [:]
        for (place, node) in nodes.enumerated() { places[node.span.id] = place }
        for place in nodes.indices {
            nodes[place].attempt = max(1, nodes[place].span.data["attempt"]?.integer ?? 1)
            guard let parentID = nodes[place].span.parentID else { continue }
            guard let parent = places[parentID], parent != place else {
                nodes[place].isOrphan = true
                continue
            }
            nodes[place].parent = parent
        }
        breakCircles()
        for place in nodes.indices {
            if let parent = nodes[place].parent { nodes[parent].children.append(place) } else { roots.append(place) }
        }
    }

    /// Where parents lead in a circle, the span that began first loses its parent.
    private mutating func breakCircles() {
        // 0: not seen, 1: on the way, 2: known to lead to a root.
        var state = [UInt8](repeating: 0, count: nodes.count)
        for place in nodes.indices {
            var way: [Int] = []
            var next: Int? = place
            while let current = next, state[current] == 0 {
                state[current] = 1
                way.append(current)
                next = nodes[current].parent
            }
            if let current = next, state[current] == 1 {
                let circle = way[(way.firstIndex(of: current) ?? 0)...]
                if let first = circle.min() {
                    nodes[first].parent = nil
                    nodes[first].isOrphan = true
                }
            }
            for current in way { state[current] = 2 }
        }
    }

    /// Puts each retry with the first try before it of the same call: same parent, type and name.
    private mutating func groupRetries() {
        for group in nodes.indices.map({ nodes[$0].children }) + [roots] {
            var calls: [String: (first: Int, attempt: Int)] = [:]
            for place in group {
                let span = nodes[place].span
                let key = "\(span.eventType)\u{0}\(span.name ?? "")"
                let attempt = nodes[place].attempt
                if attempt > 1, let call = calls[key], call.attempt < attempt {
                    nodes[place].retryOf = call.first
                    nodes[call.first].retries.append(place)
                    calls[key] = (call.first, attempt)
                } else {
                    calls[key] = (place, attempt)
                }
            }
        }
    }

    private mutating func assignLanes() {
        for group in nodes.indices.map({ nodes[$0].children }) + [roots] {
            var ends: [Int64] = []
            for place in group {
                let interval = nodes[place].interval
                // What happens in an instant takes no lane.
                guard interval.lowerBound < interval.upperBound else { continue }
                let lane = ends.firstIndex { $0 <= interval.lowerBound } ?? ends.count
                if lane == ends.count { ends.append(interval.upperBound) } else { ends[lane] = interval.upperBound }
                nodes[place].lane = lane
            }
        }
    }

    private mutating func measureSelfTimes() {
        for place in nodes.indices {
            let own = nodes[place].interval
            var covered: Int64 = 0
            var reached = own.lowerBound
            for child in nodes[place].children {
                let from = max(nodes[child].interval.lowerBound, reached)
                let to = min(nodes[child].interval.upperBound, own.upperBound)
                guard to > from else { continue }
                covered += to - from
                reached = to
            }
            nodes[place].selfTime = .microseconds(own.upperBound - own.lowerBound - covered)
        }
    }

    /// Each span's interval, widened to those of the spans within it: what was measured elsewhere and logged later, and
    /// what outlives its parent, counts where it was.
    private var extents: [ClosedRange<Int64>] {
        var order = roots
        var next = 0
        while next < order.count {
            order += nodes[order[next]].children
            next += 1
        }
        var extents = nodes.map(\.interval)
        for place in order.reversed() {
            guard let parent = nodes[place].parent else { continue }
            let (outer, inner) = (extents[parent], extents[place])
            extents[parent] = min(outer.lowerBound, inner.lowerBound)...max(outer.upperBound, inner.upperBound)
        }
        return extents
    }

    /// Goes back from the end: what ended last is what was waited for.
    private mutating func findCriticalPath() {
        let extents = extents
        // Each entry: spans among which to look, whose parent (nil for the trace), and the time to explain.
        var work: [(group: [Int], owner: Int?, from: Int64, to: Int64)] = []
        work.append((roots, nil, start.microseconds, (start + duration).microseconds))
        while let (group, owner, from, to) = work.popLast() {
            var cursor = to
            for child in group.sorted(by: { extents[$0].upperBound > extents[$1].upperBound }) {
                let childEnd = min(extents[child].upperBound, cursor)
                let childStart = max(extents[child].lowerBound, from)
                guard childEnd > childStart else { continue }
                if let owner { nodes[owner].criticalTime += .microseconds(cursor - childEnd) }
                nodes[child].isCritical = true
                work.append((nodes[child].children, child, childStart, childEnd))
                cursor = childStart
            }
            if let owner, cursor > from { nodes[owner].criticalTime += .microseconds(cursor - from) }
        }
    }
}
