// A program that records until it is killed, and says on standard output which spans are recorded.
//
//     recorder-probe LOG THREADS [--count N] [--end exit|abort|trap|close|return] [--sync] [--buffer BYTES] [--interval MILLISECONDS]
//         [--rotate BYTES] [--keep FILES] [--when-full drop|MILLISECONDS] [--durability always|root|MILLISECONDS]
//         [--write-faults SEED|stuck] [--write-under-way TEXT] [--fork N]
//     recorder-probe LOG reopen    opens and closes the log again and again, and so takes over what others left
//     recorder-probe LOG traces [--sync] [--durability never|always|root|MILLISECONDS] [--failures-only]
//         records ten traces, and prints how often lines were forced to the disk, and how many weren't in time
//     recorder-probe LOG costs typed|scoped|clean4k|hostile4k|texts N    records N spans, and prints its memory in KiB
//     recorder-probe LOG idle      prints how much of a core an open recorder takes that nobody uses

import Foundation
import Telemetry

let arguments = CommandLine.arguments
if arguments[2] != "costs" { endIfStuck() }
func option(_ name: String) -> String? {
    arguments.firstIndex(of: name).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
}

// A small buffer that is written often, so that death comes at every stage of it.
var options = FileSinkOptions(bufferBytes: 16 << 10, writeInterval: .milliseconds(1))
if arguments.contains("--sync") { options.mode = .synchronous }
if let bytes = option("--buffer").flatMap(Int.init) { options.bufferBytes = bytes }
if let milliseconds = option("--interval").flatMap(Int.init) { options.writeInterval = .milliseconds(milliseconds) }
if let bytes = option("--rotate").flatMap(Int.init) {
    options.rotation = Rotation(maxBytes: bytes, maxFiles: option("--keep").flatMap(Int.init))
}
switch option("--when-full") {
case "drop": options.whenFull = .drop
case let milliseconds?: options.whenFull = .wait(atMost: .milliseconds(Int(milliseconds) ?? 0))
// A busy machine is no reason to drop what the tests count on.
case nil: options.whenFull = .wait(atMost: .seconds(600))
}
switch option("--durability") {
case "always": options.durability = .always
case "root": options.durability = .onErrorAndRoot
case "never": options.durability = .never
case let milliseconds?: options.durability = .interval(.milliseconds(Int(milliseconds) ?? 0))
case nil: break
}

if arguments[2] == "reopen" {
    while true { try FileSink(path: arguments[1], options: options).close() }
}
if arguments[2] == "idle" {
    let telemetry = try Telemetry(logFile: arguments[1])
    telemetry.log("probe")
    telemetry.flush()
    // The least of some: a processor that is shared with other machines may count their time as ours.
    var least = Double.infinity
    for _ in 0..<10 where least > 0.005 {
        let before = processorSeconds()
        sleep(2)
        least = min(least, (processorSeconds() - before) / 2)
    }
    print(least)
    telemetry.close()
    exit(0)
}

if arguments[2] == "traces" {
    recordTraces(
        try FileSink(path: arguments[1], options: options),
        failuresOnly: arguments.contains("--failures-only")
    )
    exit(0)
}

if arguments[2] == "costs" {
    try recordForCosts(to: arguments[1], arguments[3], Int(arguments[4]) ?? 0)
    exit(0)
}

setWriteUnderWay(option("--write-under-way"))
let sink = try FileSink(path: arguments[1], options: options)
let telemetry = Telemetry(sink: sink)
let count = option("--count").flatMap(Int.init) ?? .max
let threads = Int(arguments[2]) ?? 1
setWriteFaults(option("--write-faults"))

func record(_ name: String, _ place: Int) {
    let id = telemetry.log("probe", name: name, data: ["place": .integer(place), "text": "ünïcödé \"quoted\"\n"])
    say("\(id)")
}

if let children = option("--fork").flatMap(Int.init) {
    // Each child records beside its parent, flushes, clears nothing of its parent's, and exits as programs do.
    for child in 0..<children {
        record("parent", child)
        if forkProcess() == 0 {
            endIfStuck()
            for place in 0..<20 { record("child \(child)", place) }
            telemetry.flush()
            sink.close()
            exit(0)
        }
    }
    for place in 0..<200 { record("parent", children + place) }
    while wait(nil) > 0 {}
}

DispatchQueue.concurrentPerform(iterations: threads) { thread in
    var place = 0
    while place < count {
        record("\(thread)", place)
        place += 1
    }
}

let synchronizations = synchronizationCount()
if option("--durability") != nil { say("synchronizations \(synchronizations)") }
switch option("--end") {
case "abort": abort()
case "trap": fatalError("on purpose")
case "exit": exit(0)
case "return": break
default:
    telemetry.close()
    let drops = sink.drops
    if option("--write-faults") != nil { say("drops \(drops.bufferFull) \(drops.writeFailed) \(drops.closed)") }
}
