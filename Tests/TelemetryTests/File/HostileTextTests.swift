import Foundation
import Telemetry
import Testing

/// Whatever a program records, the log holds it, and does nothing to who reads it.
@Suite(.blocking) struct HostileTextTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let corpus: [String] =
        [
            "", " ", "\"", "\\", "\\\"", "\\u0041", "\\n", "/", "</script><script>alert(1)</script>",
            "'; DROP TABLE spans; --",
            "\0", "a\0b", "\u{1}\u{2}\u{1F}", "\u{1B}[31mred\u{1B}[0m", "\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{7F}",
            "\u{8}\u{8}",
            "\n", "\r", "\r\n", "\n{\"span_id\":\"forged\"}\n", "\t", "\u{85}", "\u{A0}", "\u{2028}", "\u{2029}",
            "\u{FEFF}", "\u{FFFE}",
            "\u{FFFD}", "\u{FFFF}", "\u{10FFFF}", "\u{202E}evil\u{202C}", "\u{2066}\u{2069}", "\u{61C}",
            "\u{200E}\u{200F}", "\u{200B}",
            "é", "e\u{301}", "ﬃ", "İ", "ß", "ﷺ", "Z̡͖̜̖͙͎̪̣̞͇̩̞ͅA̷͎̖͇L̢̫̩͇G̗͓̭O", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "👍🏽", "עברית عربى",
            "日本語", "𝕳𝖊𝖑𝖑𝖔", "null", "true", "NaN", "Infinity", "1e999", "-0", "undefined", "{}", "[]", "{{7*7}}",
            "${x}", "%s%n",
            "…[+12 bytes]", "__proto__", "constructor", "🤷🏽‍♀️\u{0}\u{1F600}", String(repeating: "\"\\\n", count: 1000),
        ]
        + (0..<100 as Range<UInt64>).map { seed in
            var generator = SeededGenerator(seed: seed)
            return generator.text(atMost: 200)
        }

    /// Every scalar of the planes that matter, and a sample of the others, in texts of 512.
    static let planes: [String] = {
        var texts = [""]
        for code in UInt32(0)...0x10FFFF where code < 0x3000 || code % 31 == 0 || code & 0xFFFF >= 0xFFF0 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            if texts[texts.count - 1].unicodeScalars.count == 512 { texts.append("") }
            texts[texts.count - 1].unicodeScalars.append(scalar)
        }
        return texts
    }()

    @Test(arguments: [corpus, planes])
    func `what is recorded is what Python reads`(texts: [String]) throws {
        let telemetry = try Telemetry(synchronous: folder.file())
        for text in texts {
            telemetry.log(
                EventType(rawValue: String(text.prefix(50))),
                name: String(text.prefix(50)),
                data: ["value": .string(text), String("k" + text.prefix(50)): [["deep": .string(text)]]],
                error: text
            )
        }
        let expected = texts.flatMap { [$0, String($0.prefix(50))] }.map { text in
            text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
        }
        let report = try python(
            """
            import json, sys
            expected = [bytes.fromhex(line.strip()).decode("utf-8") for line in sys.stdin]
            def unique(pairs):
                assert len(dict(pairs)) == len(pairs), "a key stands twice"
                return dict(pairs)
            lines = open(sys.argv[1], "rb").read().split(b"\\n")
            assert lines.pop() == b"", "no end"
            assert len(lines) * 2 == len(expected), "%d lines" % len(lines)
            for place, line in enumerate(lines):
                text, short = expected[2 * place], expected[2 * place + 1]
                span = json.loads(line.decode("utf-8"), object_pairs_hook=unique)
                assert span["event_type"] == short, (place, "event_type")
                assert span["name"] == short, (place, "name")
                assert span["error"] == text, (place, "error")
                assert span["data"] == {"value": text, "k" + short: [{"deep": text}]}, (place, "data")
            print(len(lines), "the same")
            """,
            folder.file(),
            input: Array(expected.joined().utf8)
        )
        #expect(report == "\(texts.count) the same")
        // Nothing of it is raw in the file.
        let text = try #require(String(validating: try bytes(of: folder.file()), as: UTF8.self))
        let harmful = Set(
            text.unicodeScalars.filter { scalar in
                guard scalar != "\n", scalar.value < 0x3000 else { return false }
                return scalar.properties.isBidiControl
                    || [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            }
        )
        #expect(harmful.isEmpty)
    }

    @Test func `a text cut through the middle of its characters makes a valid line, wherever it stands`() throws {
        let text = "aé€😀👩‍👩‍👧z\u{2028}"
        let telemetry = try Telemetry(synchronous: folder.file())
        var count = 0
        for start in text.utf8.indices {
            for end in text.utf8.indices[start...] {
                // Bytes of a part of a character, as far as Swift lets a string have them.
                let piece = String(Substring(text.utf8[start..<end]))
                telemetry.log(
                    EventType(rawValue: piece),
                    name: piece,
                    data: [piece: .string(piece), "list": [.string(piece)]],
                    error: piece
                )
                telemetry.logLLMCall(model: piece, prompt: piece, response: piece, duration: .zero)
                count += 2
            }
        }
        let read = try python(
            """
            import json, sys
            lines = open(sys.argv[1], "rb").read().decode("utf-8").split("\\n")[:-1]
            print(len([json.loads(line) for line in lines]))
            """,
            folder.file()
        )
        #expect(read == "\(count)")
        #expect(try lines(of: folder.file()).allSatisfy { (try? Span(line: $0)) != nil })
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `ten megabytes are written whole when that is asked for`(_ mode: FileSinkOptions.Mode) throws {
        var generator = SeededGenerator(seed: 10)
        let piece = (0..<50).map { _ in generator.text(atMost: 200) }.joined()
        let text = String(repeating: piece, count: (10 << 20) / piece.utf8.count + 1)
        let sink = try FileSink(path: folder.file(), options: FileSinkOptions(mode: mode))
        let configuration = Telemetry.Configuration(
            limits: Limits(fieldBytes: .max, lineBytes: 100 << 20),
            capture: .full
        )
        let telemetry = Telemetry(sink: sink, configuration: configuration)
        telemetry.log("before")
        telemetry.logLLMCall(prompt: text, promptLength: 1, responseLength: 1, duration: .zero)
        telemetry.log("after")
        telemetry.close()
        #expect(sink.drops.total == 0)
        let report = try python(
            """
            import json, sys
            expected = bytes.fromhex(sys.stdin.read()).decode("utf-8") * int(sys.argv[2])
            spans = [json.loads(line) for line in open(sys.argv[1], "rb").read().decode("utf-8").split("\\n")[:-1]]
            print(sorted(span["event_type"] for span in spans))
            print([span["data"]["prompt"] == expected for span in spans if "data" in span])
            """,
            folder.file(),
            "\((10 << 20) / piece.utf8.count + 1)",
            input: Array(piece.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().utf8)
        )
        #expect(report == "['after', 'before', 'llm_call']\n[True]")
    }

    @Test func `numbers are what Python reads`() throws {
        var generator = SeededGenerator(seed: 5)
        let numbers =
            [0, -0.0, 0.1, 1e16, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude]
            + (0..<500).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        let telemetry = try Telemetry(synchronous: folder.file())
        telemetry.log("x", data: ["numbers": .array(numbers.map(JSONValue.number))])
        telemetry.log("x", data: ["numbers": [.integer(.max), .integer(.min), 0]])
        let read = try python(
            """
            import json, struct, sys
            first, second = [json.loads(line)["data"]["numbers"] for line in open(sys.argv[1])]
            print(" ".join(struct.pack(">d", number).hex() for number in first))
            print(second)
            """,
            folder.file()
        ).split(separator: "\n")
        #expect(read.first?.split(separator: " ").map { UInt64($0, radix: 16) } == numbers.map(\.bitPattern))
        #expect(read.last == "[9223372036854775807, -9223372036854775808, 0]")
    }
}
