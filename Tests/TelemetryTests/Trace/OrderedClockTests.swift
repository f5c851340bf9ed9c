import Synchronization
import Testing

@testable import Telemetry

struct OrderedClockTests {
    private let start = Timestamp(microseconds: 1_768_473_000_000_000)

    @Test func `the time goes on with the monotonic clock`() {
        let source = ManualTimeSource(start: start)
        let clock = OrderedClock(source)
        #expect(clock.now().wall == start)
        source.advance(by: .microseconds(1500))
        #expect(clock.now().wall == start + .microseconds(1500))
        #expect(clock.now().monotonic == 1_500_000)
        source.advance(by: .seconds(86_400))
        #expect(clock.now().wall == start + .seconds(86_400) + .microseconds(1500))
    }

    @Test(arguments: [-1, -1000, -3_600_000_000, -1_768_473_000_000_000] as [Int64])
    func `a wall clock that is set back isn't followed`(jump: Int64) {
        let source = ManualTimeSource(start: start)
        let clock = OrderedClock(source)
        var last = clock.now().wall
        for step in 0..<50 {
            if step == 10 { source.setWallTime(Timestamp(microseconds: start.microseconds + jump)) }
            source.advance(by: .milliseconds(300))
            let now = clock.now().wall
            #expect(now == last + .milliseconds(300))
            last = now
        }
    }

    @Test func `a wall clock that is set forward is followed within a second`() {
        let source = ManualTimeSource(start: start)
        let clock = OrderedClock(source)
        source.setWallTime(start + .seconds(3600))
        source.advance(by: .milliseconds(999))
        #expect(clock.now().wall == start + .milliseconds(999))
        source.advance(by: .milliseconds(1))
        #expect(clock.now().wall == start + .seconds(3601))
        // And back: nothing stands before what stood there already.
        source.setWallTime(start)
        source.advance(by: .seconds(2))
        #expect(clock.now().wall == start + .seconds(3603))
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func `times that make no sense don't trap`(microseconds: Int64) {
        let source = ManualTimeSource(start: Timestamp(microseconds: microseconds))
        let clock = OrderedClock(source)
        _ = clock.now()
        source.advance(by: .seconds(5))
        _ = clock.now()
        if abs(microseconds / 2) < 10 { #expect(clock.now().wall == Timestamp(microseconds: microseconds + 5_000_000)) }
    }

    @Test func `the clock is the machine's`() {
        let source = SystemTimeSource()
        let clock = OrderedClock(source)
        let before = source.wallTime()
        let now = clock.now().wall
        let after = source.wallTime()
        #expect(before - .seconds(1) < now && now < after + .seconds(1))
    }

    @Test func `times stay in order on every thread while the wall clock jumps`() async {
        let source = ManualTimeSource(start: start)
        let clock = ClockBox(source)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var last = Timestamp(microseconds: .min)
                    for _ in 0..<20_000 {
                        let now = clock.clock.now().wall
                        if now < last { return false }
                        last = now
                    }
                    return true
                }
            }
            group.addTask {
                var generator = SeededGenerator(seed: 7)
                for _ in 0..<5000 {
                    source.advance(by: .milliseconds(Int64.random(in: 0...900, using: &generator)))
                    let jump = Int64.random(in: -5_000_000...5_000_000, using: &generator)
                    source.setWallTime(Timestamp(microseconds: source.wallTime().microseconds + jump))
                }
                return true
            }
            for await isOrdered in group { #expect(isOrdered) }
        }
    }

    private final class ClockBox: Sendable {
        let clock: OrderedClock
        init(_ source: any TimeSource) { clock = OrderedClock(source) }
    }
}
