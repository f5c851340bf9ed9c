// A program that records until it is killed, and says on standard output which spans are recorded.
//
//     recorder-probe LOG THREADS [--rotate BYTES] [--count N] [--end exit|abort|trap|close]

import Foundation
import Telemetry

let arguments = CommandLine.arguments
func option(_ name: String) -> String? {
    arguments.firstIndex(of: name).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
}

// A small buffer that is written often, so that death comes at every stage of it.
var options = FileSinkOptions(bufferBytes: 16 << 10, writeInterval: .milliseconds(1))
if let bytes = option("--rotate").flatMap(Int.init) { options.rotation = Rotation(maxBytes: bytes) }
let sink = try FileSink(path: arguments[1], options: options)
let telemetry = Telemetry(sink: sink)
let count = option("--count").flatMap(Int.init) ?? .max
let threads = Int(arguments[2]) ?? 1

DispatchQueue.concurrentPerform(iterations: threads) { thread in
    var place = 0
    while place < count {
        let id = telemetry.log(
            "probe",
            name: "\(thread)",
            data: ["place": .integer(place), "text": "ünïcödé \"quoted\"\n"]
        )
        let line = Array("\(id)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        place += 1
    }
}

switch option("--end") {
case "abort": abort()
case "trap": fatalError("on purpose")
case "exit": exit(0)
default: telemetry.close()
}
