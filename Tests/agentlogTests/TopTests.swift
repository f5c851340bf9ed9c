import Foundation
import Telemetry
import Testing

@testable import agentlog

@Suite struct TopTests {
    @Test func `the figures are printed once where there is no terminal`() throws {
        let log = try SampleLog()
        let run = agentlog("top", "--window", "999999h", "--log", log.path)
        #expect(run.code == 0 && run.output.contains("8 spans in 2 traces, 1 failed"))
        #expect(run.output.split(separator: "\n", omittingEmptySubsequences: false).count <= 24)
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test func `what can't be watched is said`() {
        #expect(agentlog("top", "--log", "-").errors.contains("standard input ends, and can't be watched"))
    }

    @Test func `what runs already when it begins is shown`() throws {
        let log = try SampleLog()
        let line =
            #"{"span_id":"00000000000000aa","trace_id":"000000000000000000000000000000aa","event_type":"agent_run","#
            + #""name":"still at it","timestamp":"2026-01-15T11:29:00Z","data":{"status":"running"}}"#
        let handle = try #require(FileHandle(forWritingAtPath: log.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((line + "\n").utf8))
        try handle.close()
        let run = agentlog("top", "--once", "--log", log.path)
        #expect(run.output.contains("Running  1\n   1.0 m  00000000  agent_run still at it"), "\(run.output)")
        let json = agentlog("top", "--json", "--log", log.path).json
        #expect(json["running"]?.array?.count == 1 && json["running"]?[0]?["age_ms"] == 60_000)
    }
}
