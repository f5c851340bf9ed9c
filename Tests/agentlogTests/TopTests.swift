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
        #expect(agentlog("top", "--json").code == 2)
    }
}
