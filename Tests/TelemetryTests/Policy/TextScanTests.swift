import CScan
import Foundation
import Testing

@testable import Telemetry

/// What vectors find in a text, for each kind of them that this processor has, against what byte after byte finds.
struct TextScanTests {
    private static let windows = SecretWindows.buckets.joined().flatMap { $0.windows.split(separator: " ") }
        .map { Array($0.utf8) }

    private static func isWindow(_ bytes: ArraySlice<UInt8>) -> Bool { windows.contains { $0.elementsEqual(bytes) } }

    private func mayBeWindow(_ bytes: ArraySlice<UInt8>) -> Bool {
        let triple = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return SecretWindows.triples[cscan_hash(triple)] != 0
    }

    private func found(in text: [UInt8], by scan: TextScan) -> [Int] {
        text.withUnsafeBytes { bytes in
            Array(
                sequence(
                    state: 0,
                    next: { start -> Int? in
                        let window = scan.window(in: bytes, from: start)
                        start = window + 1
                        return window < bytes.count ? window : nil
                    }
                )
            )
        }
    }

    /// Every window is found, and nothing that doesn't even look like one.
    private func check(_ text: [UInt8], _ scan: TextScan) {
        let found = found(in: text, by: scan)
        let places = text.indices.dropLast(2)
        let missed = Set(places.filter { Self.isWindow(text[$0..<$0 + 3]) }).subtracting(found)
        #expect(missed.isEmpty, "\(scan.name) missed \(missed.sorted()) in \(String(decoding: text, as: UTF8.self))")
        #expect(found.allSatisfy { places.contains($0) && mayBeWindow(text[$0..<$0 + 3]) })
        #expect(found == found.sorted())
    }

    @Test func `the fastest variant comes first, and each has a name of its own`() {
        #expect(TextScan.best?.name == TextScan.all.first?.name)
        #expect(Set(TextScan.all.map(\.name)).count == TextScan.all.count)
        #if arch(arm64)
        #expect(TextScan.best != nil)
        #endif
    }

    @Test func `there are as many windows as are looked for, of three bytes of ASCII, each once`() {
        #expect(Self.windows.count == 61)
        #expect(Set(Self.windows).count == 61)
        #expect(Self.windows.allSatisfy { $0.count == 3 && $0.allSatisfy { $0 < 0x80 } })
        // Of eight bits one says what must be escaped.
        #expect(SecretWindows.buckets.count <= 7)
    }

    @Test(arguments: TextScan.all)
    func `each window is found at each place of texts of all lengths`(scan: TextScan) {
        for (number, window) in Self.windows.enumerated() {
            for place in 0...140 {
                for rest in [0, 1, 2, 13, 30 + number, 100] {
                    var text = [UInt8](repeating: UInt8(ascii: "."), count: place + 3 + rest)
                    text.replaceSubrange(place..<place + 3, with: window)
                    #expect(found(in: text, by: scan) == [place], "\(scan.name): \(window) of \(text.count)")
                }
            }
        }
    }

    @Test(arguments: TextScan.all)
    func `no window is missed among letters that windows have, and any bytes`(scan: TextScan) {
        var generator = SeededGenerator(seed: 3)
        let letters = Array(Set(Self.windows.joined())).sorted()
        for round in 0..<4000 {
            let length = Int.random(in: 0...300, using: &generator)
            let isAny = round % 4 == 0
            check(
                (0..<length).map { _ in
                    isAny
                        ? UInt8.random(in: 0...255, using: &generator) : letters.randomElement(using: &generator)!
                },
                scan
            )
        }
    }

