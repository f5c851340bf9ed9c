public import Foundation

/// What an agent keeps in mind: short texts, found again by their words.
///
/// A value: nothing is stored elsewhere, and whoever shares one between tasks guards it.
///
/// For example:
/// ```swift
/// var memory = Memory()
/// memory.add("The user's name is Ada.")
/// memory.search("What is my name?").first?.item.text
/// ```
public struct Memory: Sendable {
    /// One remembered text.
    public struct Item: Sendable, Hashable, Identifiable {
        /// The number under which it is remembered: 1, 2, 3 … A memory never gives a number out twice.
        public let id: Int
        /// What is remembered.
        public let text: String
        /// When it was remembered.
        public let created: Date
    }

    /// An item that a search found.
    public struct Match: Sendable, Hashable {
        /// What was found.
        public let item: Item
        /// How well it fits: greater than 0, comparable within one search only.
        public let score: Double
    }

    /// What is remembered, oldest first.
    public private(set) var items: [Item] = []
    /// The most items that are kept; when one more is added, the oldest is forgotten.
    public let capacity: Int

    private var nextID = 1
    private var index = WordIndex()

    /// An empty memory.
    ///
    /// - Precondition: The capacity is greater than 0.
    public init(capacity: Int = .max) {
        precondition(capacity > 0, "a memory must have room for an item")
        self.capacity = capacity
    }

    /// Remembers `text`.
    @discardableResult
    public mutating func add(_ text: String, at date: Date = Date()) -> Item {
        if items.count == capacity {
            items.removeFirst()
            index.removeFirst()
        }
        let item = Item(id: nextID, text: text, created: date)
        nextID += 1
        items.append(item)
        index.append(text)
        return item
    }

    /// The item with that id; `nil` if there was none or it was forgotten.
    public subscript(id id: Int) -> Item? {
        // Only the oldest items go, so that ids are consecutive.
        guard let first = items.first?.id, items.indices.contains(id - first) else { return nil }
        return items[id - first]
    }

    /// The items that share words with `query`, best first; of equally good ones the newest first.
    ///
    /// Ranked by Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) with k1 = 1.2 and
    /// b = 0.75. Case, diacritics and width make no difference; a word is a run of letters and digits, and each emoji
    /// and each ideograph is one, too. An empty query finds nothing.
    ///
    /// - Complexity: Linear in the number of items times the words of the query.
    public func search(_ query: String, limit: Int = 5) -> [Match] {
        zip(items, index.scores(of: query))
            .filter { $0.1 > 0 }
            .sorted { ($0.1, $0.0.id) > ($1.1, $1.0.id) }
            .prefix(max(0, limit))
            .map { Match(item: $0, score: $1) }
    }

    /// Forgets everything.
    public mutating func clear() {
        items = []
        index = WordIndex()
    }
}
