import Telemetry
import Testing

struct IdentifiersTests {
    @Test func `a span's id is sixteen lower-case digits`() throws {
        let id = try #require(SpanID(bits: 0xABC))
        #expect(id.description == "0000000000000abc")
        #expect(SpanID("0000000000000ABC") == id)
    }

    @Test func `a trace's id is thirty-two lower-case digits, eight of them in short`() throws {
        let id = try #require(TraceID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210))
        #expect(id.description == "0123456789abcdeffedcba9876543210")
        #expect(id.short == "01234567")
        #expect(TraceID("0123456789ABCDEFfedcba9876543210") == id)
    }

    @Test func `all zero is no id`() {
        #expect(SpanID(bits: 0) == nil)
        #expect(SpanID("0000000000000000") == nil)
        #expect(TraceID(high: 0, low: 0) == nil)
        #expect(TraceID(String(repeating: "0", count: 32)) == nil)
        #expect(TraceID(high: 0, low: 1)?.description == String(repeating: "0", count: 31) + "1")
        #expect(TraceID(high: 1, low: 0) != nil)
    }

    @Test(
        arguments: [
            "", "abc", "000000000000000g", "00000000000000001", " 000000000000001", "+000000000000001",
            "0x00000000000001", "００００００００００００００００", "00000000000000é", "-000000000000001",
        ]
    )
    func `what isn't hexadecimal digits is no id`(text: String) {
        #expect(SpanID(text) == nil)
        #expect(TraceID(text) == nil)
        #expect(TraceID(text + text) == nil)
    }

    @Test func `an id survives being written and read`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let span = try #require(SpanID(bits: generator.next()))
            #expect(SpanID(span.description) == span)
            let trace = try #require(TraceID(high: generator.next(), low: generator.next()))
            #expect(TraceID(trace.description) == trace)
        }
    }

    @Test func `random ids are all different`() {
        let source = RandomIdentifiers()
        #expect(Set((0..<20_000).map { _ in source.nextSpanID() }).count == 20_000)
        #expect(Set((0..<20_000).map { _ in source.nextTraceID() }).count == 20_000)
    }

    @Test func `every bit of a random id is set about half of the time`() {
        let source = RandomIdentifiers()
        var counts = Array(repeating: 0, count: 64)
        for _ in 0..<4096 {
            let bits = source.nextSpanID().bits
            for place in 0..<64 where bits >> UInt64(place) & 1 == 1 { counts[place] += 1 }
        }
        // 2048 ± 8 standard deviations of 32: chance doesn't get there.
        #expect(counts.allSatisfy { (1792...2304).contains($0) })
    }

    @Test func `sequential ids count from 1`() {
        let source = SequentialIdentifiers()
        #expect((1...3).map { _ in source.nextSpanID().bits } == [1, 2, 3])
        #expect((1...2).map { _ in source.nextTraceID().low } == [1, 2])
    }
}
