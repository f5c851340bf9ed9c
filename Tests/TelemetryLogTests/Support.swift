import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// A folder that goes with the test.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "telemetry-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    @discardableResult
    func write(_ name: String, _ bytes: Data) throws -> String {
        let file = path + "/" + name
        try bytes.write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// A span with what a test says and plain values for the rest; ids count from 1.
func makeSpan(
    _ id: UInt64,
    trace: UInt64 = 1,
    parent: UInt64? = nil,
    _ type: EventType = .llmCall,
    _ name: String? = nil,
    at milliseconds: Double = 0,
    ms duration: Double? = nil,
    data: JSONObject = [:],
    error: String? = nil
) throws -> Span {
    Span(
        id: try #require(SpanID(bits: id)),
        traceID: try #require(TraceID(high: trace << 32, low: trace)),
        parentID: parent.flatMap { SpanID(bits: $0) },
        eventType: type,
        name: name,
        timestamp: Timestamp(microseconds: 1_768_473_000_000_000 + Int64(milliseconds * 1000)),
        duration: duration.map { .microseconds(Int64($0 * 1000)) },
        data: data,
        error: error
    )
}

/// The spans' lines, as a recorder writes them.
func lines(_ spans: Span...) -> String { spans.map { "\($0)\n" }.joined() }

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
