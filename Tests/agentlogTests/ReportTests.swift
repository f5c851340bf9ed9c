import Foundation
import Telemetry
import Testing

@testable import agentlog

@Suite struct ReportTests {
    @Test func `a report is written whole, and for its owner only`() throws {
        let log = try SampleLog()
        let path = log.folder + "/report.html"
        let run = agentlog("report", "-o", path, "--log", log.path, "--json")
        #expect(run.code == 0 && run.json["traces"] == 2 && run.json["has_all_traces"] == true)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            text.hasPrefix("<!doctype html>") && text.hasSuffix("</html>\n") && text.contains(log.trace.description)
        )
        #expect(agentlog("report", "-o", "-", "--log", log.path).output == text)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: log.folder).filter { $0.hasSuffix(".part") }.isEmpty
        )
    }

    @Test func `what isn't a regular file is not replaced`() throws {
        let log = try SampleLog()
        for path in ["/dev/null", log.folder] {
            let run = agentlog("report", "-o", path, "--log", log.path)
            #expect(run.code == 2 && run.errors.contains("not a regular file, and so not replaced"))
        }
        #expect(
            agentlog("report").errors
                == "agentlog: report: where to? Name a file with -o FILE; -o - is standard output.\n"
        )
    }
}
