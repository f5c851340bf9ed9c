import Testing

@testable import Telemetry

struct KnownNamesTests {
    private static let secret: String = {
        var secrets = FakeSecrets(seed: 1)
        return secrets.providerKeys()[0].secret
    }()

    private func line(_ name: String, _ policy: LinePolicy, data: JSONObject = [:]) -> String {
        let span = Span(
            id: SpanID(nonZero: 1),
            traceID: TraceID(nonZero: 0, 1),
            eventType: .llmCall,
            name: name,
            timestamp: Timestamp(microseconds: 0),
            data: data
        )
        return span.withLine(policy: policy) { String(decoding: $0, as: UTF8.self) }
    }

    /// Lengths around those at which names are treated otherwise, and what differs in one byte only.
    private var names: [String] {
        var names = ["", "a", "SmolLM2-135M-Instruct", "café", "日本語", "a\"b", "a\nb", "a\u{202E}b", Self.secret]
        for length in [3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 63, 64, 65, 100] {
            for changed in Set([0, length / 2, length - 1]) {
                var bytes = [UInt8](repeating: UInt8(ascii: "n"), count: length)
                bytes[changed] = UInt8(ascii: "x")
                names.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        return names
    }

    @Test func `a name's line is the same the first time and later`() {
        let policy = LinePolicy()
        for name in names {
            let first = line(name, policy, data: ["model": .string(name), "tool": .string(name + "!")])
            for _ in 0..<3 {
                #expect(line(name, policy, data: ["model": .string(name), "tool": .string(name + "!")]) == first)
            }
            #expect(first == line(name, LinePolicy(), data: ["model": .string(name), "tool": .string(name + "!")]))
        }
    }

    @Test func `names that are masked, escaped or cut don't become known`() {
        let policy = LinePolicy()
        for name in names { _ = line(name, policy) }
        for name in names {
            let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 } && name != Self.secret
            let isKnown = name.withBytes { policy.rules.pointee.names.find(.llmCall, $0) != nil }
            if isPlain, name.utf8.count <= KnownNames.longest {
                #expect(isKnown, "\(name)")
            } else if !["café", "日本語"].contains(name) {
                #expect(!isKnown, "\(name)")
            }
        }
        let short = LinePolicy(limits: Limits(fieldBytes: 10))
        for _ in 0..<2 { #expect(line("nnnnnnnnnnnnnnnnnnnn", short).contains("…[+10 bytes]")) }
    }

    @Test func `more names than there is room for are written all the same`() {
        let policy = LinePolicy()
        for round in 0..<2 {
            for number in 0..<2000 {
                #expect(line("tool \(number)", policy).contains("\"name\":\"tool \(number)\""), "round \(round)")
            }
        }
    }
}
