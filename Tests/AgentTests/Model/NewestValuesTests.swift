import Testing

@testable import Agent

@Suite struct NewestValuesTests {
    @Test func `The least recently used value goes first`() {
        var values = NewestValues<String, Int>(maximumCount: 2)
        values.insert(1, for: "a")
        values.insert(2, for: "b")
        #expect(values.use("a") == 1)
        values.insert(3, for: "c")
        #expect(values.use("b") == nil && values.use("a") == 1 && values.use("c") == 3)
        values.insert(4, for: "c")
        #expect(values.use("c") == 4 && values.use("a") == 1)
    }
}
