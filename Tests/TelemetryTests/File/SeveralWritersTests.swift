import Foundation
import Telemetry
import Testing

/// Threads and processes that write to one file at once.
@Suite(.blocking) struct SeveralWritersTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `of eight threads at once, every line is whole and every id stands once`() throws {
        let telemetry = try Telemetry(synchronous: folder.file())
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for place in 0..<2000 {
                telemetry.withSpan("x", name: "\(thread).\(place)") { span in span["thread"] = thread }
            }
        }
        let report = try python(
            """
            import json, sys
            spans = [json.loads(line) for line in open(sys.argv[1], "rb").read().decode("utf-8").split("\\n")[:-1]]
            names = {"%d.%d" % (thread, place) for thread in range(8) for place in range(2000)}
            assert {span["name"] for span in spans} == names
            print(len(spans), len({span["span_id"] for span in spans}), len({span["trace_id"] for span in spans}))
            """,
            folder.file()
        )
        #expect(report == "16000 16000 16000")
        #expect(telemetry.metrics.spans == 16_000)
        #expect(telemetry.metrics.droppedSpans == 0)
        #expect(telemetry.metrics.latency(of: "x")?.count == 16_000)
    }

    @Test func `another process that appends at the same time mixes no line with ours`() throws {
        let path = try folder.file(holding: [])
        let writer = try start(
            "python3",
            [
                "-c",
                """
                import os, sys
                log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
                print("ready", flush=True)
                for place in range(1000):
                    os.write(log, ('{"other":%d,"padding":"%s"}\\n' % (place, "x" * (place * 7 % 9000))).encode())
                """, path,
            ]
        )
        #expect(try writer.output.read(upToCount: 6) == Data("ready\n".utf8))
        let telemetry = try Telemetry(synchronous: path)
        for place in 0..<1000 {
            telemetry.log(
                "x",
                name: "\(place)",
                data: ["padding": .string(String(repeating: "y", count: place * 7 % 9000))]
            )
        }
        writer.process.waitUntilExit()
        try #require(writer.process.terminationStatus == 0)
        let values = try lines(of: path).map { try JSONValue(parsing: $0) }
        #expect(values.compactMap { $0["other"]?.integer } == Array(0..<1000))
        #expect(values.compactMap { $0["name"]?.string } == (0..<1000).map { "\($0)" })
        #expect(values.count == 2000)
    }

    @Test func `tasks, clears and readers at once leave a valid log`() async throws {
        let telemetry = try Telemetry(synchronous: folder.file())
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        await telemetry.withTrace { _ in await telemetry.withSpan("x") { _ in await Task.yield() } }
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    telemetry.clear()
                    await Task.yield()
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    _ = telemetry.recentSpans(10)
                    _ = telemetry.summary
                    telemetry.flush(timeout: .patience)
                    await Task.yield()
                }
            }
        }
        let spans = try lines(of: folder.file()).map { try Span(line: $0) }
        #expect(spans.count <= 1600)
        // What each of the four tasks had counted, and not yet written, when the log was cleared last.
        #expect((0...4).contains(spans.count - telemetry.metrics.spans))
        #expect(Set(spans.map(\.id)).count == spans.count)
    }
}
