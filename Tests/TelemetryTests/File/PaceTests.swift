import Testing

@testable import Telemetry

struct PaceTests {
    private let millisecond: UInt64 = 1_000_000

    @Test func `while nothing comes, the pause is the interval`() {
        var pace = Pace(longest: .milliseconds(100), bytes: 1000)
        #expect(pace.pause == .milliseconds(100))
        for round in 1..<5 as Range<UInt64> {
            pace.update(appended: 7, now: round * 100 * millisecond)
            #expect(pace.pause == .milliseconds(100))
        }
    }

    @Test(
        arguments: [(10, 100), (100, 100), (1000, 100), (2000, 50), (50_000, 2), (100_000_000, 0)] as [(UInt64, Int64)]
    )
    func `the more bytes come, the shorter is the pause, so that the same number comes in each`(
        bytes: UInt64,
        milliseconds: Int64
    ) {
        var pace = Pace(longest: .milliseconds(100), bytes: 1000)
        pace.update(appended: 5, now: millisecond)
        pace.update(appended: 5 + bytes, now: 101 * millisecond)
        #expect(pace.pause == max(.milliseconds(milliseconds), .microseconds(100)))
        pace.update(appended: 5 + bytes, now: 102 * millisecond)
        #expect(pace.pause == .milliseconds(100), "and it is over with the rush")
    }

    @Test func `a clock that stands still, and numbers beyond all bounds, do no harm`() {
        var pace = Pace(longest: .milliseconds(100), bytes: .max)
        pace.update(appended: 0, now: 0)
        pace.update(appended: 10, now: 0)
        #expect(pace.pause == .milliseconds(100))
        pace.update(appended: 11, now: .max)
        #expect(pace.pause == .milliseconds(100))
    }
}
