import Foundation
import Synchronization
import Telemetry
import TelemetryLog

let readingSummary = """
    TelemetryLog on a log that the recorder itself has written.
                --bytes N      the log's size (1000000000)
                --log FILE     where it is, or is made (reading-benchmark.jsonl in the temporary folder)
                --runs N       runs of each (5); 0 only makes the log
    """

/// Gigabytes a second of what `agentlog` does with a log, and the memory that it takes.
func runReading(_ arguments: [String]) async throws {
    var options = [
        "--bytes": "1000000000", "--log": NSTemporaryDirectory() + "reading-benchmark.jsonl", "--runs": "5",
    ]
    var rest = arguments[...]
    while let option = rest.popFirst() {
        guard options[option] != nil, let value = rest.popFirst() else {
            throw DecodingError("\(option): no such option, or no value. Run with --help to see all.")
        }
        options[option] = value
    }
    let path = options["--log"] ?? ""
    let bytes = Int(options["--bytes"] ?? "") ?? 0
    let runs = Int(options["--runs"] ?? "") ?? 1
    let size = { (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }
    if size() < bytes { try makeLog(path, bytes: bytes) }
    guard runs > 0 else { return }
    var middle: TraceID?
    _ = try LogReader([path]).traces(limit: 1).traces.first.map { middle = $0.id }
    let all = size()
    print("reading: \(path), \(all) bytes, best of \(runs) runs")
    for threads in [1, 2] {
        var reader = LogReader([path], threads: threads)
        reader.mapsFiles = true
        try report("summary, \(threads) thread\(threads == 1 ? "" : "s")", all, runs) { _ = try reader.summary() }
        if let middle {
            try report("trace ID, \(threads) thread\(threads == 1 ? "" : "s")", all, runs) {
                _ = try reader.trace("\(middle)")
            }
        }
    }
    let reader = LogReader([path])
    try report("export --otlp", all, 1) { _ = try reader.export(.otlp) { _ in } }
}

private func report(_ name: String, _ bytes: Int, _ runs: Int, _ body: () throws -> Void) throws {
    var best = Duration.seconds(3600)
    for _ in 0..<runs { best = min(best, try ContinuousClock().measure { try body() }) }
    let rate = Double(bytes) / best.milliseconds / 1e6
    print(String(format: "  %-22@ %8.3f s %8.2f GB/s", name as NSString, best.milliseconds / 1000, rate))
}

/// Writes interactions of an agent, as a program does that uses the recorder.
private func makeLog(_ path: String, bytes: Int) throws {
    print("making \(path)…")
    try? FileManager.default.removeItem(atPath: path)
    let sink = try BufferedFile(path)
    let telemetry = Telemetry(sink: sink)
    var round = 0
    while sink.bytes < bytes {
        round += 1
        telemetry.withTrace("answer a question", userID: "u\(round % 50)", sessionID: "s\(round / 10)") { _ in
            for step in 0..<(round % 3 + 1) {
                telemetry.logLLMCall(
                    model: ["smol", "llama-3-8b-instruct", "qwen2.5-7b"][(round + step) % 3],
                    promptLength: 400 + round % 4000,
                    responseLength: 60,
                    duration: .microseconds(200_000 + round * 7919 % 900_000),
                    promptTokens: 100 + round % 1000,
                    cachedTokens: 30,
                    completionTokens: 9 + round % 100,
                    attempt: round % 20 == 0 ? 2 : 1,
                    error: round % 50 == 0 ? "timed out after \(round) ms" : nil,
                    data: ["finish_reason": "stop", "response": "The answer is \"\(round)\", as far as I can tell."]
                )
                let arguments: JSONObject = ["a": .integer(round % 100), "b": 7, "operation": "multiply"]
                telemetry.logToolRequest("calculator", arguments: arguments)
                telemetry.logToolCall("calculator", arguments: arguments, result: 294, duration: .microseconds(120))
                telemetry.logMemoryOperation(.add, data: ["text": "remember \(round)"], duration: .microseconds(9))
            }
        }
    }
    telemetry.close()
}

/// A file that is written in large pieces: what writing costs is not what is measured here.
private final class BufferedFile: SpanSink {
    private let file: FileHandle
    private let state = Mutex((buffer: Data(), bytes: 0))

    init(_ path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw DecodingError("\(path): can't be written. Name another file with --log.") }
        self.file = file
    }

    var bytes: Int { state.withLock { $0.bytes } }

    func write(_ line: RawSpan, traits: SpanTraits) {
        line.withUnsafeBytes { bytes in
            state.withLock { state in
                state.buffer.append(contentsOf: bytes)
                state.bytes += bytes.count
                guard state.buffer.count > 1 << 20 else { return }
                file.write(state.buffer)
                state.buffer.removeAll(keepingCapacity: true)
            }
        }
    }

    func flush(timeout: Duration) -> FlushResult { .delivered }

    func close() {
        state.withLock { state in
            file.write(state.buffer)
            state.buffer.removeAll()
        }
        try? file.close()
    }

    func clear() {}
    var drops: DropCounts { DropCounts() }
}
