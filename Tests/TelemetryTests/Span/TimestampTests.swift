import Foundation
import Telemetry
import Testing

@Suite(.blocking) struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_768_473_000_123_456, "2026-01-15T10:30:00.123456Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (1_709_164_800_000_001, "2024-02-29T00:00:00.000001Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
            (-62_162_121_600_000_000, "0000-02-29T00:00:00.000000Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ]
    )
    func `a known moment is written and read`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test func `moments agree with Foundation's`() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        var generator = SeededGenerator(seed: 2)
        // Foundation's calendar is the Julian one before 1582.
        for _ in 0..<2000 {
            let seconds = Int64.random(in: -12_000_000_000...253_402_300_799, using: &generator)
            let text = style.format(Date(timeIntervalSince1970: Double(seconds)))
            #expect(Timestamp(microseconds: seconds * 1_000_000).description == text.dropLast() + ".000000Z")
        }
    }

    @Test func `moments of all years agree with Python's`() throws {
        var generator = SeededGenerator(seed: 3)
        let moments = (0..<2000).map { _ in
            Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator)
        }
        let texts = try python(
            """
            import sys, datetime
            start = datetime.datetime(1970, 1, 1)
            for line in sys.stdin:
                print((start + datetime.timedelta(microseconds=int(line))).isoformat(timespec="microseconds") + "Z")
            """,
            input: Array(moments.map { "\($0)\n" }.joined().utf8)
        ).split(separator: "\n")
        #expect(moments.map { Timestamp(microseconds: $0).description } == texts.map(String.init))
        #expect(texts.map { Timestamp(String($0))?.microseconds } == moments)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00Z", 0),
            ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.1234567899Z", 123_456),
            ("1970-01-01T01:00:00+01:00", 0), ("1970-01-01T00:00:00-00:30", 1_800_000_000),
            ("1969-12-31T18:30:00-05:30", 0), ("1970-01-01T00:00:00+00:00", 0), ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T23:59:00+23:59", 0), ("1972-06-30T23:59:60Z", 78_796_800_000_000),
            ("0000-01-01T00:00:00+23:59", -62_167_305_540_000_000),
        ]
    )
    func `other ways to write a moment are read`(text: String, microseconds: Int64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(
        arguments: [
            "", "2026", "2026-01-15", "2026-01-15T10:30:00", "2026-01-15T10:30Z", "2026-1-15T10:30:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
            "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-15T24:00:00Z",
            "2026-01-15T10:60:00Z", "2026-01-15T10:30:61Z", "2026-01-15T10:30:00.Z", "2026-01-15T10:30:00ZZ",
            "2026-01-15T10:30:00+0100", "2026-01-15T10:30:00+24:00", "2026-01-15T10:30:00+01:60",
            "2026-01-15T10:30:00,5Z",
            " 2026-01-15T10:30:00Z", "2026-01-15T10:30:00Z ", "-2026-01-15T10:30:00Z", "２０２６-01-15T10:30:00Z",
            "2026-01-15T10:30:00 Z", "+002026-01-15T10:30:00Z",
        ]
    )
    func `what isn't a moment is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `what RFC 3339 can't write becomes the nearest that it can`() {
        #expect(Timestamp(microseconds: .max).description == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: .min).description == "0000-01-01T00:00:00.000000Z")
    }

    @Test func `moments are ordered, and durations lead from one to another`() throws {
        let time = try #require(Timestamp("2026-01-15T10:30:00Z"))
        #expect(time < time + .microseconds(1))
        #expect(time - .milliseconds(1) < time)
        #expect((time + .seconds(86_400)).description == "2026-01-16T10:30:00.000000Z")
        #expect(time + .nanoseconds(999) == time)
    }
}
