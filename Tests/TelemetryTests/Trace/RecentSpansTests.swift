import Testing

@testable import Telemetry

struct RecentSpansTests {
    /// What a ring should hold: as many of the latest lines as fit, each with a header of four bytes.
    private func expected(_ lines: [[UInt8]], capacity: Int) -> [[UInt8]] {
        var kept: [[UInt8]] = []
        for line in lines where line.count + 4 <= capacity {
            kept.append(line)
            while kept.map({ $0.count + 4 }).reduce(0, +) > capacity { kept.removeFirst() }
        }
        return kept
    }

    private func held(_ ring: borrowing RecentSpans, skipping skipped: Int = 0) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        ring.forEach(skipping: skipped) { lines.append(Array($0)) }
        return lines
    }

    @Test(arguments: 0...40)
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

    @Test(arguments: 0..<64)
    func `a line that begins at any offset is read back`(offset: Int) {
        var ring = RecentSpans(capacity: 64)
        let filler = [UInt8](repeating: 1, count: 60)
        if offset >= 4 { filler.prefix(offset - 4).withUnsafeBytes { ring.append($0) } }
        if offset < 4 {
            // A header alone is four bytes: sixty-four more lead to the smaller offsets.
            filler.prefix(56 + offset).withUnsafeBytes { ring.append($0) }
            [UInt8]().withUnsafeBytes { ring.append($0) }
        }
        let line = (0..<30).map { UInt8($0) }
        line.withUnsafeBytes { ring.append($0) }
        #expect(held(ring).last == line)
    }

    @Test func `a line that fills the ring is kept, one byte more isn't`() {
        var ring = RecentSpans(capacity: 100)
        let line = [UInt8](repeating: 7, count: 96)
        line.withUnsafeBytes { ring.append($0) }
        #expect(held(ring) == [line])
        (line + [8]).withUnsafeBytes { ring.append($0) }
        #expect(held(ring) == [line])
    }

    @Test func `skipping leaves out the oldest`() {
        var ring = RecentSpans(capacity: 1000)
        for byte in 0..<5 as Range<UInt8> { [byte].withUnsafeBytes { ring.append($0) } }
        #expect(held(ring, skipping: 3) == [[3], [4]])
        #expect(held(ring, skipping: 5) == [])
        #expect(held(ring, skipping: 99) == [])
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
