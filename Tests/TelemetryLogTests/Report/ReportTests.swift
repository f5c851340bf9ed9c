import Synchronization
import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct ReportTests {
    private func page(_ text: String, _ change: (inout ReportOptions) -> Void = { _ in }) throws -> (
        text: String, contents: ReportContents
    ) {
        let folder = try Folder()
        var options = ReportOptions()
        change(&options)
        let pieces = Mutex("")
        let contents = try LogReader([try folder.write("log.jsonl", text)]).report(options) { piece in
            pieces.withLock { $0 += piece }
        }
        return (pieces.withLock { $0 }, contents)
    }

    @Test(arguments: [
        ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        (String(repeating: "a", count: 56), "s1Q5pKxvCUi21vnjxq8PX1kM4g8b3nCQ73lwaG7Gc4o="),
    ]) func `hashes are those of FIPS 180-4`(text: String, hash: String) { #expect(SHA256.base64(text) == hash) }

    @Test func `the policy names the hash of the script that the page has`() throws {
        let (text, contents) = try page("")
        let script = try #require(text.split(separator: "<script>", omittingEmptySubsequences: false).last)
            .split(separator: "</script>").first
        #expect(text.contains("script-src 'sha256-\(SHA256.base64(String(try #require(script))))'"))
        #expect(text.contains("default-src 'none'") && contents.bytes == text.utf8.count)
    }

    @Test func `nothing in a log ends the element that holds it`() throws {
        let evil = "</script><script>alert(1)</script><!--\u{202E}\u{2028}"
        let plain = try page(lines(try makeSpan(1, ms: 5, data: ["a": "b"]))).text
        let hostile = try page(
            lines(
                try makeSpan(
                    1,
                    .init(rawValue: evil),
                    evil,
                    ms: 5,
                    data: [evil: .string(evil), "x": [.string(evil)]],
                    error: evil
                )
            )
        ).text
        #expect(hostile.split(separator: "<script").count == plain.split(separator: "<script").count)
        #expect(!hostile.contains("alert(1)</") && !hostile.contains("\u{202E}") && !hostile.contains("\u{2028}"))
    }

    @Test func `of more traces than fit, the failing, the slowest and the newest are shown`() throws {
        var text = ""
        for id in 1...100 as ClosedRange<UInt64> {
            text += lines(
                try makeSpan(
                    id,
                    trace: id,
                    .agentRun,
                    at: Double(id) * 1000,
                    ms: id == 40 ? 900 : 1,
                    error: id == 20 ? "no" : nil
                )
            )
        }
        let all = try page(text)
        #expect(all.contents.hasAllTraces && all.contents.traces == 100)
        let (some, contents) = try page(text) { $0.mostTraces = 3 }
        #expect(!contents.hasAllTraces && contents.traces == 3 && contents.spans == 100)
        for id in [20, 40, 100] as [UInt64] {
            #expect(some.contains("[\"" + (try #require(TraceID(high: id << 32, low: id))).description))
        }
    }

    @Test func `times are joined in intervals that fit, and a clock that jumped is left out`() throws {
        var text = ""
        for id in 1...2000 as ClosedRange<UInt64> { text += lines(try makeSpan(id, at: Double(id) * 100, ms: 10)) }
        text += lines(try makeSpan(9000, at: -1_700_000_000_000, ms: 1))
        let head = try #require(
            try page(text).text.split(separator: "id=\"head\">").last?.split(separator: "</script>").first
        )
        let timeline = try #require(try JSONValue(parsing: String(head))["timeline"])
        let starts = try #require(timeline["starts"]?.array)
        #expect(timeline["outside"] == 1 && (2...160).contains(starts.count))
        let points = try #require(timeline["series"]?[0]?["points"]?.array)
        #expect(points.reduce(0) { $0 + ($1[1]?.integer ?? 0) } == 2000)
    }

    @Test func `standard input is refused, with the remedy`() {
        let error = #expect(throws: LogError.self) { _ = try LogReader(["-"]).report { _ in } }
        #expect(error?.message.contains("Write it to a file") == true)
    }
}
