import Telemetry
import Testing

struct MetricsTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    @Test func `nothing counted gives no rate, and no average`() {
        let metrics = telemetry.metrics
        #expect(metrics == Metrics())
        #expect(metrics.llmSuccessRate == nil)
        #expect(metrics.toolSuccessRate == nil)
        #expect(metrics.toolFailureRate == nil)
        #expect(metrics.averageLatency == nil)
        #expect(metrics.eventTypes.isEmpty)
        #expect(metrics.latency(of: .llmCall) == nil)
    }

    @Test func `model calls are counted with their failures, retries, tokens and latency`() {
        telemetry.logLLMCall(
            promptLength: 1,
            responseLength: 1,
            duration: .milliseconds(100),
            promptTokens: 10,
            cachedTokens: 4,
            completionTokens: 5
        )
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .milliseconds(200), success: false)
        telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .milliseconds(300), attempt: 2, error: "e")
        telemetry.logLLMCall(
            promptLength: 1,
            responseLength: 1,
            duration: .milliseconds(400),
            promptTokens: 1,
            completionTokens: 2,
            attempt: 3
        )
        let metrics = telemetry.metrics
        #expect(metrics.llmCalls == 4)
        #expect(metrics.llmFailures == 2)
        #expect(metrics.llmRetries == 2)
        #expect(metrics.llmSuccessRate == 0.5)
        #expect(metrics.totalLatency == .seconds(1))
        #expect(metrics.averageLatency == .milliseconds(250))
        #expect(metrics.promptTokens == 11)
        #expect(metrics.cachedTokens == 4)
        #expect(metrics.completionTokens == 7)
        #expect(metrics.spans == 4)
    }

    @Test func `tools, memory and decisions are counted, each by itself`() {
        telemetry.logToolRequest("t")
        telemetry.logToolRequest("t")
        telemetry.logToolCall("t", duration: .milliseconds(1))
        telemetry.logToolCall("t", duration: .milliseconds(1))
        telemetry.logToolCall("t", duration: .milliseconds(1))
        telemetry.logToolCall("t", duration: .milliseconds(1), error: "e")
        for operation in MemoryOperation.allCases { telemetry.logMemoryOperation(operation) }
        telemetry.logDecision(choices: ["a"], selected: "a")
        telemetry.log("own")
        let metrics = telemetry.metrics
        #expect(metrics.toolRequests == 2)
        #expect(metrics.toolCalls == 4)
        #expect(metrics.toolFailures == 1)
        #expect(metrics.toolSuccessRate == 0.75)
        #expect(metrics.toolFailureRate == 0.25)
        #expect(metrics.memoryOperations == 4)
        #expect(metrics.decisions == 1)
        #expect(metrics.llmCalls == 0)
        #expect(metrics.totalLatency == .zero)
        #expect(metrics.spans == 12)
    }

    @Test func `a scope's model call counts like a logged one`() {
        telemetry.withSpan(.llmCall) { span in
            span["attempt"] = 2
            span["prompt_tokens"] = 3
            span["success"] = false
            recorder.time.advance(by: .milliseconds(10))
        }
        #expect(telemetry.metrics.llmFailures == 1)
        #expect(telemetry.metrics.llmRetries == 1)
        #expect(telemetry.metrics.promptTokens == 3)
        #expect(telemetry.metrics.averageLatency == .milliseconds(10))
    }

    @Test func `latencies are told apart by type, instants left out`() {
        telemetry.log("b", duration: .milliseconds(5))
        telemetry.log("a", duration: .milliseconds(7))
        telemetry.log("a", duration: .milliseconds(9))
        telemetry.log("instant")
        let metrics = telemetry.metrics
        #expect(metrics.eventTypes == ["a", "b"])
        #expect(metrics.latency(of: "a")?.count == 2)
        #expect(metrics.latency(of: "a")?.max == .milliseconds(9))
        #expect(metrics.latency(of: "instant") == nil)
    }

    @Test func `a program that invents types without end doesn't use memory without end`() {
        for place in 0..<200 { telemetry.log(EventType(rawValue: "type \(place)"), duration: .milliseconds(1)) }
        let metrics = telemetry.metrics
        #expect(metrics.eventTypes.count == 65)
        #expect(metrics.latency(of: "other")?.count == 136)
        #expect(metrics.latency(of: "type 63")?.count == 1)
        #expect(metrics.latency(of: "type 64") == nil)
    }

    @Test(arguments: [Int.max, Int.min, -1])
    func `absurd token counts saturate`(tokens: Int) {
        for _ in 0..<2 {
            telemetry.logLLMCall(
                promptLength: tokens,
                responseLength: tokens,
                duration: .zero,
                promptTokens: tokens,
                cachedTokens: tokens,
                completionTokens: tokens,
                attempt: tokens
            )
        }
        #expect(telemetry.metrics.promptTokens == max(0, tokens))
        #expect(telemetry.metrics.completionTokens == max(0, tokens))
        #expect(telemetry.summary.contains("LLM Calls:      2"))
    }

    @Test func `figures of another kind than expected are ignored`() {
        telemetry.log(.llmCall, data: ["attempt": "second", "prompt_tokens": 1.5, "success": "no"])
        #expect(telemetry.metrics.llmRetries == 0)
        #expect(telemetry.metrics.promptTokens == 0)
        #expect(telemetry.metrics.llmFailures == 0)
    }
}
