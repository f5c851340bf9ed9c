import Agent
import Foundation
import Telemetry

let words = CommandLine.arguments.dropFirst()
if words.first == "evals" {
    do {
        let evals = try Evals(words.dropFirst())
        if evals.showsHelp {
            print(Evals.help)
            exit(0)
        }
        exit(try await evals.run() ? 0 : 1)
    } catch {
        fail("\(error)", status: 2)
    }
}

let arguments: Arguments
do {
    arguments = try Arguments(words)
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
func fail(_ message: String, status: Int32 = 1) -> Never {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    FileHandle.standardError.write(Data("lesson12: \(line)\n".utf8))
    exit(status)
}
