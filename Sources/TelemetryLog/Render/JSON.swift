public import Telemetry

extension SpanStatistics {
    /// The figures, as in a row; see <doc:JSONShapes>.
    public var json: JSONObject {
        [
            "count": .integer(count),
            "failures": .integer(failures),
            "retries": .integer(retries),
            "p50_ms": .milliseconds(latency.p50),
            "p95_ms": .milliseconds(latency.p95),
            "p99_ms": .milliseconds(latency.p99),
            "max_ms": .milliseconds(latency.max),
            "prompt_tokens": .integer(promptTokens),
            "cached_tokens": .integer(cachedTokens),
            "completion_tokens": .integer(completionTokens),
        ]
    }
}

extension JSONValue {
    /// A duration in milliseconds, with six decimals at most.
    static func milliseconds(_ duration: Duration?) -> JSONValue {
        guard let duration else { return .null }
        let (seconds, attoseconds) = duration.components
        // Longer than any operation takes, whole seconds will do.
        guard seconds.magnitude < 1_000_000_000 else { return .number(Double(seconds) * 1000) }
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        return nanoseconds % 1_000_000 == 0
            ? .integer(Int(nanoseconds / 1_000_000)) : .number(Double(nanoseconds) / 1_000_000)
    }
}

extension LogSummary {
    /// The figures, as `agentlog summary --json` prints them; see <doc:JSONShapes>.
    public var json: JSONValue {
        var object = report.json
        object["start"] = start.json
        object["end"] = end.json
        object["spans"] = spans
        object["traces"] = traces
        object["failed_traces"] = failedTraces
        object["grouping"] = grouping.rawValue
        object["rows"] = JSONValue.array(rows.map(\.json))
        object["slowest_trace"] =
            slowest.map { trace in
                [
                    "trace_id": .string(trace.id.description), "name": trace.name.json,
                    "timestamp": .string(trace.start.description), "duration_ms": .milliseconds(trace.duration),
                ]
            } ?? JSONValue.null
        object["failures"] = JSONValue.array(failures.map(\.json))
        object["dropped_spans"] = droppedSpans
        object["repaired_lines"] = repairedLines
        return .object(object)
    }
}

extension LogSummary.Row {
    /// The row, as in a summary's `rows`; see <doc:JSONShapes>.
    public var json: JSONValue {
        var object = figures
        object["parts"] = JSONValue.array(parts.map { .object($0.figures) })
        return .object(object)
    }

    private var figures: JSONObject {
        var object: JSONObject = ["name": .string(name)]
        for (key, value) in statistics.json { object[key] = value }
        return object
    }
}

extension ReadingReport {
    /// What every answer from a whole log begins with; see <doc:JSONShapes>.
    public var json: JSONObject {
        [
            "files": .array(files.map(JSONValue.string)),
            "bytes": .integer(bytes),
            "lines": .integer(lines),
            "bad_lines": .integer(badLineCount),
            "duplicates": .integer(duplicates),
            "torn_lines": .integer(tornLines),
            "unfinished_spans": .integer(unfinished),
        ]
    }
}

extension FailureGroup {
    /// The group, as in `failures`; see <doc:JSONShapes>.
    public var json: JSONValue {
        let types = eventTypes.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            "cause": .string(cause),
            "example": .string(example),
            "count": .integer(count),
            "event_types": .object(JSONObject(types.map { ($0.key.rawValue, JSONValue.integer($0.value)) })),
            "first": .string(first.description),
            "last": .string(last.description),
            "trace_id": .string(trace.description),
        ]
    }
}

extension TraceOverview {
    /// The trace, as in `traces`; see <doc:JSONShapes>.
    public var json: JSONValue {
        [
            "trace_id": .string(id.description),
            "event_type": .string(eventType.rawValue),
            "name": name.json,
            "user_id": user.json,
            "timestamp": .string(start.description),
            "duration_ms": .milliseconds(duration),
            "spans": .integer(spans),
            "failures": .integer(failures),
            "retries": .integer(retries),
            "unfinished_spans": .integer(unfinished),
            "prompt_tokens": .integer(promptTokens),
            "completion_tokens": .integer(completionTokens),
        ]
    }
}

extension Span {
    /// The span's line in the log, as a value.
    var lineJSON: JSONObject { (try? JSONValue(parsing: description))?.object ?? [:] }
}

extension Trace {
    /// The trace, as `agentlog trace ID --json` prints it: its spans are the lines of the log, each with what the tree adds;
    /// see <doc:JSONShapes>.
    public var json: JSONValue {
        [
            "trace_id": .string(id.description), "timestamp": .string(start.description),
            "duration_ms": .milliseconds(duration), "bottleneck": bottleneck?.json ?? .null,
            "spans": .array(nodes.map { json(of: $0) }),
        ]
    }

    private func json(of node: Node) -> JSONValue {
        var span = node.span.lineJSON
        span["self_ms"] = JSONValue.milliseconds(node.selfTime)
        span["critical_ms"] = JSONValue.milliseconds(node.criticalTime)
        span["lane"] = node.lane
        span["retry_of"] = node.retryOf.map { nodes[$0].span.id.description }.json
        span["is_orphan"] = node.isOrphan
        span["is_unfinished"] = node.isUnfinished
        return .object(span)
    }
}

extension Bottleneck {
    var json: JSONValue {
        [
            "event_type": .string(eventType.rawValue), "duration_ms": .milliseconds(time),
            "share": .number(Double(Int(share * 10_000 + 0.5)) / 10_000), "count": .integer(count),
            "retries": .integer(retries), "failures": .integer(failures), "text": .string(description),
        ]
    }
}

extension String? {
    var json: JSONValue { map(JSONValue.string) ?? .null }
}

extension Timestamp? {
    var json: JSONValue { map(\.description).json }
}
