import Agent
import Foundation
import Telemetry

let arguments: Arguments
do {
    arguments = try Arguments(CommandLine.arguments.dropFirst())
} catch {
    fail("\(error)")
}
if arguments.showsHelp {
    print(Arguments.help)
    exit(0)
}
do {
    try await Lesson(arguments).run()
} catch let error as ModelError where [.modelNotFound, .notAModel].contains(error.code) {
    fail("\(error) With lesson12, that is --model PATH.")
} catch {
    fail("\(error)")
}

/// Says on one line what went wrong, and ends the program.
func fail(_ message: String) -> Never {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    FileHandle.standardError.write(Data("lesson12: \(line)\n".utf8))
    exit(1)
}
