import Testing

@testable import TelemetryLog

@Suite struct FormatTests {
    @Test(arguments: [
        (0, "0 ms"), (950, "950 µs"), (12_300, "12.3 ms"), (480_000, "480 ms"), (4_210_000, "4.2 s"),
        (59_949_000, "59.9 s"),
        (725_000_000, "12 m 05 s"), (12_000_000_000, "3 h 20 m"), (400_000_000_000, "4 d 15 h"), (-5, "0 ms"),
        (999_600, "1.0 s"), (99_960, "100 ms"),
    ]) func `durations have three digits or so and a unit`(microseconds: Int, text: String) {
        #expect(Format.duration(.microseconds(microseconds)) == text)
    }

    @Test func `a share that isn't none or all doesn't read so`() {
        #expect(
            [nil, 0, 1e-9, 0.125, 0.99999, 1].map { Format.percent($0) } == [
                "n/a", "0 %", "<0.1 %", "12.5 %", ">99.9 %", "100 %",
            ]
        )
    }

    @Test func `counts are set apart or short`() {
        #expect([0, 999, 1000, 1_234_567, -1000].map(Format.count) == ["0", "999", "1,000", "1,234,567", "-1,000"])
        #expect([999, 1000, 99_960, 1_234_567].map(Format.shortCount) == ["999", "1.0k", "100k", "1.2M"])
        #expect(Format.plural(1, "span") == "1 span" && Format.bytes(1_234) == "1.2 KB")
    }

    @Test func `text is measured in columns and cut`() {
        #expect(TextWidth.fitEnd("a/long/path", 7) == "…g/path" && TextWidth.fitEnd("path", 4) == "path")
        #expect(TextWidth.columns("日本語") == 6 && TextWidth.columns("é🦉") == 3 && TextWidth.columns("abc") == 3)
        #expect(
            TextWidth.fit("日本語", 4) == "日…" && TextWidth.fit("abc", 3) == "abc" && TextWidth.fit("abcd", 3) == "ab…"
        )
    }

    @Test(arguments: [(80, "what    p50  p99"), (40, "what    p50"), (41, "what     p50  p99")])
    func `a table leaves columns out rather than be too wide`(width: Int, header: String) {
        var table = TextTable(columns: [
            TextTable.Column(title: "what", isText: true, isFlexible: true), TextTable.Column(title: "p50"),
            TextTable.Column(title: "p99", leftOut: 1),
        ])
        table.rows = [["short", "1", "2"]]
        if width < 80 { table.rows.append(["a name that is long", "111111111111111", "2222222222222222"]) }
        let lines = table.text(TextStyle(width: width)).split(separator: "\n")
        #expect(lines.allSatisfy { TextWidth.columns(String($0)) <= width })
        #expect(lines[0].split(separator: " ") == header.split(separator: " "))
    }
}
