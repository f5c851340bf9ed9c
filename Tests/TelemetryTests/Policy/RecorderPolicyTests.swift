import Synchronization
import Telemetry
import Testing

/// The policies as a recorder applies them: what reaches the sink.
struct RecorderPolicyTests {
    let sink = InMemorySink()
    /// Made of parts, lest somebody take it for a real one.
    let secret = "sk-" + "ant-" + String(repeating: "a1B2c3D4", count: 6)

    private func recorder(_ change: (inout Telemetry.Configuration) -> Void = { _ in }) -> Telemetry {
        var configuration = Telemetry.Configuration()
        change(&configuration)
        return Telemetry(sink: sink, configuration: configuration)
    }

    // MARK: Redaction

    @Test func `no secret reaches the log, wherever it stands`() {
        struct Failure: Error, CustomStringConvertible { var description: String }
        let telemetry = recorder()
        try? telemetry.withTrace("ask with \(secret)", userID: secret, data: ["note": .string(secret)]) { trace in
            trace["headers"] = ["Authorization": "hunter2 hunter2", "accept": "text/html"]
            trace["nested"] = [["deep": .string("before \(secret) after")]] as JSONValue
            telemetry.logLLMCall(
                model: secret,
                promptLength: 1,
                responseLength: 1,
                duration: .zero,
                error: "401 for \(secret)",
                data: ["prompt": .string("my key is \(secret)")]
            )
            telemetry.logLLMCall(model: secret, promptLength: 1, responseLength: 1, duration: .zero)
            telemetry.logToolCall(
                "fetch",
                arguments: ["api_key": "hunter2 hunter2"],
                result: .string(secret),
                duration: .zero
            )
            telemetry.logToolRequest("fetch", arguments: ["password": "hunter2 hunter2"])
            telemetry.logMemoryOperation(.add, data: .string(secret))
            telemetry.logDecision(choices: [secret], selected: secret)
            throw Failure(description: "failed with \(secret)")
        }
        #expect(sink.lines.count == 7)
        for line in sink.lines {
            #expect(!line.contains(secret.dropFirst(10)), "\(line)")
            #expect(!line.contains("hunter2"), "\(line)")
        }
        #expect(sink.lines.allSatisfy { $0.contains("[redacted") })
        #expect(sink.spans.last?.data["headers"] == ["Authorization": "[redacted]", "accept": "text/html"])
        #expect(telemetry.recentSpans().allSatisfy { !$0.description.contains(secret) })
    }

    @Test func `a secret is masked before a text is cut within it`() {
        let telemetry = recorder { $0.capture = .truncated(bytes: 40) }
        telemetry.log("x", data: ["prompt": .string(String(repeating: "x", count: 30) + " " + secret)])
        #expect(sink.lines.count == 1)
        #expect(!sink.lines[0].contains("sk-"))
    }

    @Test func `figures whose names sound like secrets stay`() {
        recorder().logLLMCall(promptLength: 1, responseLength: 2, duration: .zero, promptTokens: 3, completionTokens: 4)
        #expect(sink.spans[0].data["prompt_tokens"] == 3)
        #expect(sink.spans[0].data["completion_tokens"] == 4)
    }

    @Test func `the program's own rule sees every member, the package's own included`() {
        let telemetry = recorder {
            $0.redaction.replacement = { key, value in key == "model" ? "a model" : value }
        }
        telemetry.logLLMCall(model: "m", promptLength: 1, responseLength: 2, duration: .zero)
        #expect(sink.spans[0].data["model"] == "a model")
        #expect(sink.spans[0].data["prompt_length"] == 1)
    }

    @Test func `redaction can be switched off`() {
        recorder { $0.redaction = .none }.log("x", data: ["password": .string(secret)])
        #expect(sink.spans[0].data["password"] == JSONValue.string(secret))
    }

    // MARK: Capture

    @Test func `without capture, contents are left out, and their lengths stay`() {
        let telemetry = recorder { $0.capture = .none }
        telemetry.log("llm_call", data: ["prompt": "hello", "prompt_length": 5, "response": ["x"], "model": "m"])
        telemetry.logToolCall("t", arguments: ["a": 1], result: 2, duration: .zero)
        #expect(sink.spans[0].data == ["prompt_length": 5, "model": "m"])
        #expect(sink.spans[1].data == ["tool": "t"])
    }

    @Test func `unless told otherwise, a prompt is cut at 16 KiB, between characters`() throws {
        let telemetry = recorder()
        let prompt = String(repeating: "x", count: (16 << 10) - 10) + "👨‍👩‍👧‍👦" + String(repeating: "y", count: 100)
        telemetry.logLLMCall(prompt: prompt, responseLength: 1, duration: .zero)
        let read = try #require(sink.spans.first)
        #expect(read.data["prompt"]?.string == prompt.prefix((16 << 10) - 10) + "…[+125 bytes]")
        #expect(read.data["prompt_length"]?.integer == prompt.count)
        let whole = recorder { $0.capture = .full }
        whole.logLLMCall(prompt: prompt, responseLength: 1, duration: .zero)
        #expect(sink.spans.last?.data["prompt"]?.string == prompt)
    }

