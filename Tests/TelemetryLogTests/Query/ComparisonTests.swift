import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct ComparisonTests {
    private typealias Change = Comparison.Change

    @Test func `the interval of a difference of shares is Newcombe's`() throws {
        // Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
        let change = Change.share((48, 80), (56, 70))
        let interval = try #require(change.interval)
        #expect(abs(interval.lowerBound - 0.0524) < 0.0001 && abs(interval.upperBound - 0.3339) < 0.0001)
        #expect(change.isSure && change.before == 0.6 && change.after == 0.8)
        #expect(Change.share((0, 10), (0, 10)).isSure == false)
        #expect(Change.share((0, 0), (1, 1)).interval == nil)
    }

    private func histogram(_ milliseconds: some Sequence<Int>) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in milliseconds { histogram.add(nanoseconds: UInt64(value) * 1_000_000) }
        return histogram
    }

    @Test func `a latency's change is sure only when chance can't explain it`() throws {
        let before = histogram((0..<1000).map { 100 + $0 % 100 })
        let slower = try #require(Change.quantile(0.5, before, histogram((0..<1000).map { 150 + $0 % 100 })))
        #expect(slower.isSure && slower.after > slower.before)
        let same = try #require(Change.quantile(0.5, before, histogram((0..<1000).map { 101 + $0 % 100 })))
        #expect(!same.isSure && same.interval != nil)
        let few = try #require(Change.quantile(0.95, before, histogram([1])))
        #expect(few.interval == nil && !few.isSure)
        #expect(Change.quantile(0.5, before, LatencyHistogram()) == nil)
    }

    @Test func `what is gone and what is new is named`() throws {
        let folder = try Folder()
        let a = try folder.write("a.jsonl", lines(try makeSpan(1, .memory), try makeSpan(2, .plan)))
        let b = try folder.write("b.jsonl", lines(try makeSpan(3, .memory), try makeSpan(4, .eval)))
        let comparison = Comparison(before: try LogReader([a]).summary(), after: try LogReader([b]).summary())
        #expect(comparison.rows.map(\.eventType) == ["memory"])
        #expect(comparison.gone == ["plan"] && comparison.new == ["eval"])
        #expect(comparison.text().contains("Only before: plan\nOnly after: eval\n"))
    }
}
