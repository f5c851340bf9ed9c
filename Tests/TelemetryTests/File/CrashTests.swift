import Foundation
import Telemetry
import Testing

/// Processes that die while they record: `recorder-probe`, a program beside the tests, is killed at random moments.
@Suite(.blocking, .serialized) struct CrashTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    @Test(arguments: ["", "--rotate 20000"])
    func `every span whose end returned is in the log once, however often its writers are killed`(
        _ options: String
    ) throws {
        var generator = SeededGenerator(seed: 12)
        var acknowledged: Set<String> = []
        // A busy machine leaves a process little time to record before it is killed: so some are given it, and it takes
        // more of them.
        for round in 0..<1000 where round < 100 || acknowledged.count <= 1000 {
            let probe = try Probe([path, "4"] + options.split(separator: " ").map(String.init))
            let moment = UInt32.random(in: 3_000...25_000, using: &generator)
            acknowledged.formUnion(try probe.kill(onceItSpeaks: round % 2 == 0, after: moment))
        }
        let ids = try recordedIDs()
        #expect(acknowledged.count > 1000)
        #expect(acknowledged.isSubset(of: ids))
        #expect(try buffers().isEmpty)
    }

    @Test func `writers that are killed beside one that lives lose nothing, and take nothing from it`() throws {
        let survivor = try Probe([path, "2", "--count", "4000"])
        var acknowledged: Set<String> = []
        for _ in 0..<20 {
            let probe = try Probe([path, "2"])
            acknowledged.formUnion(try probe.kill(onceItSpeaks: true, after: 15_000))
        }
        acknowledged.formUnion(try survivor.wait().ids)
        #expect(acknowledged.isSubset(of: try recordedIDs()))
    }

    @Test func `killing who takes over, again and again, neither loses nor doubles a line`() throws {
        var generator = SeededGenerator(seed: 41)
        var acknowledged: Set<String> = []
        for round in 0..<1000 where round < 60 || acknowledged.count <= 1000 {
            // A large buffer that is written slowly leaves much to take over, and the small writes of a rotation many
            // moments to die in.
            let writer = try Probe([path, "2", "--buffer", "65536", "--interval", "1000"])
            let moment = UInt32.random(in: 8_000...20_000, using: &generator)
            acknowledged.formUnion(try writer.kill(onceItSpeaks: round % 2 == 0, after: moment))
            for _ in 0..<3 {
                let heir = try Probe([path, "reopen"] + (round % 2 == 0 ? [] : ["--rotate", "30000"]))
                _ = try heir.kill(after: UInt32.random(in: 2_000...9_000, using: &generator))
            }
        }
        let ids = try recordedIDs()
        #expect(acknowledged.count > 1000)
        #expect(acknowledged.isSubset(of: ids))
        #expect(try buffers().isEmpty)
    }

    @Test(arguments: ["exit", "abort", "trap", "close"])
    func `nothing is lost at the process's end, whichever it is`(_ end: String) throws {
        // These empty the buffer by themselves, unless the machine is stuck for the second, or the five, that they wait.
        let emptiesBuffer = end == "exit" || end == "close"
        var ids: [String] = []
        repeat {
            let said = try Probe([path, "4", "--count", "50", "--end", end]).wait().ids
            #expect(said.count == 200)
            ids += said
        } while try emptiesBuffer && !buffers().isEmpty && ids.count < 2000
        if emptiesBuffer {
            #expect(try buffers().isEmpty)
            #expect(try lines(of: path).count == ids.count)
        }
        #expect(try recordedIDs() == Set(ids))
    }

    @Test func `a buffer that somebody damaged doesn't keep the log from opening`() throws {
        for place in 0..<50 {
            _ = try Probe([path, "1"]).kill(onceItSpeaks: true)
            var generator = SeededGenerator(seed: UInt64(place))
            for buffer in try buffers() {
                var bytes = try bytes(of: buffer)
                guard bytes.count >= 200 else { continue }
                for _ in 0..<4 {
                    bytes[Int.random(in: 0..<200, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                try Data(bytes).write(to: URL(filePath: buffer))
            }
            let telemetry = try Telemetry(logFile: path)
            telemetry.log("after")
            telemetry.close()
            #expect(try lines(of: path).contains { $0.contains("\"after\"") })
            for buffer in try buffers() { try FileManager.default.removeItem(atPath: buffer) }
        }
    }

    private func recordedIDs() throws -> Set<String> { try recordedSpans(in: folder).ids }

    private func buffers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".spans") }
            .map { folder.file($0) }
    }
}
