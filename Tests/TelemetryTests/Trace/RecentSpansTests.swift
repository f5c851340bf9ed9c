import Testing

@testable import Telemetry

struct RecentSpansTests {
    private static let header = RecentSpans.header

    /// What a ring should hold: as many of the latest lines as fit, each with its header.
    private func expected(_ lines: [[UInt8]], capacity: Int) -> [[UInt8]] {
        var kept: [[UInt8]] = []
        for line in lines where line.count + Self.header <= capacity {
            kept.append(line)
            while kept.map({ $0.count + Self.header }).reduce(0, +) > capacity { kept.removeFirst() }
        }
        return kept
    }

    private func held(_ ring: borrowing RecentSpans) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        ring.forEach { line, _ in lines.append(Array(line)) }
        return lines
    }

    @Test(arguments: 0...80)
    func `lines come back whole, wherever the ring's end falls`(capacity: Int) {
        var generator = SeededGenerator(seed: UInt64(capacity))
        var ring = RecentSpans(capacity: capacity)
        var lines: [[UInt8]] = []
        for _ in 0..<100 {
            let line = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            lines.append(line)
            line.withUnsafeBytes { ring.append($0) }
            let expected = expected(lines, capacity: capacity)
            #expect(held(ring) == expected)
            #expect(ring.count == expected.count)
        }
    }

    @Test func `where the next line will stand is known before`() throws {
        var ring = RecentSpans(capacity: 1000)
        for place in 0..<50 as Range<UInt8> {
            let line = [UInt8](repeating: place, count: 1000 / 25 - Self.header)
            let next = ring.end
            let end = try #require(next)
            line.withUnsafeBytes { ring.append($0) }
            #expect(UnsafeRawBufferPointer(start: end, count: line.count).elementsEqual(line))
        }
    }

    @Test(arguments: 0..<160)
    func `a line that begins at any offset is read back`(offset: Int) {
        let capacity = 160
        var ring = RecentSpans(capacity: capacity)
        // Two fillers lead to any offset: the first is forgotten when the second doesn't fit beside it.
        let first = [UInt8](repeating: 1, count: (offset + capacity) / 2 - Self.header)
        let second = [UInt8](repeating: 2, count: offset + capacity - first.count - 2 * Self.header)
        for filler in [first, second] { filler.withUnsafeBytes { ring.append($0) } }
        let line = (0..<30).map { UInt8($0) }
        line.withUnsafeBytes { ring.append($0) }
        #expect(held(ring).last == line)
    }

    @Test(arguments: [0, 10, 40, 100, 1000, 5000])
    func `a ring of another size has the latest lines that fit, with their moments`(capacity: Int) {
        var ring = RecentSpans(capacity: 1000)
        var lines: [[UInt8]] = []
        for moment in 0..<50 as Range<UInt64> {
            lines.append([UInt8](repeating: UInt8(moment), count: Int(moment) % 7))
            lines[Int(moment)].withUnsafeBytes { ring.append($0, at: moment) }
        }
        ring.resize(to: capacity)
        let kept = expected(expected(lines, capacity: 1000), capacity: capacity)
        #expect(held(ring) == kept)
        var moments: [UInt64] = []
        ring.forEach { _, moment in moments.append(moment) }
        #expect(moments == (0..<50).suffix(kept.count))
        [9, 9].withUnsafeBytes { ring.append(UnsafeRawBufferPointer(rebasing: $0[..<2]), at: 50) }
        #expect(capacity < 100 || held(ring).last?.count == 2)
    }

    @Test func `a line that fills the ring is kept, one byte more isn't`() {
        var ring = RecentSpans(capacity: 100)
        let line = [UInt8](repeating: 7, count: 100 - Self.header)
        line.withUnsafeBytes { ring.append($0) }
        #expect(held(ring) == [line])
        (line + [8]).withUnsafeBytes { ring.append($0) }
        #expect(held(ring) == [line])
    }

    @Test func `a ring that was emptied fills again`() {
        var ring = RecentSpans(capacity: 50)
        for round in 0..<20 as Range<UInt8> {
            for _ in 0...round { [round, round, round].withUnsafeBytes { ring.append($0) } }
            ring.removeAll()
            #expect(ring.count == 0)
            #expect(held(ring) == [])
            [round].withUnsafeBytes { ring.append($0) }
            #expect(held(ring) == [[round]])
            ring.removeAll()
        }
    }
}
