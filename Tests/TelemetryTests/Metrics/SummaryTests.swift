import Telemetry
import Testing

struct SummaryTests {
    let recorder = DeterministicRecorder()
    var telemetry: Telemetry { recorder.telemetry }

    @Test func `metrics print as their summary`() {
        recorder.telemetry.logDecision(choices: ["a"], selected: "a")
        #expect("\(recorder.telemetry.metrics)\n" == recorder.telemetry.summary)
    }

    @Test func `the first block is the lesson's, to the character`() {
        for milliseconds in [1244, 1245, 1246] {
            telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .milliseconds(milliseconds))
        }
        telemetry.logToolCall("calculator", duration: .microseconds(5230))
        telemetry.logToolCall("calculator", duration: .microseconds(5230))
        telemetry.logMemoryOperation(.add)
        #expect(
            telemetry.summary.hasPrefix(
                """
                ========================================
                TELEMETRY SUMMARY
                ========================================
                LLM Calls:      3
                  Success Rate: 100.00%
                  Avg Latency:  1245ms
                  Retries:      0
                Tool Calls:     2
                  Success Rate: 100.00%
                Memory Ops:     1
                ========================================

                """
            )
        )
    }

    @Test func `with nothing to divide, a rate isn't available`() {
        #expect(
            telemetry.summary == """
                ========================================
                TELEMETRY SUMMARY
                ========================================
                LLM Calls:      0
                  Success Rate: n/a
                  Avg Latency:  n/a
                  Retries:      0
                Tool Calls:     0
                  Success Rate: n/a
                Memory Ops:     0
                ========================================

                """
        )
    }

    @Test func `what else there is to say follows below the block`() throws {
        telemetry.logLLMCall(
            promptLength: 1,
            responseLength: 1,
            duration: .milliseconds(1245),
            promptTokens: 100,
            cachedTokens: 30,
            completionTokens: 20
        )
        telemetry.log("own", duration: .microseconds(950))
        telemetry.logDecision(choices: ["a"], selected: "a")
        let span = telemetry.startSpan("x")
        span.end()
        span.end()
        telemetry.close()
        telemetry.log("dropped")
        let rule = String(repeating: "=", count: 40)
        let below = try #require(
            telemetry.summary.split(separator: rule, omittingEmptySubsequences: false).dropFirst(3).first
        )
        #expect(
            below == """

                Decisions:      1
                Tokens:         100 in (30 cached), 20 out
                Latency:            p50       p95       p99
                  llm_call         1245ms    1245ms    1245ms
                  own               950us     950us     950us
                  x                   0us       0us       0us
                Dropped:        1 (not in the log: closed 1)
                Ignored:        1 (calls on spans that had ended)

                """
        )
        #expect(telemetry.summary.hasSuffix("\n\(rule)\n"))
    }

    @Test(arguments: [(1, 0, "0.00%"), (3, 2, "66.67%"), (3, 1, "33.33%"), (2, 1, "50.00%"), (1, 1, "100.00%")])
    func `a rate has two decimals`(calls: Int, successes: Int, text: String) {
        for call in 0..<calls {
            telemetry.logToolCall("t", duration: .zero, error: call < successes ? nil : "e")
        }
        #expect(telemetry.summary.contains("\n  Success Rate: \(text)\nMemory Ops:"))
    }

    @Test func `one failure among very many calls doesn't read as none`() {
        let telemetry = Telemetry(sink: NoSink(), configuration: .init(recentBytes: 0))
        for _ in 0..<30_000 { telemetry.logToolCall("t", duration: .zero) }
        telemetry.logToolCall("t", duration: .zero, error: "e")
        #expect(telemetry.summary.contains("Success Rate: 99.99%"))
    }

    @Test func `a type's name can't act on the terminal, or break the block`() {
        telemetry.log(
            EventType(rawValue: "\u{1B}[2J\n=====\u{202E}" + String(repeating: "x", count: 1000)),
            duration: .zero
        )
        let summary = telemetry.summary
        #expect(!summary.unicodeScalars.contains { ($0.value < 32 && $0 != "\n") || $0 == "\u{202E}" })
        #expect(summary.split(separator: "\n").allSatisfy { $0.count < 120 })
    }

    @Test(
        arguments: [
            (.zero, "0us"), (.nanoseconds(499), "0us"), (.nanoseconds(500), "1us"), (.microseconds(950), "950us"),
            (.nanoseconds(999_499), "999us"), (.nanoseconds(999_500), "1.0ms"), (.microseconds(12_340), "12.3ms"),
            (.microseconds(99_949), "99.9ms"), (.microseconds(99_950), "100ms"), (.milliseconds(1245), "1245ms"),
            (.microseconds(9_999_499), "9999ms"), (.microseconds(9_999_500), "10.0s"), (.seconds(83), "83.0s"),
            (.milliseconds(-5), "0us"),
        ] as [(Duration, String)]
    )
    func `a duration has the unit that fits`(duration: Duration, text: String) {
        #expect(duration.summary == text)
    }
}
