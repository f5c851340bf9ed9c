import Testing

@testable import Telemetry

struct TextDigestTests {
    /// Of all lengths up to beyond the exact ones; with letters of one to four bytes at either end.
    static let texts = (0...30).flatMap { count in
        let letters = String("abcdefghijklmnopqrstuvwxyzABCDE".prefix(count))
        return [letters, letters + "é", "日" + letters, letters + "😀", String(repeating: "\0", count: count)]
    }

    @Test(arguments: texts)
    func `a string's digest is that of its bytes, wherever they stand`(text: String) {
        let bytes = Array(text.utf8)
        let digest = bytes.withUnsafeBytes { TextDigest($0) }
        #expect(TextDigest(text) == digest)
        #expect(TextDigest(text).hash == digest.hash)
        // The same text, but in memory of its own, as one that was cut from a longer one.
        var stored = text + String(repeating: "x", count: 100)
        stored.removeLast(100)
        #expect(stored == text)
        #expect(TextDigest(stored) == digest)
        #expect(TextDigest(text + "x") != digest)
    }

    @Test func `texts of up to 15 bytes are read where they stand`() {
        for text in Self.texts {
            let short = String(decoding: Array(text.utf8), as: UTF8.self)
            guard let words = short.shortWords else {
                #expect(short.utf8.count > 15)
                continue
            }
            let bytes = withUnsafeBytes(of: (words.first, words.second)) { Array($0) }
            #expect(words.count == text.utf8.count)
            #expect(Array(bytes.prefix(words.count)) == Array(text.utf8))
            #expect(bytes.dropFirst(words.count).allSatisfy { $0 == 0 })
        }
    }
}
