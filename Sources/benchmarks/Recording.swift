import Foundation
import Telemetry

let recordingSummary =
    "what recording a span costs the caller, and until it is written (--thousands 300)"

/// Times typed events and scoped spans of about 350 bytes with 6 attributes, with ids, clocks, metrics and redaction on.
///
/// Prints `key figure` lines: nanoseconds a span, unless the key says otherwise. `Peers/recording.sh` runs the same on
/// other loggers, in the same run, and prints the ratios.
func runRecording(_ arguments: [String]) async throws {
    let options = try BenchmarkOptions(
        arguments,
        benchmark: "recording",
        numbers: ["--thousands": 300]
    )
    let count = max(1, options["--thousands"]) * 1000
    let folder = FileManager.default.temporaryDirectory.appending(
        path: "recording-\(ProcessInfo.processInfo.processIdentifier)"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "log.jsonl").path

    let telemetry = try Telemetry(logFile: path)
    let recording = Recording(telemetry)
    telemetry.withTrace("benchmark") { _ in
        recording.paced("typed", recording.typed)
        recording.paced("scoped", recording.scoped)
        recording.prompts()
        recording.sustained("scoped", count, recording.scoped)
        recording.sustained("typed", count, recording.typed)
    }
    try recording.rawWrite(of: path, in: folder)
    recording.threads(1, count)
    recording.threads(2, count)
    recording.idle()
    telemetry.close()
    report("dropped", Double(telemetry.metrics.droppedSpans))
}

private func report(_ key: String, _ figure: Double) { print(key, String(format: "%.0f", figure)) }

private struct Recording: Sendable {
    let telemetry: Telemetry
    let model = "SmolLM2-135M-Instruct"

    init(_ telemetry: Telemetry) { self.telemetry = telemetry }

    @inline(never)
    func typed() {
        telemetry.logLLMCall(
            model: model,
            promptLength: 256,
            responseLength: 89,
            duration: .milliseconds(1523),
            promptTokens: 64,
            completionTokens: 22
        )
    }

    @inline(never)
    func scoped() {
        telemetry.withSpan(.llmCall, name: model) { span in
            span["model"] = model
            span["prompt_length"] = 256
            span["response_length"] = 89
            span["prompt_tokens"] = 64
            span["completion_tokens"] = 22
            span["success"] = true
        }
    }

    private func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

    /// Batches of 20 with pauses, so that the writer keeps up: the median of their means.
    ///
    /// Then single calls.
    func paced(_ name: String, _ body: () -> Void) {
        telemetry.clear()
        var means: [Double] = []
        var singles: [UInt64] = []
        for _ in 0..<2000 {
            let start = now()
            for _ in 0..<20 { body() }
            means.append(Double(now() - start) / 20)
            usleep(200)
        }
        for place in 0..<20_000 {
            let start = now()
            body()
            singles.append(now() - start)
            if place % 20 == 0 { usleep(100) }
        }
        means.sort()
        singles.sort()
        report("\(name).paced", means[means.count / 2])
        report("\(name).single", Double(singles[singles.count * 999 / 1000]))
    }

    func sustained(_ name: String, _ count: Int, _ body: () -> Void) {
        telemetry.clear()  // A file that grows without end takes the machine's last memory, which is slow.
        let start = now()
        for _ in 0..<count { body() }
        report("\(name).caller", Double(now() - start) / Double(count))
        _ = telemetry.flush(timeout: .seconds(60))
        report("\(name).sustained", Double(now() - start) / Double(count))
    }

    /// Wall time a span, of all threads together.
    func threads(_ threads: Int, _ count: Int) {
        telemetry.clear()
        let start = now()
        DispatchQueue.concurrentPerform(iterations: threads) { _ in for _ in 0..<count { typed() } }
        _ = telemetry.flush(timeout: .seconds(60))
        report("threads.\(threads)", Double(now() - start) / Double(threads * count))
    }

    /// What 4 KiB of prompt add to a span: clean ones, and ones of which every eighth byte is escaped.
    func prompts() {
        let clean = String(
            repeating: "The quick brown fox jumps over the lazy dog and runs on. ",
            count: 80
        ).prefix(4096)
        let hostile = String(repeating: "print(\"1\")\nreturn \"abc\" ", count: 200).prefix(4096)
        let empty = best { telemetry.log("prompt", data: ["prompt": ""]) }
        for (name, text) in [("clean4k", String(clean)), ("hostile4k", String(hostile))] {
            report(
                name,
                max(1, best { telemetry.log("prompt", data: ["prompt": .string(text)]) } - empty)
            )
        }
        // As many bytes from and to memory that isn't in the cache either: 1 MiB round, as the buffer.
        let from = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
        let to = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer {
            from.deallocate()
            to.deallocate()
        }
        from.initializeMemory(as: UInt8.self, repeating: 65)
        to.initializeMemory(as: UInt8.self, repeating: 66)
        var place = 0
        let copy = best {
            UnsafeMutableRawBufferPointer(rebasing: to[place..<place + 4096]).copyMemory(
                from: .init(from)
            )
            place = (place + 4096) & (1 << 20 - 1)
        }
        report("memcpy4k", copy)
    }

    /// The quickest of ten rounds that fit the buffer.
    private func best(_ body: () -> Void) -> Double {
        (0..<10).map { _ in
            _ = telemetry.flush(timeout: .seconds(10))
            let start = now()
            for _ in 0..<100 { body() }
            return Double(now() - start) / 100
        }.min() ?? 0
    }

    /// Millionths of a core that the open recorder takes while nobody uses it.
    func idle() {
        let before = clock()
        sleep(2)
        report("idle", Double(clock() - before) * 1_000_000 / Double(CLOCKS_PER_SEC) / 2)
    }

    /// The same bytes, written in blocks of 64 KiB.
    func rawWrite(of path: String, in folder: URL) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let lines = data.count(where: { $0 == UInt8(ascii: "\n") })
        let copy = folder.appending(path: "copy").path
        let descriptor = open(copy, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer {
            close(descriptor)
            try? FileManager.default.removeItem(atPath: copy)
        }
        telemetry.clear()
        let start = now()
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let block = UnsafeRawBufferPointer(
                    rebasing: bytes[offset..<min(offset + 64 << 10, bytes.count)]
                )
                offset += max(1, write(descriptor, block.baseAddress, block.count))
            }
        }
        report("write64k", Double(now() - start) / Double(lines))
        report("bytes", Double(data.count / lines))
    }
}
