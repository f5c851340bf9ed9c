/// The beginnings of prompts that were read before, with what the model made of them, the newest last.
///
/// A prompt family, which is the same instructions and examples with another question each time, counts once: what
/// shares three quarters with a newer prompt is replaced by it.
struct PrefixStore<State> {
    struct Entry {
        var tokens: [LlamaToken]
        var state: State
    }

    private(set) var entries: [Entry] = []
    private let maximumCount: Int
    private let maximumTokens: Int

    /// A store for so many prompts of so many tokens together; the least recently used goes first.
    init(maximumCount: Int, maximumTokens: Int) {
        self.maximumCount = maximumCount
        self.maximumTokens = maximumTokens
    }

    /// The entry that shares the most tokens with a prompt, and how many.
    func best(for prompt: [LlamaToken]) -> (index: Int, common: Int)? {
        var best: (index: Int, common: Int)?
        for (index, entry) in entries.enumerated() {
            let common = entry.tokens.commonPrefix(with: prompt)
            if common > best?.common ?? 0 { best = (index, common) }
        }
        return best
    }

    /// Whether an entry has three quarters of these tokens: then they needn't be stored.
    func covers(_ tokens: [LlamaToken]) -> Bool {
        (best(for: tokens)?.common ?? 0) * 4 >= tokens.count * 3
    }

    /// Makes an entry the newest, and returns it.
    mutating func use(_ index: Int) -> Entry {
        let entry = entries.remove(at: index)
        entries.append(entry)
        return entry
    }

    /// Adds an entry; what doesn't fit in any more goes.
    mutating func insert(_ entry: Entry) {
        entries.removeAll { $0.tokens.commonPrefix(with: entry.tokens) * 4 >= $0.tokens.count * 3 }
        entries.append(entry)
        while entries.count > maximumCount || entries.reduce(0, { $0 + $1.tokens.count }) > maximumTokens {
            entries.removeFirst()
        }
    }

    /// Forgets an entry.
    mutating func remove(_ index: Int) { entries.remove(at: index) }
}

extension [LlamaToken] {
    /// How many tokens both begin with.
    func commonPrefix(with other: [LlamaToken]) -> Int {
        let count = Swift.min(count, other.count)
        return withUnsafeBufferPointer { a in
            other.withUnsafeBufferPointer { b in
                var index = 0
                while index < count, a[index] == b[index] { index += 1 }
                return index
            }
        }
    }
}
