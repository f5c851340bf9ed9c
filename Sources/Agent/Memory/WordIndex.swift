import Foundation

/// The words of a list of texts, and how well each text fits a query (BM25).
struct WordIndex {
    private struct Entry {
        let counts: [String: Int]
        let length: Int
    }

    private var entries: [Entry] = []
    private var textsWithWord: [String: Int] = [:]
    private var totalLength = 0

    mutating func append(_ text: String) {
        let words = Self.words(in: text)
        let entry = Entry(counts: Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +), length: words.count)
        entries.append(entry)
        totalLength += entry.length
        for word in entry.counts.keys { textsWithWord[word, default: 0] += 1 }
    }

    mutating func removeFirst() {
        let entry = entries.removeFirst()
        totalLength -= entry.length
        for word in entry.counts.keys {
            let rest = textsWithWord[word, default: 1] - 1
            textsWithWord[word] = rest == 0 ? nil : rest
        }
    }

    /// One score for each text; 0 where no word is shared.
    func scores(of query: String) -> [Double] {
        var seen: Set<String> = []
        // In the query's order, so that sums come out the same each time.
        let words = Self.words(in: query).filter { seen.insert($0).inserted }
        let count = Double(entries.count)
        let weights = words.map { word in
            let texts = Double(textsWithWord[word, default: 0])
            return log(1 + (count - texts + 0.5) / (texts + 0.5))
        }
        let averageLength = Double(totalLength) / max(1, count)
        return entries.map { entry in
            let norm = 1.2 * (0.25 + 0.75 * Double(entry.length) / averageLength)
            return zip(words, weights).reduce(0) { sum, term in
                guard let occurrences = entry.counts[term.0].map(Double.init) else { return sum }
                return sum + term.1 * occurrences * 2.2 / (occurrences + norm)
            }
        }
    }

    /// Runs of letters and digits, each emoji, and each ideograph, without regard to case, diacritics and width.
    static func words(in text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
        for character in text.folding(
            options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive],
            locale: nil
        ) {
            let standsAlone = character.unicodeScalars.contains { $0.properties.isIdeographic } || character.isEmoji
            if !standsAlone, isWord(character) {
                word.append(character)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = ""
            if standsAlone { words.append(String(character)) }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}

extension Character {
    /// Whether the character is shown as a picture; digits, which may begin one, are not.
    fileprivate var isEmoji: Bool {
        guard let first = unicodeScalars.first?.properties else { return false }
        return first.isEmojiPresentation || (first.isEmoji && unicodeScalars.count > 1)
    }
}
