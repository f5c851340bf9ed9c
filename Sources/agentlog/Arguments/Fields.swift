/// What `--json` prints, by the names of the outermost fields, which help shows.
///
/// What they mean, and what is within them, stands in the documentation of TelemetryLog, under "JSON shapes".
enum Fields {
    static let reading = [
        "files", "bytes", "lines", "bad_lines", "duplicates", "torn_lines", "unfinished_spans",
    ]
    static let line = [
        "span_id", "trace_id", "parent_span_id", "event_type", "name", "timestamp", "duration_ms", "data", "error",
    ]
}
