import Testing

@testable import Agent

@Suite struct PrefixStoreTests {
    private func entry(_ family: Int32, _ count: Int, state: String = "") -> PrefixStore<String>.Entry {
        .init(tokens: (0..<Int32(count)).map { family * 1000 + $0 }, state: state)
    }

    @Test func `The longest common prefix wins`() {
        var store = PrefixStore<String>(maximumCount: 4, maximumTokens: 1000)
        #expect(store.best(for: [1, 2]) == nil)
        store.insert(.init(tokens: [1, 2, 3, 4, 5, 6, 7, 8], state: "a"))
        store.insert(.init(tokens: [1, 2, 9, 9, 9, 9, 9, 9], state: "b"))
        #expect(store.best(for: [1, 2, 9, 9]).map { store.entries[$0.index].state } == "b")
        #expect(store.best(for: [1, 2, 3])?.common == 3)
        #expect(store.best(for: [2]) == nil)
    }

    @Test func `The least recently used goes first`() {
        var store = PrefixStore<String>(maximumCount: 3, maximumTokens: 1000)
        for family in 1...3 as ClosedRange<Int32> { store.insert(entry(family, 10)) }
        _ = store.use(0)
        store.insert(entry(4, 10))
        #expect(store.entries.map { $0.tokens[0] } == [3000, 1000, 4000])
    }

    @Test func `All together have no more tokens than they may`() {
        var store = PrefixStore<String>(maximumCount: 9, maximumTokens: 100)
        for family in 1...5 as ClosedRange<Int32> { store.insert(entry(family, 40)) }
        #expect(store.entries.map { $0.tokens[0] } == [4000, 5000])
        store.insert(entry(6, 101))
        #expect(store.entries.isEmpty)
    }

    @Test func `A family counts once, and its newest prompt stays`() {
        var store = PrefixStore<String>(maximumCount: 9, maximumTokens: 1000)
        store.insert(entry(1, 40, state: "old"))
        #expect(store.covers(entry(1, 50).tokens))
        #expect(!store.covers(entry(1, 80).tokens))
        store.insert(entry(1, 80, state: "new"))
        #expect(store.entries.map(\.state) == ["new"])
    }
}
