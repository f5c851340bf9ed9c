import Foundation
import Testing

/// What a finished program said.
struct Output {
    var status: Int32
    var text: String
}

/// Runs a program found in `PATH` to its end; its errors go where its output goes.
func run(
    _ program: String,
    _ arguments: [String],
    input: [UInt8] = [],
    environment: [String: String] = [:]
) throws -> Output {
    let process = try start(program, arguments, environment: environment)
    let (stdin, stdout) = (process.input, process.output)
    // Another thread writes, so that neither side waits for ever with a full pipe.
    Thread.detachNewThread {
        try? stdin.write(contentsOf: Data(input))
        try? stdin.close()
    }
    let text = String(decoding: stdout.readDataToEndOfFile(), as: UTF8.self)
    process.process.waitUntilExit()
    return Output(status: process.process.terminationStatus, text: text)
}

/// Starts a program found in `PATH`.
func start(
    _ program: String,
    _ arguments: [String],
    environment: [String: String] = [:]
) throws -> (process: Process, input: FileHandle, output: FileHandle) {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return (process, input.fileHandleForWriting, output.fileHandleForReading)
}

/// Runs a Python script, which must succeed, and returns what it printed.
func python(
    _ script: String,
    _ arguments: String...,
    input: [UInt8] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> String {
    let output = try run("python3", ["-c", script] + arguments, input: input)
    try #require(output.status == 0, "\(output.text)", sourceLocation: sourceLocation)
    return output.text.trimmingCharacters(in: .newlines)
}
