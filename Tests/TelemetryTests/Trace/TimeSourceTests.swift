import Foundation
import Telemetry
import Testing

struct TimeSourceTests {
    @Test func `the machine's wall clock is Foundation's`() {
        let source = SystemTimeSource()
        let before = Int64(Date().timeIntervalSince1970 * 1e6) - 1
        let time = source.wallTime().microseconds
        let after = Int64(Date().timeIntervalSince1970 * 1e6) + 1
        #expect((before...after).contains(time))
    }

    @Test func `the monotonic clock never goes back`() {
        let source = SystemTimeSource()
        var last = source.monotonicNanoseconds()
        for _ in 0..<10_000 {
            let next = source.monotonicNanoseconds()
            #expect(next >= last)
            last = next
        }
    }

    @Test func `a manual clock stands still until it is told to go on`() {
        let source = ManualTimeSource(start: Timestamp(microseconds: 5))
        let start = source.monotonicNanoseconds()
        #expect(source.wallTime().microseconds == 5)
        source.advance(by: .nanoseconds(1_000_001))
        #expect(source.monotonicNanoseconds() - start == 1_000_001)
        #expect(source.wallTime().microseconds == 1005)
        source.setWallTime(Timestamp(microseconds: 0))
        #expect(source.monotonicNanoseconds() - start == 1_000_001)
        #expect(source.wallTime().microseconds == 0)
    }
}
