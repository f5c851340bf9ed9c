import Testing

@testable import Telemetry

struct CaptureTests {
    private func bytes(_ capture: ContentCapture, _ key: String, _ limits: Limits = Limits()) -> Int? {
        capture.fieldBytes(at: key, limits: limits)
    }

    private static let contents = [
        "prompt", "response", "arguments", "result", "data", "messages", "content", "input", "output", "question",
        "answer", "reasoning", "system_prompt", "retrieved_documents", "choices", "selected",
    ]

    private static let others = [
        "", "model", "prompt_length", "response_length", "prompt_tokens", "completion_tokens", "finish_reason",
        "attempt",
        "success", "tool", "operation", "user_id", "session_id", "Prompt", "prompts", "promp", "data_size",
        "tokens_per_second",
    ]

    @Test(arguments: contents)
    func `contents are left out, cut or whole`(key: String) {
        #expect(bytes(.none, key) == nil)
        #expect(bytes(.truncated(), key) == 16 << 10)
        #expect(bytes(.truncated(bytes: 100), key) == 100)
        #expect(bytes(.truncated(bytes: 1 << 20), key, Limits(fieldBytes: 10)) == 1 << 20)
        #expect(bytes(.truncated(bytes: -1), key) == 0)
        #expect(bytes(.full, key) == .max)
    }

    @Test(arguments: [-1, .min])
    func `of a content with less than no room nothing but the mark stays`(bytes: Int) {
        let span = Span(
            id: SpanLineTests.id,
            traceID: SpanLineTests.trace,
            eventType: .llmCall,
            timestamp: SpanLineTests.time,
            data: ["prompt": "some prompt"]
        )
        span.withLine(policy: LinePolicy(capture: .truncated(bytes: bytes))) { line in
            #expect(String(decoding: line, as: UTF8.self).contains(#""data":{"prompt":"…[+11 bytes]"}"#))
        }
    }

    @Test(arguments: others)
    func `lengths, counts and names are subject to the limits alone`(key: String) {
        for capture in [ContentCapture.none, .truncated(bytes: 1), .full] {
            #expect(bytes(capture, key, Limits(fieldBytes: 123)) == 123)
        }
    }
}
