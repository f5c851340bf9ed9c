import Agent
import Synchronization

/// A tool that returns its text, fails at `boom`, and waits for its cancellation at `wait`; or does what the test says.
final class Probe: Tool {
    struct Arguments: Decodable { var text: String }
    struct Failure: Error, CustomStringConvertible { let description = "the service is down" }

    let name: String
    let description = "Returns a text."
    let parameters: Schema = #"{"text": string}"#

    private let count = Atomic(0)
    private let body: @Sendable (String) async throws -> String

    init(
        _ name: String = "probe",
        body: @escaping @Sendable (String) async throws -> String = { text in
            if text == "boom" { throw Failure() }
            if text == "wait" { try await Task.sleep(for: .seconds(365 * 86_400)) }
            return text
        }
    ) {
        self.name = name
        self.body = body
    }

    var calls: Int { count.load(ordering: .relaxed) }

    func call(_ arguments: Arguments) async throws -> String {
        count.add(1, ordering: .relaxed)
        return try await body(arguments.text)
    }
}
