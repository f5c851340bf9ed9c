import Synchronization
import Testing

@testable import Telemetry

struct LanesTests {
    @Test(.blocking) func `what threads that meet have added is in one copy or another`() {
        let lanes = Lanes(patience: 3) { 0 }
        onThreads(8) { _ in
            for place in 0..<20_000 {
                lanes.withLane { count in
                    count += 1
                    if place % 50 == 0 { System.yield() }  // So others come while the copy is taken.
                }
            }
        }
        var sum = 0
        lanes.withAll {
            sum += $0
        } end: {
        }
        #expect(sum == 160_000)
        #expect(lanes.count == 4)
    }

    @Test func `one thread alone has one copy`() {
        let lanes = Lanes(patience: 1) { 0 }
        for _ in 0..<1000 { lanes.withLane { $0 += 1 } }
        #expect(lanes.count == 1)
        var counts: [Int] = []
        lanes.withAll {
            counts.append($0)
        } end: {
        }
        #expect(counts == [1000, 0, 0, 0])
    }

    @Test(.blocking) func `copies are prepared when they come into use`() {
        let lanes = Lanes(patience: 1) {
            0
        } prepare: {
            $0 = max($0, $1)
        }
        let started = Atomic(0)
        while lanes.count < Lanes<Int>.most {
            // More than there are copies, so that some have the same.
            onThreads(8) { _ in
                started.add(1, ordering: .relaxed)
                while started.load(ordering: .relaxed) % 8 > 0 { System.yield() }
                for _ in 0..<1000 { lanes.withLane { _ in System.yield() } }
            }
        }
        var counts: [Int] = []
        lanes.withAll {
            counts.append($0)
        } end: {
        }
        #expect(counts == [4, 4, 4, 4])
    }

    @Test(.blocking) func `a recorder's figures and recent spans come from all copies, in the order of their ends`() {
        let telemetry = Telemetry(sink: InMemorySink())
        let count = 4000
        onThreads(4) { thread in
            for place in 0..<count {
                telemetry.log(
                    .toolCall,
                    name: "\(thread)",
                    duration: .milliseconds(1),
                    data: ["place": .integer(place)]
                )
            }
        }
        #expect(telemetry.metrics.toolCalls == 4 * count)
        #expect(telemetry.metrics.latency(of: .toolCall)?.count == 4 * count)
        let recent = telemetry.recentSpans()
        #expect(recent.count > 1000)
        #expect(zip(recent, recent.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp })
        for thread in 0..<4 {
            let places = recent.filter { $0.name == "\(thread)" }.compactMap { span -> Int? in span.data["place"] }
            #expect(places == Array((places.first ?? 0)..<((places.last ?? -1) + 1)))
        }
        #expect(telemetry.recentSpans(10) == recent.suffix(10))
        telemetry.clear()
        #expect(telemetry.metrics.spans == 0)
        #expect(telemetry.recentSpans() == [])
    }
}
