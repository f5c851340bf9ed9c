import Telemetry
import Testing

struct TraceparentTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let parent = "b7ad6b7169203331"

    @Test(arguments: [("00", false), ("01", true), ("02", false), ("03", true), ("ff", true), ("fe", false)])
    func `ids and the sampled flag are read`(flags: String, isSampled: Bool) throws {
        let value = try #require(Traceparent("00-\(Self.trace)-\(Self.parent)-\(flags)"))
        #expect(value.traceID.description == Self.trace)
        #expect(value.parentID.description == Self.parent)
        #expect(value.isSampled == isSampled)
    }

    @Test(arguments: [
        "01-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01-what-the-future-brings", "fe-\(trace)-\(parent)-01-",
    ])
    func `of later versions the known part is read`(text: String) throws {
        let value = try #require(Traceparent(text))
        #expect(value.description == "00-\(Self.trace)-\(Self.parent)-01")
    }

    @Test(arguments: [
        "", "00", "-", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-", "00-\(trace)-\(parent)-0",
        "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-00", "00-\(trace)-\(parent)-010",
        "ff-\(trace)-\(parent)-01", "01-\(trace)-\(parent)-01x", "0-\(trace)-\(parent)-01", "000-\(trace)-\(parent)-01",
        "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)-\(parent.uppercased())-01", "00-\(trace)-\(parent)-0A",
        "0A-\(trace)-\(parent)-01", "00-00000000000000000000000000000000-\(parent)-01",
        "00-\(trace)-0000000000000000-01",
        "00-\(trace.dropLast())-\(parent)-01", "00-\(trace)\(parent)--01", "00_\(trace)_\(parent)_01",
        " 00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01 ", "00-\(trace.dropLast())g-\(parent)-01",
        "00-\(trace.dropLast(2))é-\(parent)-01", "00-\(trace)-\(parent)-+1", "00-\(trace)-\(parent)-01\u{0}",
    ])
    func `what the specification calls invalid is not read`(text: String) { #expect(Traceparent(text) == nil) }

    @Test func `what is written is read back`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let value = Traceparent(
                traceID: try #require(TraceID(high: generator.next(), low: generator.next())),
                parentID: try #require(SpanID(bits: generator.next())),
                isSampled: .random(using: &generator)
            )
            #expect(value.description.utf8.count == 55)
            #expect(Traceparent(value.description) == value)
        }
    }
}
