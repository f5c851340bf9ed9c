import Testing

@testable import Agent

/// A model that does what it can to spoil structured answers, but for the last of its tastes.
///
/// It keeps what it read, so that a test can tell whether that is what was answered.
final class AdversarialSource: TokenSource {
    /// What it likes best.
    enum Taste: String, CaseIterable {
        /// Any token, another one each time.
        case anything
        /// Control tokens and the end, at any time.
        case control
        /// Halves of UTF-8 scalars.
        case halves
        /// Whatever keeps strings, numbers and arrays going.
        case endless
        /// The longest token, which reaches beyond borders.
        case longest
        /// Escapes, quotes and brackets.
        case syntax
        /// The letter a.
        case letter
    }

    let kinds: [LlamaWeights.Kind]
    let texts: [[UInt8]]
    let taste: Taste
    /// All that it read and didn't forget.
    private(set) var read: [LlamaToken] = []
    /// How often it was asked for a token, among how many of these for one of several, and how often it had to read.
    private(set) var choices = 0
    private(set) var maskings = 0
    private(set) var batches = 0
    private var scored = 0
    private var generator: SeededGenerator

    init(_ taste: Taste, seed: UInt64) {
        self.taste = taste
        generator = SeededGenerator(seed: seed)
        var texts: [[UInt8]] = (0...255).map { [$0] }
        for text in [
            "\", ", "\": ", "}}", "}, {", "[]", "null", "true", "false", "ue", "  ", " \"", "\\u", "\\ud83d", "\\\"",
            "42", "0.",
            "999", "-1", ", ", "\"a", "aaaaaaaaaaaaaaaa", "日本", "é", "👍🏽", "e\u{301}\u{301}", "]]", "{\"", "\": \"",
            "\u{202E}",
        ] { texts.append(Array(text.utf8)) }
        // Tokens that begin or end within a scalar.
        let whole = Array("a日é👍\"".utf8)
        for _ in 0..<40 {
            let start = Int.random(in: 0..<whole.count, using: &generator)
            let end = Int.random(in: start + 1...whole.count, using: &generator)
            texts.append(Array(whole[start..<end]))
        }
        var kinds = [LlamaWeights.Kind](repeating: .text, count: texts.count)
        for kind in [LlamaWeights.Kind.control, .end, .control, .end] {
            kinds.append(kind)
            texts.append(Array("<|\(texts.count)|>".utf8))
        }
        kinds.append(.text)
        texts.append([])
        (self.kinds, self.texts) = (kinds, texts)
    }

    var vocabulary: TokenVocabulary {
        TokenVocabulary(kinds: kinds) { $1 += self.texts[Int($0)] }
    }

    /// Splits a text anywhere, or changes it, as tokenisers do that put a space in front.
    func tokens(of text: [UInt8]) -> [LlamaToken] {
        var tokens: [LlamaToken] = Int.random(in: 0..<8, using: &generator) == 0 ? [0x20] : []
        var rest = text[...]
        while !rest.isEmpty {
            let fitting = texts.indices.filter {
                !texts[$0].isEmpty && kinds[$0] == .text && rest.starts(with: texts[$0])
            }
            let token = fitting.randomElement(using: &generator)!
            tokens.append(LlamaToken(token))
            rest = rest.dropFirst(texts[token].count)
        }
        return tokens
    }

    func read(_ tokens: [LlamaToken], scores: Int) throws {
        try #require(!tokens.isEmpty && scores >= 1 && scores <= 2)
        read += tokens
        batches += 1
        scored = scores
    }

    func forgetNewest() -> Bool {
        guard Int.random(in: 0..<8, using: &generator) > 0 else { return false }
        read.removeLast()
        return true
    }

    func next() throws -> LlamaToken { try favourite(among: Array(0..<LlamaToken(kinds.count))) }

    func next(among tokens: [LlamaToken], back: Int) throws -> LlamaToken {
        try #require(back < scored, "there are no scores for that")
        if back == 0 { maskings += 1 }
        return try favourite(among: tokens)
    }

    private func favourite(among tokens: [LlamaToken]) throws -> LlamaToken {
        choices += 1
        let scores = tokens.map { (token: $0, score: score(texts[Int($0)], kinds[Int($0)])) }
        let best = try #require(scores.map(\.score).max(), "there is no way on")
        return scores.filter { $0.score == best }.randomElement(using: &generator)!.token
    }

    private func score(_ text: [UInt8], _ kind: LlamaWeights.Kind) -> Int {
        switch taste {
        case .anything: return 0
        case .control: return kind == .text ? 0 : 1
        case .halves: return String(validating: text, as: UTF8.self) == nil ? 1 : 0
        case .letter: return text == Array("a".utf8) ? 1 : 0
        case .longest: return text.count
        case .syntax: return text.count { #""\{}[],:"#.utf8.contains($0) }
        case .endless:
            if kind == .end { return -2 }
            return text.contains { "\"]}".utf8.contains($0) } ? -1 : text.contains(UInt8(ascii: ",")) ? 1 : 0
        }
    }
}
