import Testing

@testable import TelemetryLog

@Suite struct RecentIDsTests {
    @Test(arguments: [1, 100, 5000, 400_000]) func `a union has the ids of both, each once`(count: UInt64) {
        var generator = SeededGenerator(state: count)
        let shared = (0..<count / 3).map { _ in UInt64.random(in: 1 ... .max, using: &generator) }
        var ids = RecentIDs()
        var others = RecentIDs(expecting: Int(count))
        for id in shared { _ = (ids.insert(id), others.insert(id)) }
        for id in 1...count { _ = (ids.insert(id), others.insert(id + count)) }
        ids.formUnion(others)
        #expect(ids.count == shared.count + 2 * Int(count))
        #expect((1...2 * count).allSatisfy { ids.contains($0) } && shared.allSatisfy { ids.contains($0) })
        var found = 0
        ids.forEach { _ in found += 1 }
        #expect(found == ids.count)
    }

    @Test func `an id is new once`() {
        var ids = RecentIDs()
        #expect(ids.insert(7) && !ids.insert(7) && ids.insert(8) && ids.count == 2)
    }

    @Test func `what is forgotten is what came first, and not before there are millions`() {
        var ids = RecentIDs(expecting: 3_000_000)
        for id in 1...3_600_000 as ClosedRange<UInt64> { _ = ids.insert(id) }
        let news = [ids.insert(1), ids.insert(3_600_000)]
        #expect(news == [false, false])
        for id in 3_600_001...8_000_000 as ClosedRange<UInt64> { _ = ids.insert(id) }
        #expect(ids.count == 8_000_000)
        #expect((6_200_000...8_000_000 as ClosedRange<UInt64>).allSatisfy { ids.contains($0) })
        let isForgotten = !ids.contains(1)
        #expect(isForgotten)
    }
}
