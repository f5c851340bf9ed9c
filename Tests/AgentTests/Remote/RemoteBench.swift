import Foundation
import Synchronization
import Telemetry

@testable import Agent

/// A remote model on a server with a script, recorded; waits between attempts are noted and not waited.
struct RemoteBench {
    static let key = "sk-test/7f3a9c51d2e84b60"

    let server: FaultServer
    let model: OpenAICompatibleModel
    let sink = InMemorySink()
    let telemetry: Telemetry
    let waits = Collected<Duration>()
    let pieces = Collected<String>()

    init(
        _ scripts: [[FaultServer.Step]],
        configuration: OpenAICompatibleModel.Configuration = .init(),
        key: String? = RemoteBench.key,
        baseURL: String? = nil,
        environment: [String: String] = [:],
        now: Date = Date()
    ) throws {
        server = try FaultServer(scripts)
        let waits = waits
        let surroundings = OpenAICompatibleModel.Surroundings(
            sleep: { waits.append($0) },
            jitter: { 0.5 },
            now: { now },
            environment: environment.merging(key.map { ["OPENAI_API_KEY": $0] } ?? [:]) { $1 }
        )
        model = try OpenAICompatibleModel(baseURL ?? server.baseURL, "tiny", nil, configuration, surroundings)
        telemetry = Telemetry(sink: sink)
    }

    func generate(_ options: GenerationOptions = .init(), _ messages: [Message] = [.user("Why?")]) async throws
        -> Generation
    {
        let pieces = pieces
        return try await RecordedModel(model, telemetry: telemetry)
            .generate(messages, options: options) { pieces.append($0) }
    }

    /// The error of a call, which must fail.
    func failure(_ options: GenerationOptions = .init()) async throws -> ModelError {
        do {
            let answer = try await generate(options)
            throw ModelError(.init("none"), "no error, but \(answer)")
        } catch let error as ModelError { return error }
    }

    func spans(_ type: EventType) -> [Span] { sink.spans.filter { $0.eventType == type } }
    /// All that was recorded, as text.
    var log: String { sink.spans.map { "\($0.data) \($0.error ?? "") \($0.name ?? "")" }.joined(separator: "\n") }
}
