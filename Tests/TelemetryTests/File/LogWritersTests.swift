import Foundation
import Testing

@testable import Telemetry

/// A log's writers, which become more when threads meet.
@Suite(.blocking) struct LogWritersTests {
    private let folder: TemporaryFolder
    /// Nothing is dropped because the machine is busy.
    private static let options = FileSinkOptions(whenFull: .wait(atMost: .patience))

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to writers: LogWriters) {
        Array((text + "\n").utf8).withUnsafeBytes { writers.write($0, []) }
    }

    /// Eight threads write until there are `count` writers, `lines` each at least; returns how many each has written.
    private func crowd(_ writers: LogWriters, until count: Int, lines: Int = 1000) -> [Int] {
        let written = Monitor([Int](repeating: 0, count: 8))
        onThreads(8) { thread in
            var place = 0
            while place < lines || writers.count < count, place < 1_000_000 {
                write("\(thread) \(place)", to: writers)
                place += 1
            }
            written.withLock { $0[thread] = place }
        }
        return written.withLock { $0 }
    }

    private func texts() throws -> [String] {
        try String(contentsOfFile: folder.file(), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func buffers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(".") }
    }

    @Test func `threads that meet get writers of their own, and every line is in the log once`() throws {
        let path = folder.file()
        let writers = try LogWriters(path: path, options: Self.options, patience: 1)
        let written = crowd(writers, until: LogWriters.most)
        #expect(writers.count == LogWriters.most)
        #expect(try buffers().count == LogWriters.most)
        #expect(writers.flush(timeout: .patience) == .delivered)
        var seen = Set<String>()
        for line in try texts() { #expect(seen.insert(line).inserted) }
        #expect(seen == Set(written.enumerated().flatMap { thread, count in (0..<count).map { "\(thread) \($0)" } }))
        writers.close()
        #expect(try buffers() == [])
        write("late", to: writers)
        #expect(writers.drops.closed == 1)
        #expect(try lines(of: path).count == seen.count)
    }

    @Test func `one thread alone has one writer`() throws {
        let writers = try LogWriters(path: folder.file(), options: Self.options, patience: 1)
        for place in 0..<10_000 { write("\(place)", to: writers) }
        #expect(writers.count == 1)
        #expect(try buffers().count == 1)
        writers.close()
        #expect(try texts() == (0..<10_000).map { "\($0)" })
    }

    @Test func `a log that lines have to reach in one order has one writer`() throws {
        let synchronous = try LogWriters(
            path: folder.file("s"),
            options: FileSinkOptions(mode: .synchronous),
            patience: 1
        )
        let device = try LogWriters(path: "/dev/null", options: Self.options, patience: 1)
        for writers in [synchronous, device] {
            _ = crowd(writers, until: 1)
            #expect(writers.count == 1)
            writers.close()
        }
        #expect(try lines(of: folder.file("s")).count == 8000)
    }

    #if os(Linux)
    @Test(.enabled(if: hasChattr)) func `where no other buffer can be made, there is one writer, and nothing is lost`()
        throws
    {
        let path = folder.file()
        let writers = try LogWriters(path: path, options: Self.options, patience: 1)
        let written = try withoutChanges(in: folder.path) {
            let written = crowd(writers, until: 1)
            #expect(writers.count == 1)
            #expect(writers.flush(timeout: .patience) == .delivered)
            return written
        }
        #expect(try texts().count == written.reduce(0, +))
        writers.close()
        #expect(writers.drops.total == 0)
    }
    #endif

    @Test func `what several writers had dropped is in the sum`() throws {
        let options = FileSinkOptions(bufferBytes: 4096, whenFull: .drop)
        let writers = try LogWriters(path: folder.file(), options: options, patience: 1)
        _ = crowd(writers, until: LogWriters.most)
        _ = writers.flush(timeout: .patience)
        let before = try texts().count { !$0.hasPrefix("{") }
        let dropped = writers.drops.total
        // While another process has the log's lock, little leaves the buffers: for a while nothing, then what is appended
        // without it.
        let lock = try #require(FileHandle(forUpdatingAtPath: folder.file()))
        try #require(flock(lock.fileDescriptor, LOCK_EX) == 0)
        let written = Monitor(0)
        onThreads(8) { thread in
            var place = 0
            while place < 1000 || writers.drops.bufferFull == dropped, place < 1_000_000 {
                write("\(thread) \(place)", to: writers)
                place += 1
            }
            written.withLock { $0 += place }
        }
        flock(lock.fileDescriptor, LOCK_UN)
        writers.close()
        let kept = try texts().count { !$0.hasPrefix("{") } - before
        #expect(writers.drops.bufferFull > dropped)
        #expect(kept + writers.drops.total - dropped == written.withLock { $0 })
    }

    @Test func `a thread that changes its writer leaves no line behind`() throws {
        for _ in 0..<5 {
            let path = folder.file("\(UUID()).jsonl")
            let writers = try LogWriters(path: path, options: Self.options, patience: 1)
            let written = crowd(writers, until: LogWriters.most, lines: 3000)
            writers.close()
            var next = [Int](repeating: 0, count: 8)
            for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
                let numbers = line.split(separator: " ").compactMap { Int($0) }
                #expect(next[numbers[0]] == numbers[1])
                next[numbers[0]] = numbers[1] + 1
            }
            #expect(next == written)
        }
    }
}
