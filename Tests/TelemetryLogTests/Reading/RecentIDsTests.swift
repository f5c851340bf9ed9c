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
}
