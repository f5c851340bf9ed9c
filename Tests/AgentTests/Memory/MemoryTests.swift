import Foundation
import Testing

@testable import Agent

@Suite struct MemoryTests {
    private func memory(_ texts: String...) -> Memory {
        var memory = Memory()
        for text in texts { memory.add(text) }
        return memory
    }

    private func found(_ query: String, in memory: Memory, limit: Int = 10) -> [Int] {
        memory.search(query, limit: limit).map(\.item.id)
    }

    @Test func `an added item is found under its id`() {
        var memory = Memory()
        let date = Date(timeIntervalSince1970: 1_768_473_000)
        let item = memory.add("The user's name is Ada.\n\"\u{0}", at: date)
        #expect(item.id == 1 && item.created == date)
        #expect(memory[id: 1] == item)
        #expect(memory.items == [item])
        for id in [0, 2, -1, Int.max] { #expect(memory[id: id] == nil) }
        #expect(Memory()[id: 1] == nil)
    }

    @Test func `the best fit comes first`() {
        let memory = memory(
            "The user likes tea.",
            "The user's name is Ada Lovelace.",
            "Ada wrote the first program; Ada was a countess.",
            "Nothing to see here."
        )
        #expect(found("Ada", in: memory) == [3, 2])
        #expect(found("lovelace ada", in: memory) == [2, 3])
        #expect(found("ada", in: memory, limit: 1) == [3])
        #expect(memory.search("ada").allSatisfy { $0.score > 0 })
    }

    @Test func `a rare word weighs more than a frequent one`() {
        #expect(found("the needle", in: memory("the the the", "the hay", "a needle", "the straw"))[0] == 3)
    }

    @Test func `a short text fits better than a long one with the same word`() {
        #expect(found("tea", in: memory("tea and a great many other words besides", "tea please")) == [2, 1])
    }

    @Test func `the score is Okapi BM25`() throws {
        let match = try #require(memory("a b", "a c c d").search("c").first)
        #expect(match.item.id == 2)
        // log(1 + (2 - 1 + 0.5) / (1 + 0.5)) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3))
        #expect(abs(match.score - 0.871_3851) < 0.000_001, "\(match.score)")
    }

    @Test func `of equally good ones the newest comes first`() {
        #expect(found("tea", in: memory("tea", "milk", "tea", "tea")) == [4, 3, 1])
    }

    @Test(arguments: ["", " ", "\n\t", "?!…", "\u{301}", "\u{0}", "unknown"])
    func `finds nothing for`(_ query: String) {
        #expect(found(query, in: memory("tea", "", "?!", "a\u{0}b")).isEmpty)
        #expect(found(query, in: Memory()).isEmpty)
    }

    @Test(
        arguments: [
            ("CAFÉ", "We met in the cafe."), ("cafe", "We met in the cafe\u{301}."), ("größe", "GRÖSSE? No: Größe."),
            ("🎉", "Party🎉tonight"), ("party", "Party🎉tonight"), ("👩‍👩‍👧", "the 👩‍👩‍👧 came"), ("日", "日本語"),
            ("本語", "日本語"),
            ("42", "The answer is 42."), ("МОСКВА", "Москва"), ("user", "the user's name"), ("Ｗｉｄｅ", "wide"),
            ("❤️", "I ❤️ tea"),
        ]
    )
    func `finds words in any script and form`(_ query: String, _ text: String) {
        #expect(found(query, in: memory("something else", text)) == [2])
    }

    @Test func `one emoji is not another`() {
        #expect(found("👩‍👩‍👦", in: memory("👩‍👩‍👧")).isEmpty)
    }

    @Test(arguments: [0, -1, Int.min])
    func `a limit of none finds none`(_ limit: Int) {
        #expect(found("tea", in: memory("tea"), limit: limit).isEmpty)
    }

    @Test func `repeating a word in the query changes nothing`() {
        let memory = memory("tea", "milk", "tea and milk")
        #expect(memory.search("tea milk") == memory.search("tea milk Tea TEA"))
    }

    @Test func `clear forgets everything but which ids were given out`() {
        var memory = memory("tea", "milk")
        memory.clear()
        #expect(memory.items.isEmpty && memory[id: 1] == nil && found("tea", in: memory).isEmpty)
        #expect(memory.add("tea").id == 3)
        #expect(found("tea", in: memory) == [3])
    }

    @Test func `a full memory forgets the oldest`() {
        var memory = Memory(capacity: 2)
        for text in ["tea one", "tea two", "coffee three"] { memory.add(text) }
        #expect(memory.items.map(\.id) == [2, 3])
        #expect(memory[id: 1] == nil && memory[id: 3]?.text == "coffee three")
        #expect(found("one", in: memory).isEmpty && found("tea", in: memory) == [2])
        var fresh = Memory()
        fresh.add("tea two")
        fresh.add("coffee three")
        #expect(memory.search("tea").map(\.score) == fresh.search("tea").map(\.score))
    }
}
