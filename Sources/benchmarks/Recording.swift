import Foundation
import Telemetry

let recordingSummary = "what recording a span costs the caller, and until it is written (--thousands 300 --threads 2)"

/// Times typed events and scoped spans of about 350 bytes with 6 attributes, with ids, clocks, metrics and redaction on.
///
/// `Peers/recording.sh` runs the same on other loggers, in the same run.
func runRecording(_ arguments: [String]) async throws {
    let options = try BenchmarkOptions(
        arguments,
        benchmark: "recording",
        numbers: ["--thousands": 300, "--threads": 2]
    )
    let count = options["--thousands"] * 1000
    let folder = FileManager.default.temporaryDirectory.appending(
        path: "recording-\(ProcessInfo.processInfo.processIdentifier)"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "log.jsonl").path

    let telemetry = try Telemetry(logFile: path)
    let recording = Recording(telemetry)
    print("recording: \(count) spans a run; nanoseconds a span")
    telemetry.withTrace("benchmark") { _ in
        let typed = recording.paced("typed event, paced ", recording.typed)
        let scoped = recording.paced("withSpan, paced    ", recording.scoped)
        print(String(format: "  scoped/typed %.2f", scoped / typed))
        recording.sustained("typed event, until written", count, recording.typed)
        recording.sustained("withSpan, until written   ", count, recording.scoped)
    }
    recording.threads(options["--threads"], count)
    recording.memory(count)
    telemetry.close()
    try recording.rawWrite(of: path, in: folder)
    print("  dropped \(telemetry.metrics.droppedSpans)")
}

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
    func paced(_ name: String, _ body: () -> Void) -> Double {
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
        let median = means[means.count / 2]
        print(
            String(
                format: "  %@ batches of 20: %.0f; single calls p99.9: %d",
                name,
                median,
                singles[singles.count * 999 / 1000]
            )
        )
        return median
    }

    func sustained(_ name: String, _ count: Int, _ body: () -> Void) {
        let start = now()
        for _ in 0..<count { body() }
        let caller = Double(now() - start) / Double(count)
        _ = telemetry.flush(timeout: .seconds(60))
        print(
            String(format: "  %@ caller %.0f, until written %.0f", name, caller, Double(now() - start) / Double(count))
        )
    }

    func threads(_ threads: Int, _ count: Int) {
        func rate(_ threads: Int) -> Double {
            let start = now()
            DispatchQueue.concurrentPerform(iterations: threads) { _ in for _ in 0..<count { typed() } }
            _ = telemetry.flush(timeout: .seconds(60))
            return Double(threads * count) / Double(now() - start) * 1000
        }
        let one = rate(1)
        let several = rate(threads)
        print(
            String(format: "  %d threads: %.2f million a second, %.2f of one thread's", threads, several, several / one)
        )
    }

    func memory(_ count: Int) {
        let before = residentKiB()
        for _ in 0..<count { typed() }
        _ = telemetry.flush(timeout: .seconds(60))
        print("  resident memory \(residentKiB()) KiB, \(residentKiB() - before) more than \(count) spans ago")
    }

    /// The same bytes, written in blocks of 64 KiB.
    func rawWrite(of path: String, in folder: URL) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let lines = data.count(where: { $0 == UInt8(ascii: "\n") })
        let copy = folder.appending(path: "copy").path
        let descriptor = open(copy, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let start = now()
        data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let block = UnsafeRawBufferPointer(rebasing: bytes[offset..<min(offset + 64 << 10, bytes.count)])
                offset += max(1, write(descriptor, block.baseAddress, block.count))
            }
        }
        let time = Double(now() - start) / Double(lines)
        print(
            String(
                format: "  write(2) of the same bytes in 64 KiB blocks: %.0f (%d bytes a span)",
                time,
                data.count / lines
            )
        )
    }
}
