import Foundation
import Testing

@testable import Agent

@Suite(.serialized) struct LlamaLoadingTests {
    private func error(_ path: String, contextSize: Int? = nil, threads: Int? = nil) async -> ModelError? {
        await #expect(throws: ModelError.self) {
            _ = try await LlamaModel(path: path, contextSize: contextSize, threads: threads)
        }
    }

    @Test func `Progress grows to 1`() async throws {
        try TestModel.require()
        let fractions = Collected<Double>()
        let model = try await LlamaModel(path: TestModel.path, contextSize: 64) { fractions.append($0) }
        #expect(fractions.all.last == 1)
        #expect(fractions.all.count > 5)
        #expect(fractions.all == fractions.all.sorted())
        #expect(Set(fractions.all).count == fractions.all.count)
        #expect(model.name == "SmolLM2-135M-Instruct.Q4_1")
        #expect(model.contextSize == 64)
        #expect(model.trainedContextSize == 2048 || model.trainedContextSize == 8192)
    }

    @Test func `Loading stops when its task is cancelled`() async throws {
        try TestModel.require()
        let fractions = Collected<Double>()
        let gate = DispatchSemaphore(value: 0)
        let task = Task {
            try await LlamaModel(path: TestModel.path) { fraction in
                fractions.append(fraction)
                if fractions.all.count == 1 { gate.wait() }
            }
        }
        while fractions.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        gate.signal()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(try #require(fractions.all.last) < 1)
    }

    @Test func `A missing file is an error that says how to get one`() async throws {
        let error = try #require(await error("models/missing.gguf"))
        #expect(error.code == .modelNotFound)
        #expect(
            error.message == "models/missing.gguf: no such file. "
                + "Run models/setup.sh to get the default model, or pass the path of another one."
        )
        #expect(await self.error("")?.code == .modelNotFound)
    }

    @Test func `A directory is an error`() async throws {
        #expect(await error(FileManager.default.temporaryDirectory.path)?.code == .modelNotFound)
    }

    @Test(arguments: ["/dev/null", "/dev/zero"]) func `A device is an error`(path: String) async throws {
        #expect(await error(path)?.code == .notAModel)
    }

    @Test(.endsIfStuck) func `A FIFO is an error and not waited for`() async throws {
        try await TestModel.withDirectory { directory in
            let path = directory.appendingPathComponent("fifo.gguf").path
            #expect(mkfifo(path, 0o600) == 0)
            #expect(await error(path)?.code == .notAModel)
        }
    }

    @Test(arguments: ["", "G", "GGU", "version https://git-lfs.github.com/spec/v1", "ggml", "FUGG\u{3}"])
    func `What is not in the GGUF format is an error`(content: String) async throws {
        try await TestModel.withDirectory { directory in
            let file = directory.appendingPathComponent("not.gguf")
            try Data(content.utf8).write(to: file)
            let error = try #require(await error(file.path))
            #expect(error.code == .notAModel)
            #expect(error.message.contains("models/setup.sh"))
        }
    }

    @Test(arguments: [4, 5, 8, 12, 20, 24, 25, 30, 100, 1000, 100_000, 1_500_000, 2_000_000, 5_000_000, 98_362_431])
    func `A file that is cut off is an error that names the cause`(length: Int) async throws {
        try TestModel.require()
        try await TestModel.withDirectory { directory in
            let file = directory.appendingPathComponent("cut.gguf")
            try FileManager.default.copyItem(atPath: TestModel.path, toPath: file.path)
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: UInt64(length))
            try handle.close()
            let error = try #require(await error(file.path))
            #expect(error.code == .damagedModel)
            #expect(error.message.hasPrefix(file.path))
            #expect(error.message.contains(" ("), "\(error)")
        }
    }

    /// Where in the header, and what stands there then: version, counts of tensors and keys, length of the first key.
    @Test(arguments: [4, 8, 16, 24], [UInt64(0), 1, 7, 0x7FFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, .max])
    func `A damaged header is an error and not a crash`(offset: Int, value: UInt64) async throws {
        try TestModel.require()
        try await TestModel.withDirectory { directory in
            let file = directory.appendingPathComponent("damaged.gguf")
            var head = try #require(
                try FileHandle(forReadingFrom: URL(fileURLWithPath: TestModel.path)).read(upToCount: 4 << 20)
            )
            withUnsafeBytes(of: value.littleEndian) { head.replaceSubrange(offset..<offset + 8, with: $0) }
            try head.write(to: file)
            #expect(await error(file.path)?.code == .damagedModel)
        }
    }

    @Test func `Options out of range are errors`() async throws {
        try TestModel.require()
        for size in [-1, 0, 1, 1 << 40] {
            #expect(await error(TestModel.path, contextSize: size)?.code == .invalidOptions)
        }
        for threads in [-1, 0, 10_000] {
            #expect(await error(TestModel.path, threads: threads)?.code == .invalidOptions)
        }
    }

    @Test func `Models that load at once do not get each other's errors`() async throws {
        try TestModel.require()
        try await TestModel.withDirectory { directory in
            let head = try #require(
                try FileHandle(forReadingFrom: URL(fileURLWithPath: TestModel.path)).read(upToCount: 4 << 20)
            )
            var paths: [(String, String)] = []
            for (index, length) in [6, 4 << 20, 6, 4 << 20].enumerated() {
                let file = directory.appendingPathComponent("\(index).gguf")
                try head.prefix(length).write(to: file)
                paths.append((file.path, length == 6 ? "header" : "corrupted or incomplete"))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (path, cause) in paths {
                    group.addTask {
                        let error = try #require(await self.error(path))
                        #expect(error.message.contains(cause), "\(error)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