    @Test func `contents are cut where the capture says, and other texts where the limits say`() {
        let long = String(repeating: "a", count: 100)
        let telemetry = recorder {
            $0.capture = .truncated(bytes: 10)
            $0.limits.fieldBytes = 50
        }
        telemetry.log("x", data: ["prompt": .string(long), "note": .string(long)])
        #expect(sink.spans[0].data["prompt"] == "aaaaaaaaaa…[+90 bytes]")
        #expect(sink.spans[0].data["note"] == JSONValue.string(String(repeating: "a", count: 50) + "…[+50 bytes]"))
    }

    // MARK: Sampling

    @Test func `only traces that failed are written, whole, and all are counted`() {
        let telemetry = recorder { $0.sampling = .failuresOnly }
        for place in 0..<10 {
            telemetry.withTrace("\(place)") { _ in
                telemetry.withSpan("a") { _ in }
                telemetry.withSpan("b") { span in if place == 7 { span.fail("broken") } }
            }
        }
        #expect(sink.spans.map(\.eventType) == ["a", "b", .agentRun])
        #expect(sink.spans.last?.name == "7")
        #expect(telemetry.metrics.spans == 30)
        #expect(telemetry.metrics.sampledOutSpans == 27)
        #expect(telemetry.summary.contains("Sampled out:    27 spans"))
        #expect(telemetry.recentSpans().count == 30)
    }

    @Test func `a share of traces is written whole, the same ones by every recorder`() {
        let other = InMemorySink()
        func record(to sink: InMemorySink) {
            var configuration = Telemetry.Configuration(identifiers: HashedIdentifiers())
            configuration.sampling.ratio = 0.25
            let telemetry = Telemetry(sink: sink, configuration: configuration)
            for _ in 0..<1000 { telemetry.withTrace { _ in telemetry.log("x") } }
        }
        record(to: sink)
        record(to: other)
        let kept = Set(sink.spans.map(\.traceID))
        #expect((200...300).contains(kept.count))
        #expect(sink.spans.count == 2 * kept.count)
        #expect(Set(other.spans.map(\.traceID)) == kept)
    }

    @Test func `a trace of startTrace is kept whole, though none of its spans has a parent`() {
        let telemetry = recorder { $0.sampling = .failuresOnly }
        for place in 0..<4 {
            telemetry.startTrace(userID: "\(place)")
            telemetry.log("a")
            telemetry.withSpan("b") { _ in _ = telemetry.log("c", error: place == 1 ? "broken" : nil) }
            telemetry.log("d")
        }
        #expect(sink.spans.map(\.eventType) == ["a", "c", "b", "d"])
        #expect(Set(sink.spans.map(\.traceID)).count == 1)
        telemetry.log("late", error: "broken")
        #expect(sink.lines.count == 4)
        telemetry.close()
        #expect(sink.spans.map(\.eventType) == ["a", "c", "b", "d", "a", "c", "b", "d", "late"])
        #expect(telemetry.metrics.sampledOutSpans == 8)
    }

    @Test func `a kept trace's lines say what they are, as they do without sampling`() {
        let sinks = [TraitsSink(), TraitsSink()]
        for (sink, sampling) in zip(sinks, [Sampling.everything, .failuresOnly]) {
            let telemetry = Telemetry(sink: sink, configuration: .init(sampling: sampling, recordsStarts: true))
            telemetry.withTrace { _ in
                telemetry.log("a")
                telemetry.withSpan("b") { $0.fail("broken") }
            }
        }
        #expect(sinks[0].traits == [.start, [], .start, .failure, .root])
        #expect(sinks[1].traits == sinks[0].traits)
    }

    @Test(arguments: [Sampling(ratio: 0), .failuresOnly])
    func `records of beginnings don't double what was sampled out`(_ sampling: Sampling) {
        let telemetry = recorder {
            $0.sampling = sampling
            $0.recordsStarts = true
        }
        for _ in 0..<5 { telemetry.withTrace { _ in telemetry.withSpan("x") { _ in } } }
        #expect(sink.lines.isEmpty)
        #expect(telemetry.metrics.sampledOutSpans == 10)
        #expect(telemetry.metrics.spans == 10)
    }

    @Test func `clearing forgets what was sampled out, and what waits to be decided`() {
        let telemetry = recorder { $0.sampling = .failuresOnly }
        telemetry.withTrace { _ in _ = telemetry.log("x") }
        let root = telemetry.startSpan("root")
        telemetry.startTrace()
        telemetry.log("x", error: "broken")
        telemetry.clear()
        #expect(telemetry.metrics == Metrics())
        root.end()
        telemetry.close()
        #expect(sink.lines.isEmpty)
        #expect(telemetry.metrics.sampledOutSpans == 1)
    }

    @Test func `closing decides what is undecided`() {
        let telemetry = recorder { $0.sampling = .failuresOnly }
        let root = telemetry.startSpan("root")
        telemetry.log("x", error: "broken")
        telemetry.close()
        #expect(sink.spans.map(\.eventType) == ["x"])
        root.end()
    }

