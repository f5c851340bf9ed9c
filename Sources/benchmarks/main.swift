// Prints our side and the other side of the ratios that the package promises, in one run.
import Foundation

/// What a benchmark is called, what it shows, and how to run it.
struct Benchmark: Sendable {
    var name: String
    var summary: String
    var run: @Sendable ([String]) async throws -> Void
}

let benchmarks = [
    Benchmark(name: "recording", summary: recordingSummary, run: runRecording),
    Benchmark(name: "decoding", summary: decodingSummary, run: runDecoding),
    Benchmark(name: "structured", summary: structuredSummary, run: runStructured),
    Benchmark(name: "lesson", summary: lessonSummary, run: runLesson),
    Benchmark(name: "reading", summary: readingSummary, run: runReading),
]

let usage =
    "Usage: swift run -c release benchmarks NAME [OPTIONS]\n\n"
    + benchmarks.map { "  \($0.name)  \($0.summary)\n" }.joined()

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.isEmpty || ["-h", "--help"].contains(arguments[0]) {
    print(usage, terminator: "")
} else if let benchmark = benchmarks.first(where: { $0.name == arguments[0] }) {
    do {
        try await benchmark.run(Array(arguments.dropFirst()))
    } catch {
        fail("\(error)")
    }
} else {
    fail("\(arguments[0]): no such benchmark. Run with --help to see them.")
}

/// Prints to the standard error and ends the process with 1.
func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("benchmarks: \(message)\n".utf8))
    exit(1)
}
