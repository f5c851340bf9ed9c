import Foundation
import Telemetry

@testable import TelemetryLog

/// What libFuzzer calls with bytes that it makes up; `fuzz.sh` builds and runs it.
///
/// It ends the program where something is wrong.
/// The lines are read on their own, and, as that takes longer, of every fourth size as a log; of every eighth that log begins
/// at the end of a block.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        tryLines(bytes)
        if count % 8 == 1 { try tryLog(bytes) }
        if count % 8 == 5 { try tryLog(blockEnd(before: count / 2) + bytes) }
    } catch {
        fatalError("\(error)")
    }
    return 0
}

private func tryLines(_ bytes: [UInt8]) {
    for line in bytes.split(separator: 0x0A) {
        if let wrong = Agreement.ofFields(Array(line)) { fatalError(wrong) }
        if let wrong = Agreement.ofOTLP(Array(line)) { fatalError(wrong) }
    }
}

/// A blank line that ends so many bytes before the first block does.
private func blockEnd(before count: Int) -> [UInt8] {
    [UInt8](repeating: 0x20, count: BlockSize.bytes - count - 1) + [0x0A]
}

private let path = NSTemporaryDirectory() + "fuzz-\(getpid())/log.jsonl"

private func tryLog(_ bytes: [UInt8]) throws {
    try? FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true
    )
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let plain = PlainReading(bytes)
    let reader = LogReader([path], threads: 1 + bytes.count % 2)
    if let wrong = try plain.difference(from: reader) { fatalError(wrong) }
    let listed = try reader.traces()
    let texts = [
        try reader.summary().text(), ListText.traces(listed.traces, total: listed.total),
        try reader.check().text(), ListText.failures(try reader.failures().groups),
    ]
    for text in texts { if let harm = PlainReading.harm(in: text) { fatalError("\(harm) in \(text)") } }
    for format in ExportFormat.allCases {
        var text = ""
        _ = try reader.export(format) { text += $0 }
        guard format != .csv else { continue }
        for json in format == .otlp ? text.split(separator: "\n") : [text[...]] { _ = try JSONValue(parsing: json) }
    }
    _ = try reader.report { _ in }
    try follow(bytes, plain)
}

/// Follows the log while it grows.
private func follow(_ bytes: [UInt8], _ plain: PlainReading) throws {
    // A byte order mark is for who reads from the beginning, and a last line without an end is waited for.
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]), bytes.last == 0x0A else { return }
    let cut = bytes.count / 3
    try Data(bytes[..<cut]).write(to: URL(fileURLWithPath: path + ".grown"))
    var follower = try LogFollower(path + ".grown", isFromStart: true)
    var (spans, bad) = ([Span](), 0)
    func take(_ result: Result<Span, JSONError>) {
        if case .success(let span) = result { spans.append(span) } else { bad += 1 }
    }
    try follower.next(take)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path + ".grown"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(bytes[cut...]))
    try handle.close()
    try follower.next(take)
    guard spans == plain.newRecords, bad == plain.badLines.count else {
        fatalError("followed, the log has other lines")
    }
}
