import Foundation
import Telemetry

/// Records ten traces of seven spans, two of which failed, and one without an end; then says what was forced to the disk.
///
/// With `--durability root`, what has returned and is a root or failed must be on the disk.
func recordTraces(_ sink: FileSink, failuresOnly: Bool) {
    let telemetry = Telemetry(sink: sink, configuration: .init(sampling: failuresOnly ? .failuresOnly : .everything))
    var late = 0
    func expectForced() {
        // Nothing else is recorded meanwhile: the log has what was forced, and nothing more.
        if forcedSize() != (try? FileManager.default.attributesOfItem(atPath: sink.path)[.size] as? Int) { late += 1 }
    }
    for _ in 0..<10 {
        telemetry.withTrace { _ in
            for place in 0..<6 {
                telemetry.log("x", name: "\(place)", error: place % 3 == 2 ? "broken" : nil)
                if place % 3 == 2, !failuresOnly { expectForced() }
            }
        }
        expectForced()
    }
    let forced = synchronizationCount()
    telemetry.withTrace("unfinished") { _ in
        telemetry.log("y", error: "broken")
        telemetry.log("z")
        // A child leaves to its parent what waits to be decided.
        if forkProcess() == 0 { exit(0) }
        wait(nil)
        say("forced \(forced) late \(late)")
        exit(0)
    }
}
