import Testing

@testable import Agent

@Suite struct EventStreamParserTests {
    private func events(_ chunks: [[UInt8]], limit: Int = 1000) -> [String] {
        var parser = EventStreamParser(limit: limit)
        return chunks.flatMap { parser.append($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("data: a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        ("data: a\r\rdata: b\r\r", ["a", "b"]),
        ("\u{FEFF}data: a\n\n", ["a"]),
        (": a comment\n\ndata: a\n: another\n\n", ["a"]),
        ("event: x\nid: 7\nretry: 3\ndata: a\n\n", ["a"]),
        ("data: a\ndata: b\ndata:  c\n\n", ["a\nb\n c"]),
        ("data:a\n\ndata\n\n", ["a", ""]),
        ("database: a\n\n\n\n", []),
        ("data: a\n\ndata: cut", ["a"]),
        ("data: 👩‍👩‍👧é\n\n", ["👩‍👩‍👧é"]),
    ])
    func `a stream gives the same events wherever it is cut`(_ text: String, _ expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(events([bytes]) == expected)
        #expect(events(bytes.map { [$0] }) == expected)
        for cut in bytes.indices {
            #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
    }

    @Test(arguments: ["data: 0123456789", "data: 01\ndata: 23\ndata: 45", ": 0123456789"])
    func `an event longer than the limit is refused before its end, and what came before it is kept`(_ text: String) {
        var parser = EventStreamParser(limit: 10)
        #expect(parser.append("data: a\n\n\(text)".utf8).count == 1 && parser.isOverlong)
    }

    @Test func `the limit is that of one event`() {
        #expect(events([[UInt8](String(repeating: "data: 1\n\n", count: 100).utf8)], limit: 10).count == 100)
    }
}
