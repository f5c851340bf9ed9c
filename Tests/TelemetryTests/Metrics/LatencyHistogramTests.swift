import Foundation
import Testing

@testable import Telemetry

struct LatencyHistogramTests {
    enum Distribution: CaseIterable {
        case constant, uniform, exponential, logarithmicNormal, bimodal, powersOfTwo, tiny, heavyTail

        func nanoseconds(_ generator: inout SeededGenerator) -> Int64 {
            let unit = Double.random(in: .ulpOfOne..<1, using: &generator)
            switch self {
            case .constant: return 1_245_000_000
            case .uniform: return Int64(unit * 1e9)
            case .exponential: return Int64(-log(unit) * 5e7)
            case .logarithmicNormal:
                return Int64(exp(15 + 2 * sqrt(-2 * log(unit)) * cos(2 * .pi * .random(in: 0..<1, using: &generator))))
            case .bimodal: return unit < 0.95 ? Int64(1e6 * (1 + unit)) : Int64(2e10 * unit)
            case .powersOfTwo: return 1 << Int64(unit * 50) - Int64(unit * 3)
            case .tiny: return Int64(unit * 200)
            case .heavyTail: return Int64(min(1e17, 1e5 / pow(unit, 1.5)))
            }
        }
    }

    private func histogram(_ durations: [Int64]) throws -> LatencyHistogram {
        let telemetry = Telemetry(sink: NoSink(), configuration: .init(recentBytes: 0))
        for duration in durations { telemetry.log("x", duration: .nanoseconds(duration)) }
        return try #require(telemetry.metrics.latency(of: "x"))
    }

    @Test(arguments: Distribution.allCases)
    func `durations that are added together are the same as one after the other`(distribution: Distribution) throws {
        var generator = SeededGenerator(seed: 9)
        var together = LatencyHistogram()
        var alone = LatencyHistogram()
        for count in [0, 1, 64, 3] {
            let durations = (0..<count).map { _ in UInt64(max(0, distribution.nanoseconds(&generator))) }
            durations.withUnsafeBufferPointer { together.add(nanoseconds: $0) }
            for duration in durations { alone.add(nanoseconds: duration) }
            #expect(together == alone)
        }
    }

    @Test(arguments: Distribution.allCases, [1, 2, 19, 20, 100, 3000])
    func `a percentile is within 1 % of the exact nearest rank`(distribution: Distribution, count: Int) throws {
        var generator = SeededGenerator(seed: 7)
        let durations = (0..<count).map { _ in distribution.nanoseconds(&generator) }
        let sorted = durations.sorted()
        let histogram = try histogram(durations)
        for percent in [1, 10, 25, 50, 75, 90, 95, 99] {
            let exact = sorted[(percent * count + 99) / 100 - 1]
            let found = try #require(histogram.quantile(Double(percent) / 100)) / .nanoseconds(1)
            #expect(abs(found - Double(exact)) <= 0.01 * Double(exact), "p\(percent): \(found), not \(exact)")
        }
        #expect(histogram.p50 == histogram.quantile(0.5))
        #expect(histogram.p95 == histogram.quantile(0.95))
        #expect(histogram.p99 == histogram.quantile(0.99))
        #expect(histogram.count == count)
    }

    @Test func `the ends are exact`() throws {
        let histogram = try histogram([123_456_789, 5_000_000, 987_654_321])
        #expect(histogram.max == .nanoseconds(987_654_321))
        #expect(histogram.quantile(0) == .nanoseconds(5_000_000))
        #expect(histogram.quantile(-1) == .nanoseconds(5_000_000))
        #expect(histogram.quantile(2) == .nanoseconds(987_654_321))
        #expect(histogram.quantile(.infinity) == .nanoseconds(987_654_321))
        #expect(histogram.quantile(.nan) == nil)
    }

    @Test func `no duration is too short or too long`() throws {
        let histogram = try histogram([0, 0, .max])
        #expect(histogram.p50 == .zero)
        #expect(try #require(histogram.max) > .seconds(3_000_000_000))
    }

    @Test func `a duration's nanoseconds are those of its seconds and attoseconds`() {
        var generator = SeededGenerator(seed: 11)
        let thresholds = (0..<93).map { Int128(1) << $0 }
        for threshold in thresholds {
            let near = [threshold - 1, threshold, threshold + 1, Int128.random(in: 0...threshold, using: &generator)]
            for duration in near.map(Duration.init(attoseconds:)) {
                let (seconds, attoseconds) = duration.components
                let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
                #expect(duration.wholeNanoseconds == nanoseconds)
            }
        }
        #expect(Duration.zero.wholeNanoseconds == 0)
        #expect(Duration.nanoseconds(-1).wholeNanoseconds == 0)
        #expect(Duration.seconds(1 << 62).wholeNanoseconds == .max)
    }
}
