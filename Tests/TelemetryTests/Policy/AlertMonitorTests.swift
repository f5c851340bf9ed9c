import Testing

@testable import Telemetry

struct AlertMonitorTests {
    /// A monitor and a clock.
    private struct Harness {
        var monitor: AlertMonitor
        var now: UInt64 = 5_000_000_000

        init(_ rules: AlertRule...) { monitor = AlertMonitor(rules) }

        mutating func count(
            _ times: Int = 1,
            _ type: EventType = .llmCall,
            duration: Duration? = .milliseconds(10),
            failure: Bool = false,
            retry: Bool = false,
            every step: Duration = .milliseconds(1)
        ) -> [AlertChange] {
            (0..<times).flatMap { _ in
                now += step.wholeNanoseconds
                return monitor.count(
                    eventType: type,
                    duration: duration,
                    isFailure: failure,
                    isRetry: retry,
                    now: now
                )
            }
        }
    }

    @Test func `a success rate fires once when crossed, and is over once`() throws {
        var harness = Harness(.successRate(of: .llmCall, below: 0.9, recoversAt: 0.95, count: 20, minimumCount: 10))
        #expect(harness.count(20).isEmpty)
        #expect(harness.count(2, failure: true).isEmpty)  // 18 of 20 is not below 0.9.
        let fired = harness.count(5, failure: true)
        #expect(fired.count == 1)
        let firing = try #require(fired.first)
        #expect(firing.state == .firing)
        #expect(firing.value == 0.85)
        #expect(firing.count == 20)
        // 18 of 20 is not below the threshold any more, and still not over.
        #expect(harness.count(18).isEmpty)
        let over = harness.count(10)
        #expect(over.map(\.state) == [.resolved])
        #expect(over.first?.value == 0.95)
        #expect(harness.count(100).isEmpty)
        #expect(harness.count(3, failure: true).map(\.state) == [.firing])
    }

    @Test func `a rate that goes up and down between the thresholds changes nothing`() {
        var harness = Harness(.successRate(of: .llmCall, below: 0.5, recoversAt: 0.9, count: 10, minimumCount: 10))
        var changes = harness.count(6, failure: true) + harness.count(4)
        for step in 0..<200 { changes += harness.count(failure: step % 3 == 0) }
        #expect(changes.map(\.state) == [.firing])
    }

