import Testing

@testable import Telemetry

struct SamplingTests {
    private static func trace(_ low: UInt64, high: UInt64 = 1) -> TraceID { TraceID(high: high, low: low)! }

    @Test(arguments: [0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.999, 1])
    func `as large a share as asked for is considered, by the id alone`(ratio: Double) {
        var generator = SeededGenerator(seed: 1)
        let sampling = Sampling(ratio: ratio)
        var considered = 0
        for _ in 0..<20_000 {
            let low = generator.next()
            let isConsidered = sampling.considers(Self.trace(low, high: generator.next()))
            #expect(isConsidered == Sampling(ratio: ratio).considers(Self.trace(low)))
            if isConsidered { considered += 1 }
        }
        #expect(abs(Double(considered) / 20_000 - ratio) < 0.02)
        if ratio == 0 || ratio == 1 { #expect(considered == Int(20_000 * ratio)) }
    }

    @Test func `decisions are those of OpenTelemetry's sampler`() {
        // opentelemetry-python: trace_id & (2⁶⁴ - 1) < round(ratio * 2⁶⁴)
        let half = Sampling(ratio: 0.5)
        #expect(half.considers(Self.trace(0x7FFF_FFFF_FFFF_FFFF)))
        #expect(!half.considers(Self.trace(0x8000_0000_0000_0000)))
        #expect(half.considers(Self.trace(0, high: .max)))
        #expect(Sampling(ratio: 1).considers(Self.trace(.max, high: .max)))
        #expect(!Sampling(ratio: 0).considers(Self.trace(0)))
    }

    @Test func `what a smaller share keeps, a larger one keeps too`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<5000 {
            let id = Self.trace(generator.next())
            if Sampling(ratio: 0.2).considers(id) { #expect(Sampling(ratio: 0.4).considers(id)) }
        }
    }

    @Test(arguments: [-1, .nan, -.infinity, 2, .infinity] as [Double])
    func `shares that make no sense are brought to ones that do`(ratio: Double) {
        var sampling = Sampling(ratio: ratio, tail: Sampling.Tail(otherwise: ratio))
        #expect(sampling.ratio == (ratio > 1 ? 1 : 0))
        #expect(sampling.tail?.otherwise == sampling.ratio)
        sampling.ratio = 0.5
        sampling.ratio = ratio
        #expect(sampling.considers(Self.trace(.max)) == (ratio > 1))
        let tail = Sampling.Tail(maximumBytes: -1, maximumAge: .seconds(-1))
        #expect(tail.maximumBytes == 0)
        #expect(tail.maximumAge == .zero)
    }
}
