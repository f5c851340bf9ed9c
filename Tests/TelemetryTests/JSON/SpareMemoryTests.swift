import Testing

@testable import Telemetry

/// Memory for long lines.
@Suite(.blocking) struct SpareMemoryTests {
    @Test func `what is given back is what the next one gets`() {
        let spare = SpareMemory()
        let (first, second) = (spare.take(), spare.take())
        #expect(first.count == SpareMemory.size && second.count == SpareMemory.size)
        #expect(first.baseAddress != second.baseAddress)
        spare.giveBack(first)
        let third = spare.take()
        #expect(third.baseAddress == first.baseAddress)
        spare.giveBack(second)
        spare.giveBack(third)  // The one before is freed, which the address sanitizer sees.
    }

    private func text(_ length: Int, _ seed: Int) -> String {
        let words = ["The quick ", "brown fox \\", "jumps \"over\"\n", "größer ", "\u{2028}"]
        var text = ""
        while text.utf8.count < length { text += words[(text.utf8.count + seed) % words.count] }
        return text
    }

    @Test(arguments: [500, 1_000, 4_096, 16_000, 16_300, 17_000, 33_000, 100_000])
    func `lines of any length come back whole, from several threads at once`(length: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.file()
        let options = FileSinkOptions(bufferBytes: 4 << 20, whenFull: .wait(atMost: .patience))
        let sink = try FileSink(path: path, options: options)
        let telemetry = Telemetry(
            sink: sink,
            configuration: .init(limits: Limits(fieldBytes: 1 << 20), capture: .full, recentBytes: 32 << 20)
        )
        onThreads(4) { thread in
            for place in 0..<10 {
                let texts: JSONObject = [
                    "seed": .integer(thread * 10 + place), "prompt": .string(text(length, thread * 10 + place)),
                    "response": .string(text(length / 2, place)),
                ]
                telemetry.log("prompt", data: texts)
            }
        }
        telemetry.close()
        let inLog = try lines(of: path).map { try Span(line: $0) }
        for spans in [inLog, telemetry.recentSpans()] {
            #expect(spans.count == 40)
            for span in spans {
                guard case .integer(let seed)? = span.data["seed"] else { continue }
                #expect(span.data["prompt"] == .string(text(length, seed)))
                #expect(span.data["response"] == .string(text(length / 2, seed % 10)))
            }
            #expect(Set(spans.compactMap { $0.data["seed"].map { "\($0)" } }).count == 40)
        }
    }
}
