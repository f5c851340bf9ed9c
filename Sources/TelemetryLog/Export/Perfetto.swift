internal import Telemetry

/// Traces in the Trace Event Format, which ui.perfetto.dev opens ("Trace Event Format", Google, 2016).
///
/// A trace is a process; its threads are lanes, so that the slices of each nest. Times are microseconds. Tokens so far are
/// a counter of the process.
enum Perfetto {
    static let start = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
    static let end = "\n]}\n"

    /// The events of a trace, separated by commas and line ends.
    static func events(_ trace: Trace, process: Int) -> String {
        var events: [String] = []
        func add(_ members: JSONObject) {
            events.append(JSONValue.object(members).description)
        }
        let name = trace.root?.name ?? trace.nodes[trace.roots.first ?? 0].span.eventType.rawValue
        add([
            "ph": "M", "pid": .integer(process), "name": "process_name",
            "args": ["name": .string("\(trace.id.short) \(name)")],
        ])
        var (prompt, completion) = (0, 0)
        var counters: [(time: Int64, prompt: Int, completion: Int)] = []
        for (node, lane) in zip(trace.nodes, lanes(trace)) {
            let span = node.span
            let length = node.interval.upperBound - node.interval.lowerBound
            var arguments: JSONObject = ["span_id": .string(span.id.description)]
            if let error = span.error { arguments["error"] = error }
            for (key, value) in span.data { arguments[key] = value }
            let isInstant = span.duration == nil && !node.isUnfinished
            var event: JSONObject = [
                "ph": isInstant ? "i" : "X", "pid": .integer(process), "tid": .integer(lane + 1),
                "ts": .integer(Int(node.interval.lowerBound)),
            ]
            if isInstant { event["s"] = "t" } else { event["dur"] = JSONValue.integer(Int(length)) }
            event["name"] = span.name ?? span.eventType.rawValue
            event["cat"] = span.eventType.rawValue
            event["args"] = arguments
            add(event)
            let tokens = (span.data["prompt_tokens"]?.integer ?? 0, span.data["completion_tokens"]?.integer ?? 0)
            if tokens != (0, 0) { counters.append((node.interval.upperBound, max(0, tokens.0), max(0, tokens.1))) }
        }
        for counter in counters.sorted(by: { $0.time < $1.time }) {
            prompt = prompt.addingSaturating(counter.prompt)
            completion = completion.addingSaturating(counter.completion)
            add([
                "ph": "C", "pid": .integer(process), "name": "tokens", "ts": .integer(Int(counter.time)),
                "args": ["prompt": .integer(prompt), "completion": .integer(completion)],
            ])
        }
        return events.joined(separator: ",\n")
    }

    /// A lane for each node, so that of two spans on one lane one contains the other, or they don't overlap: the parent's
    /// if it fits there, or else the first where it does.
    static func lanes(_ trace: Trace) -> [Int] {
        var lanes = [Int](repeating: 0, count: trace.nodes.count)
        // For each lane, the ends of the spans that are open there, the innermost last.
        var open: [[Int64]] = []
        for (place, node) in trace.nodes.enumerated() {
            func fits(_ lane: Int) -> Bool {
                while let end = open[lane].last, end <= node.interval.lowerBound { open[lane].removeLast() }
                return open[lane].last.map { node.interval.upperBound <= $0 } ?? true
            }
            // Spans come by when they began: a parent that began later has no lane yet.
            let preferred = node.parent.flatMap { $0 < place ? lanes[$0] : nil }
            var lane = open.count
            if let preferred, fits(preferred) {
                lane = preferred
            } else if let free = open.indices.first(where: fits) {
                lane = free
            }
            if lane == open.count { open.append([]) }
            open[lane].append(node.interval.upperBound)
            lanes[place] = lane
        }
        return lanes
    }
}