    @Test(arguments: [0.5, 0.9, 0.95, 0.99, 1])
    func `a latency fires when its percentile is above the threshold, by nearest rank`(percentile: Double) throws {
        for slow in 0...100 {
            var harness = Harness(
                .latency(of: .llmCall, percentile: percentile, above: .seconds(1), minimumCount: 100)
            )
            var changes = harness.count(slow, duration: .seconds(3))
            changes += harness.count(100 - slow, duration: .seconds(1))
            let allowed = 100 - Int((percentile * 100).rounded(.up))
            #expect(changes.map(\.state) == (slow > allowed ? [.firing] : []), "\(slow)")
            if let change = changes.first { #expect(abs(change.value - 3000) < 60) }
        }
    }

    @Test func `a latency is over below its other threshold`() throws {
        var harness = Harness(
            .latency(of: .llmCall, percentile: 0.5, above: .seconds(2), recoversAt: .seconds(1), count: 10)
        )
        #expect(harness.count(10, duration: .milliseconds(2001)).map(\.state) == [.firing])
        #expect(harness.count(50, duration: .milliseconds(1500)).isEmpty)
        #expect(harness.count(50, duration: nil, failure: true).isEmpty)
        let over = harness.count(10, duration: .seconds(1))
        #expect(over.map(\.state) == [.resolved])
        #expect(try #require(over.first).value <= 1000)
    }

    @Test func `a retry rate fires and is over`() {
        var harness = Harness(.retryRate(of: .llmCall, above: 0.2, recoversAt: 0.1, count: 10))
        #expect(harness.count(8).isEmpty)
        #expect(harness.count(2, retry: true).isEmpty)
        let fired = harness.count(1, retry: true)
        #expect(fired.map(\.value) == [0.3])
        #expect(harness.count(20).map(\.state) == [.resolved])
    }

    @Test func `with too few operations nothing changes`() {
        var harness = Harness(.successRate(of: .llmCall, below: 0.9, minimumCount: 50))
        #expect(harness.count(49, failure: true).isEmpty)
        #expect(harness.count(1, failure: true).map(\.count) == [50])
    }

    @Test func `what is older than the window doesn't count`() {
        var harness = Harness(.successRate(of: .llmCall, below: 0.9, window: .seconds(60), minimumCount: 10))
        #expect(harness.count(10, failure: true).map(\.state) == [.firing])
        harness.now += 64_000_000_000
        #expect(harness.count(9).isEmpty)
        let over = harness.count(1)
        #expect(over.map(\.state) == [.resolved])
        #expect(over.first?.count == 10)
        #expect(over.first?.value == 1)
    }

    @Test func `only the rule's own event type counts`() {
        var harness = Harness(
            .successRate(of: .llmCall, below: 0.9),
            .successRate(of: .toolCall, below: 0.9, name: "tools")
        )
        let changes = harness.count(50, .toolCall, failure: true) + harness.count(50, .memory, failure: true)
        #expect(changes.map(\.rule.name) == ["tools"])
    }

    @Test func `a window is as exact as is promised, and its memory is bounded`() {
        // Against all events of the last minute, in a random load with pauses.
        var generator = SeededGenerator(seed: 21)
        var harness = Harness(.successRate(of: .llmCall, below: 0.5, window: .seconds(60), minimumCount: 1))
        var events: [(time: UInt64, failed: Bool)] = []
        for _ in 0..<5000 {
            let step = Duration.milliseconds(Int64.random(in: 0...400, using: &generator))
            let failed = Bool.random(using: &generator)
            let changes = harness.count(failure: failed, every: step)
            events.append((harness.now, failed))
            for change in changes {
                let least = events.count { harness.now - $0.time <= 57_000_000_000 }
                let most = events.count { harness.now - $0.time <= 63_100_000_000 }
                #expect((least...most).contains(change.count))
                #expect(change.state == .firing ? change.value < 0.5 : change.value >= 0.5)
            }
        }
    }

    @Test func `clocks that stand or go back, and odd durations, don't trap`() {
        var harness = Harness(
            .latency(of: .llmCall, percentile: .nan, above: .seconds(-1), window: .zero, count: -5, minimumCount: -1),
            .latency(of: .llmCall, above: .seconds(Int64.max), window: .seconds(Int64.max)),
            .successRate(of: .llmCall, below: .nan),
            .retryRate(of: .llmCall, above: .infinity)
        )
        for duration in [Duration.zero, .seconds(-5), .seconds(Int64.max), .nanoseconds(1), .seconds(86_400 * 365)] {
            _ = harness.count(30, duration: duration, failure: true, retry: true)
            harness.now -= 1_000_000_000
        }
    }

    @Test func `a change says what a line in the log needs`() throws {
        var harness = Harness(
            .latency(of: .llmCall, percentile: 0.95, above: .seconds(2), recoversAt: .seconds(1), window: .seconds(60))
        )
        let change = try #require(harness.count(10, duration: .seconds(4)).first)
        #expect(EventType.alert.rawValue == "alert")
        #expect(
            change.data.keys == ["rule", "metric", "watched", "state", "value", "threshold", "window_ms", "count"]
        )
        #expect((change.data["rule"] as String?) == "llm_call latency")
        #expect((change.data["metric"] as String?) == "latency_p95_ms")
        #expect((change.data["watched"] as String?) == "llm_call")
        #expect((change.data["state"] as String?) == "firing")
        #expect((change.data["threshold"] as Double?) == 2000)
        #expect((change.data["window_ms"] as Double?) == 60_000)
        #expect((change.data["count"] as Int?) == 10)
    }
}
