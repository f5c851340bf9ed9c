import Telemetry

/// A log for those programs in the documentation that read one: ada's question, in which a tool failed and was called
/// again, and grace's.
enum SampleLog {
    static var text: String {
        let ada = TraceID(high: 0xb825_7719_0c1f_4d2a, low: 0x9e6b_3f80_57c1_d2e4)!
        let grace = TraceID(high: 0x39d1_be13_a7f0_4c66, low: 0x88d2_b195_0e4c_7a61)!
        let oslo: JSONObject = ["tool": "weather", "arguments": ["city": "Oslo"]]
        let spans = [
            span(2, in: 1, ada, .llmCall, "my-model", at: 1, 812.4, tokens(61, 18)),
            span(3, in: 1, ada, .toolCall, "weather", at: 815, 2001.2, oslo, error: "timed out after 2000 ms"),
            span(4, in: 1, ada, .toolCall, "weather", at: 2817, 94.6, oslo),
            span(5, in: 1, ada, .llmCall, "my-model", at: 2913, 430.9, tokens(84, 11)),
            span(1, in: nil, ada, .agentRun, "How warm is it in Oslo?", at: 0, 3344, ["user_id": "ada"]),
            span(7, in: 6, grace, .llmCall, "my-model", at: 7001, 388, tokens(55, 9)),
            span(6, in: nil, grace, .agentRun, "What is a span?", at: 7000, 389.1, ["user_id": "grace"]),
        ]
        return spans.map { "\($0)\n" }.joined()
    }

    private static func tokens(_ prompt: Int, _ completion: Int) -> JSONObject {
        ["prompt_tokens": prompt.json, "completion_tokens": completion.json]
    }

    /// A span that began so many milliseconds after half past ten, and took so many.
    private static func span(
        _ id: UInt64,
        in parent: UInt64?,
        _ trace: TraceID,
        _ type: EventType,
        _ name: String,
        at start: Double,
        _ milliseconds: Double,
        _ data: JSONObject,
        error: String? = nil
    ) -> Span {
        Span(
            id: SpanID(bits: id)!,
            traceID: trace,
            parentID: parent.flatMap { SpanID(bits: $0) },
            eventType: type,
            name: name,
            timestamp: Timestamp("2026-01-15T10:30:00.000000Z")! + .milliseconds(start),
            duration: .milliseconds(milliseconds),
            data: data,
            error: error
        )
    }
}
