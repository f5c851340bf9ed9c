public import Telemetry

extension SpanStatistics {
    /// `count`, `failures`, `retries`, `p50_ms`, `p95_ms`, `p99_ms`, `max_ms`, and tokens.
    ///
    /// Percentiles are `null` where nothing has a duration.
    public var json: JSONObject {
        func milliseconds(_ duration: Duration?) -> JSONValue { duration.map(JSONValue.milliseconds) ?? .null }
        return [
            "count": .integer(count),
            "failures": .integer(failures),
            "retries": .integer(retries),
            "p50_ms": milliseconds(latency.p50),
            "p95_ms": milliseconds(latency.p95),
            "p99_ms": milliseconds(latency.p99),
            "max_ms": milliseconds(latency.max),
            "prompt_tokens": .integer(promptTokens),
            "cached_tokens": .integer(cachedTokens),
            "completion_tokens": .integer(completionTokens),
        ]
    }
}

extension JSONValue {
    /// A duration in milliseconds, with six decimals at most.
    static func milliseconds(_ duration: Duration) -> JSONValue {
        let (seconds, attoseconds) = duration.components
        // Longer than any operation takes, whole seconds will do.
        guard seconds.magnitude < 1_000_000_000 else { return .number(Double(seconds) * 1000) }
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        return nanoseconds % 1_000_000 == 0
            ? .integer(Int(nanoseconds / 1_000_000)) : .number(Double(nanoseconds) / 1_000_000)
    }
}

extension LogSummary {
    /// The figures: `files`, `bytes`, `start`, `end`, `spans`, `traces`, `failed_traces`, `grouping`, `rows` (each with
    /// `name`, the figures and, of event types, `parts`), `slowest_trace`, `failures`, and what is missing:
    /// `dropped_spans`, `unfinished_spans`, `torn_lines`, `duplicates`, `bad_lines`.
    public var json: JSONValue {
        var object = report.json
        object["start"] = start?.description
        object["end"] = end?.description
        object["spans"] = spans
        object["traces"] = traces
        object["failed_traces"] = failedTraces
        object["grouping"] = grouping.rawValue
        object["rows"] = JSONValue.array(rows.map(\.json))
        if let slowest {
            object["slowest_trace"] = [
                "trace_id": .string(slowest.id.description), "name": slowest.name.map(JSONValue.string) ?? .null,
                "timestamp": .string(slowest.start.description), "duration_ms": .milliseconds(slowest.duration),
            ]
        }
        object["failures"] = JSONValue.array(failures.map(\.json))
        object["dropped_spans"] = droppedSpans
        object["repaired_lines"] = repairedLines
        return .object(object)
    }
}

extension LogSummary.Row {
    /// `name`, the figures, and `parts` where there are some.
    public var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        for (key, value) in statistics.json { object[key] = value }
        if !parts.isEmpty { object["parts"] = JSONValue.array(parts.map(\.json)) }
        return .object(object)
    }
}

extension ReadingReport {
    /// `files`, `bytes`, `lines`, `bad_lines` (a count), `duplicates`, `torn_lines`, `unfinished_spans`.
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
    /// `cause`, `example`, `count`, `event_types` (a count for each), `first`, `last`, `trace_id`.
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
    /// `trace_id`, `event_type`, `name`, `user_id`, `timestamp`, `duration_ms`, `spans`, `failures`, `retries`,
    /// `unfinished_spans`, `prompt_tokens`, `completion_tokens`.
    public var json: JSONValue {
        [
            "trace_id": .string(id.description),
            "event_type": .string(eventType.rawValue),
            "name": name.map(JSONValue.string) ?? .null,
            "user_id": user.map(JSONValue.string) ?? .null,
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
    /// The trace: `trace_id`, `timestamp`, `duration_ms`, `bottleneck` (`event_type`, `duration_ms`, `share`, `count`,
    /// `retries`), and `spans`: the lines of the log, each with what the tree adds: `self_ms`, `critical_ms`, `lane`,
    /// `retry_of`, `is_orphan`, `is_unfinished`.
    public var json: JSONValue {
        var object: JSONObject = [
            "trace_id": .string(id.description), "timestamp": .string(start.description),
            "duration_ms": .milliseconds(duration), "bottleneck": .null,
        ]
        if let bottleneck {
            object["bottleneck"] = [
                "event_type": .string(bottleneck.eventType.rawValue),
                "duration_ms": .milliseconds(bottleneck.time),
                "share": .number(Double(Int(bottleneck.share * 10_000 + 0.5)) / 10_000),
                "count": .integer(bottleneck.count),
                "retries": .integer(bottleneck.retries),
                "text": .string(bottleneck.description),
            ]
        }
        object["spans"] = JSONValue.array(
            nodes.map { node in
                var span = node.span.lineJSON
                span["self_ms"] = JSONValue.milliseconds(node.selfTime)
                span["critical_ms"] = JSONValue.milliseconds(node.criticalTime)
                span["lane"] = node.lane
                span["retry_of"] = node.retryOf.map { nodes[$0].span.id.description }
                span["is_orphan"] = node.isOrphan
                span["is_unfinished"] = node.isUnfinished
                return .object(span)
            }
        )
        return .object(object)
    }
}
