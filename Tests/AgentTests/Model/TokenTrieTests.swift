import Testing

@testable import Agent

@Suite struct TokenTrieTests {
    private func trie(_ texts: [String]) -> TokenTrie {
        var offsets: [Int32] = [0]
        var bytes: [UInt8] = []
        for text in texts {
            bytes += Array(text.utf8)
            offsets.append(Int32(bytes.count))
        }
        return TokenTrie(Array(0..<LlamaToken(texts.count)), texts: bytes, offsets: offsets)
    }

    private let texts = [
        "a", "ab", "add", "addition", "b", "\"", "\"a", "\"add\"", "dition", "d", "", "\"add\", ", "{", "add", "é", "1",
    ]

    @Test(arguments: [#""add" | "addition""#, "string 1..4", "null", #""é1""#] as [Schema])
    func `The tokens that are allowed are those whose bytes are`(schema: Schema) throws {
        let trie = trie(texts)
        for start in ["", "\"", "\"a", "\"add"] {
            var state = DecodingState(SchemaProgram(schema))
            guard state.advance(start.utf8) else { continue }
            var found: [LlamaToken] = []
            trie.appendTokens(allowedBy: state, to: &found)
            let expected = texts.indices.filter { !texts[$0].isEmpty && state.allows(texts[$0].utf8) }
            #expect(found.sorted() == expected.map { LlamaToken($0) })
        }
    }

    @Test func `Tokens that extend another one are found below it`() throws {
        let state = DecodingState(SchemaProgram(#""add" | "addition""#))
        var behindA = state
        try behindA.mustAdvance("\"a".utf8)
        var found: [LlamaToken] = []
        trie(texts).appendTokens(extending: "a".utf8, allowedBy: behindA, to: &found)
        #expect(found.sorted() == [2, 3, 13])  // "ab" isn't a way to go on.
        found = []
        trie(texts).appendTokens(extending: "x".utf8, allowedBy: behindA, to: &found)
        #expect(found == [])
    }

    @Test func `A text is cut into its longest tokens`() {
        #expect(trie(texts).longestTokens(of: Array("additional".utf8)) == nil)
        #expect(trie(texts).longestTokens(of: Array("additionab".utf8)) == [3, 1])
        #expect(trie(texts).longestTokens(of: []) == [])
        #expect(trie([]).longestTokens(of: [1]) == nil)
    }
}