    // MARK: Alerts

    @Test func `an alert is announced once when it fires and once when it is over, and each leaves a line`() {
        let announced = Mutex<[AlertChange.State]>([])
        let telemetry = recorder {
            $0.alerts = [.successRate(of: .llmCall, below: 0.5, recoversAt: 0.8, count: 10, minimumCount: 5)]
            $0.onAlert = { change in announced.withLock { $0.append(change.state) } }
        }
        func call(_ count: Int, success: Bool) {
            for _ in 0..<count {
                telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .zero, success: success)
            }
        }
        call(10, success: true)
        call(10, success: false)
        call(10, success: true)
        #expect(announced.withLock { $0 } == [.firing, .resolved])
        let alerts = sink.spans.filter { $0.eventType == .alert }
        #expect(alerts.map { $0.data["state"]?.string } == ["firing", "resolved"])
        #expect(telemetry.metrics.spans == 30)
    }

    @Test func `no sampling drops an alert's line, and who is called may record`() throws {
        let called = Mutex<[Telemetry]>([])
        let telemetry = recorder {
            $0.sampling = Sampling(ratio: 0)
            $0.alerts = [.retryRate(of: .llmCall, above: 0.5, minimumCount: 2)]
            $0.onAlert = { change in
                guard let telemetry = called.withLock({ $0.first }) else { return }
                telemetry.log("noticed", name: change.rule.name)
                _ = telemetry.summary
                telemetry.flush()
            }
        }
        called.withLock { $0.append(telemetry) }
        for _ in 0..<5 { telemetry.logLLMCall(promptLength: 1, responseLength: 1, duration: .zero, attempt: 2) }
        called.withLock { $0.removeAll() }
        #expect(sink.spans.map(\.eventType) == [.alert])
        #expect(telemetry.recentSpans().count { $0.eventType == "noticed" } == 1)
    }

    // MARK: Starts, traces of other processes, clocks

    @Test func `a start is a line of its own that changes no figure`() throws {
        let telemetry = recorder { $0.recordsStarts = true }
        telemetry.withTrace("t", userID: "ada", data: ["a": 1]) { _ in telemetry.withSpan("x") { _ in } }
        let spans = sink.spans
        #expect(spans.map(\.eventType) == [.agentRun, "x", "x", .agentRun])
        #expect(spans[0].data == ["user_id": "ada", "a": 1, "status": "running"])
        #expect(spans[0].duration == nil && spans[3].duration != nil)
        #expect(spans[0].id == spans[3].id && spans[1].id == spans[2].id)
        #expect(telemetry.metrics.spans == 2)
        #expect(telemetry.recentSpans().count == 2)
    }

    @Test func `a trace goes on in another process`() throws {
        let (here, there) = (recorder(), recorder())
        let header = here.withTrace("here") { $0.traceparent.description }
        let parent = try #require(Traceparent(header))
        there.withTrace("there", userID: "ada", parent: parent) { _ in _ = there.log("x") }
        let spans = sink.spans
        #expect(Set(spans.map(\.traceID)).count == 1)
        #expect(spans[2].parentID == spans[0].id)
        #expect(spans[2].data == ["user_id": "ada"])
        #expect(spans[1].parentID == spans[2].id)
    }

    @Test func `starts stay in order when the wall clock is set back`() {
        let time = ManualTimeSource()
        let telemetry = recorder { $0.timeSource = time }
        for step in 0..<20 {
            telemetry.log("x")
            time.advance(by: .milliseconds(400))
            if step % 3 == 1 { time.setWallTime(Timestamp(microseconds: 1_000_000 * Int64(20 - step))) }
        }
        let times = sink.spans.map(\.timestamp)
        #expect(times == times.sorted())
        #expect(Set(times).count == 20)
    }
}

/// Keeps what it is told of the lines.
private final class TraitsSink: SpanSink {
    private let all = Mutex<[SpanTraits]>([])
    var traits: [SpanTraits] { all.withLock { $0 } }
    func write(_ line: RawSpan, traits: SpanTraits) { all.withLock { $0.append(traits) } }
    func flush(timeout: Duration) -> FlushResult { .delivered }
    func close() {}
    func clear() {}
    var drops: DropCounts { DropCounts() }
}

/// Trace ids that are spread evenly, and the same each time.
private struct HashedIdentifiers: IdentifierSource {
    private final class Counter: Sendable { let value = Atomic<UInt64>(0) }
    private let counter = Counter()

    func nextSpanID() -> SpanID { RandomIdentifiers().nextSpanID() }
    func nextTraceID() -> TraceID {
        let number = counter.value.add(1, ordering: .relaxed).newValue
        let bits = (number &* 0x9E37_79B9_7F4A_7C15) ^ (number &* 0xBF58_476D_1CE4_E5B9) >> 17
        return TraceID(high: bits, low: bits &* 0x94D0_49BB_1331_11EB) ?? RandomIdentifiers().nextTraceID()
    }
}