    @Test(arguments: TextScan.all)
    func `no window is missed in prose and code, and few more than there are are looked at`(scan: TextScan) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let files = ["../../../README.md", "../../../Sources/Telemetry/Span/LineWriter.swift"]
        let text = try files.flatMap { try Data(contentsOf: folder.appending(path: $0)) }
        check(text, scan)
        let windows = text.indices.dropLast(2).count { Self.isWindow(text[$0..<$0 + 3]) }
        #expect(found(in: text, by: scan).count <= windows + text.count / 500)
    }

    // MARK: Secrets

    private let keys = KeyRules(masksKnownKeys: true, added: KeyList([]), removed: KeyList([]))

    private func first(in text: [UInt8], from start: Int, _ scan: TextScan?) -> FoundSecret? {
        text.withUnsafeBytes {
            SecretDetectors.first(in: $0, from: start, windows: SecretWindows.secrets, keys, with: scan)
        }
    }

    @Test(arguments: TextScan.all)
    func `the same secrets are found as without vectors, from each place on`(scan: TextScan) {
        var generator = SeededGenerator(seed: 8)
        var fakes = FakeSecrets(seed: 9)
        for _ in 0..<600 {
            var text = ""
            for _ in 0..<Int.random(in: 0...14, using: &generator) {
                text +=
                    Int.random(in: 0..<6, using: &generator) == 0
                    ? fakes.all().randomElement(using: &generator)!.secret
                    : HostileRedactionTests.pieces.randomElement(using: &generator)!
                if Bool.random(using: &generator) { text += " plain words " }
            }
            let bytes = Array(text.utf8)
            for start in [0, 1, 2, 3] + (0..<8).map({ _ in Int.random(in: 0...bytes.count, using: &generator) }) {
                let (plain, fast) = (first(in: bytes, from: start, nil), first(in: bytes, from: start, scan))
                #expect(plain?.range == fast?.range, "\(scan.name) from \(start): \(text)")
                #expect(plain?.kind.description == fast?.kind.description)
            }
        }
    }

    // MARK: Copies

    /// The text as it stands in JSON, and the windows that were met on the way.
    private func copied(_ text: [UInt8], by scan: TextScan, capacity: Int) -> (json: [UInt8], windows: [Int]) {
        var buffer = ByteBuffer(capacity: capacity)
        var windows: [Int] = []
        let isWritten = text.withUnsafeBytes { text in
            buffer.appendEscaped(text, with: scan, findingWindows: true) { window in
                windows.append(window)
                return false
            }
        }
        #expect(isWritten)
        return (Array(buffer.bytes), windows)
    }

    private func escaped(_ text: [UInt8], with scan: TextScan?) -> [UInt8] {
        var buffer = ByteBuffer(capacity: 1)
        text.withUnsafeBytes { buffer.appendEscaped($0, with: scan) }
        return Array(buffer.bytes)
    }

    @Test(arguments: TextScan.all)
    func `a copy has the same escapes as without vectors, and meets all windows`(scan: TextScan) {
        var generator = SeededGenerator(seed: 5)
        let pieces: [[UInt8]] =
            [
                "a", "plain text of some length, ", "\"", "\\", "\n", "\0", "\u{7F}", "é", "漢字かな交じり", "\u{85}",
                "\u{2028}", "“",
            ]
            .map { Array($0.utf8) } + [[0xC2], [0xD8], [0xE2], [0xE2, 0x80], [0xFF]] + Self.windows
        for round in 0..<3000 {
            // Some texts are almost nothing but one piece: of plain text, or of escapes.
            let pool = round % 3 == 0 ? pieces : (0..<2).map { _ in pieces.randomElement(using: &generator)! }
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &generator) { text += pool.randomElement(using: &generator)! }
            let (json, windows) = copied(text, by: scan, capacity: round % 2 == 0 ? 1 : 4096)
            let expected = escaped(text, with: nil)
            #expect(json == expected, "\(scan.name): \(text)")
            #expect(escaped(text, with: scan) == expected, "\(scan.name): \(text)")
            #expect(windows == found(in: text, by: scan))
        }
    }

    @Test(arguments: TextScan.all)
    func `short texts are copied if they are plain and have no window`(scan: TextScan) {
        func copy(_ text: [UInt8]) -> [UInt8]? {
            var out = [UInt8](repeating: 0, count: TextScan.short)
            let isCopied = text.withUnsafeBytes { text in
                out.withUnsafeMutableBytes { scan.copyHarmless(short: text, to: $0.baseAddress!) }
            }
            return isCopied ? Array(out[..<text.count]) : nil
        }
        for length in 1...TextScan.short {
            let text = (0..<length).map { UInt8(ascii: "k") + UInt8($0 % 3) }
            #expect(copy(text) == text)
            for place in 0..<length {
                for byte in 0...255 as ClosedRange<UInt8> {
                    var text = text
                    text[place] = byte
                    let isPlain = 0x20..<0x7F ~= byte && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                    let isLikeSecret = text.indices.dropLast(2).contains { mayBeWindow(text[$0..<$0 + 3]) }
                    guard !isPlain || !isLikeSecret else { continue }
                    #expect(copy(text) == (isPlain ? text : nil), "\(scan.name): \(text)")
                }
                for window in Self.windows where place + 3 <= length {
                    var text = text
                    text.replaceSubrange(place..<place + 3, with: window)
                    #expect(copy(text) == nil, "\(scan.name): \(text)")
                }
            }
        }
    }

    @Test func `a secret at each place of a long text is masked in the line, whatever stands before it`() {
        var fakes = FakeSecrets(seed: 4)
        let id = SpanID(nonZero: 1)
        let trace = TraceID(nonZero: 1, 1)
        // A key of letters only may be a word.
        let secrets = fakes.providerKeys().map(\.secret).filter { $0.dropFirst(8).contains(where: \.isNumber) }
        for (place, secret) in (0...140).flatMap({ place in secrets.map { (place, $0) } }) {
            for filler in ["word ", "\"\n", "token ", "é’ "] {
                let before = String(String(repeating: filler, count: 40).prefix(place))
                let span = Span(
                    id: id,
                    traceID: trace,
                    eventType: "prompt",
                    timestamp: Timestamp(microseconds: 0),
                    data: ["prompt": .string(before + " " + secret + " and words behind")]
                )
                let line = span.withLine(policy: .standard) { String(decoding: $0, as: UTF8.self) }
                #expect(!line.contains(secret) && line.contains("[redacted:") && line.contains(" and words behind\""))
            }
        }
    }
}
