import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct RepeatSieveTests {
    /// Whether one of the ids seems to come twice; each list is another thread's.
    private func repeats(_ lists: [UInt64]...) -> Bool {
        let sieve = RepeatSieve()
        for ids in lists {
            var input = RepeatSieveInput(sieve)
            for id in ids { input.add(id) }
            input.finish()
        }
        sieve.finish(threads: 2)
        return sieve.mayRepeat
    }

    /// Random ids, always the same.
    private func ids(_ count: Int) -> [UInt64] {
        var generator = SeededGenerator(state: UInt64(count))
        return (0..<count).map { _ in generator.next() }
    }

    @Test(arguments: [1, 1000, 200_000]) func `ids that come once are no repetition, random ones and counted ones`(
        count: Int
    ) {
        // As a line's id is kept, too.
        let keys = (1...UInt64(count)).map { id in
            let digits = String(id, radix: 16)
            let text = String(repeating: "0", count: 16 - digits.utf8.count) + digits
            return withPadding(Array(text.utf8)) { Hexadecimal.key16($0) ?? 0 }
        }
        let found = [repeats(ids(count)), repeats(Array(1...UInt64(count))), repeats(keys)]
        #expect(found == [false, false, false])
    }

    @Test(arguments: [0, 1, 63, 5000, 99_999]) func `an id that comes again is seen, by the same thread and by another`(
        place: Int
    ) {
        let ids = ids(100_000)
        let found = [repeats(ids + [ids[place]]), repeats(ids, [ids[place]])]
        #expect(found == [true, true])
    }

    @Test func `the last two million ids are known, however many there were`() {
        let ids = ids(4_600_000)
        let found = [repeats(ids), repeats(ids, [ids[2_600_000]]), repeats(ids, [ids[4_599_999]])]
        #expect(found == [false, true, true])
    }

    @Test func `ids that crowd in one part are left to who knows all`() {
        // Made from their hashes, which all begin alike.
        let inverse: UInt64 = 0xF1DE_83E1_9937_733D
        let crowded = ids(70_000).map { hash in
            let mixed = hash >> 6 &* inverse
            return mixed ^ mixed >> 32
        }
        let found = [repeats(crowded), repeats(Array(crowded[..<60_000]))]
        #expect(found == [true, false])
    }

    /// A log that is large enough for a sieve, of whose spans some are in it twice, or have begun and not ended.
    private func log(_ folder: Folder, copies: [Int], running: [Int]) throws -> String {
        let text = JSONValue.string(String(repeating: "x", count: 400))
        var lines: [String] = []
        for id in 1...9000 as ClosedRange<UInt64> {
            let data: JSONObject = ["prompt": text, "prompt_tokens": .integer(Int(id))]
            lines.append(
                "\(try makeSpan(id, trace: 1 + id / 10, .llmCall, "m\(id % 3)", at: Double(id), ms: 1, data: data))\n"
            )
        }
        for place in running {
            let span = try makeSpan(100_000 + UInt64(place), .llmCall, "m", data: ["status": "running"])
            lines[place] += "\(span)\n"
        }
        for place in copies { lines.append(lines[place]) }
        let path = try folder.write("log.jsonl", lines.joined())
        #expect(Platform.sizeOfRegularFile(path) > BlockSize.leastMapped)
        return path
    }

    @Test(arguments: [[], [0], [8999], [0, 17, 4500, 8999]], [[], [5], [20, 8000]])
    func `a summary counts once what a log has twice`(copies: [Int], running: [Int]) throws {
        let folder = try Folder()
        let path = try log(folder, copies: copies, running: running)
        for threads in 1...3 {
            for isMapped in [false, true] {
                var reader = LogReader([path], threads: threads)
                reader.mapsFiles = isMapped
                let summary = try reader.summary()
                #expect(summary.spans == 9000 && summary.rows[0].statistics.promptTokens == 9000 * 9001 / 2)
                #expect(summary.report.duplicates == copies.count && summary.report.unfinished == running.count)
                #expect(summary.report == (try reader.check()))
            }
        }
    }

    @Test func `what was read where a file had shrunk is thrown away, if that can be`() {
        struct Nothing: LineConsumer { mutating func take(_ line: inout LineFields, at place: LinePlace) {} }
        let sieve = RepeatSieve()
        var worker = LineWorker(Nothing(), seen: nil, sieve: sieve)
        let wantsMore = [worker.wantsMore, worker.beginAnew(), worker.wantsMore]
        #expect(wantsMore == [true, true, false] && sieve.hasFault && sieve.mayRepeat)
        var other = LineWorker(Nothing(), seen: nil)
        let keeps = [other.wantsMore, other.beginAnew(), other.wantsMore]
        #expect(keeps == [true, false, true])
    }
}
