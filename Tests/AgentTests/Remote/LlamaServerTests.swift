import Foundation
import Telemetry
import Testing

@testable import Agent

/// The remote model against a real llama-server.
///
/// One after the other: the server rounds otherwise where it answers several at once, and then may say something else.
@Suite(
    .serialized,
    .endsIfStuck,
    .enabled(if: LlamaServer.isExpected, "no llama-server is installed: models/setup.sh --server gets it")
)
struct LlamaServerTests {
    private let question: [Message] = [.system("You answer briefly."), .user("What is the capital of France?")]

    @Test func `an answer streams, with tokens and times, and a repeated prompt is cached`() async throws {
        let model = try await LlamaServer.shared.model()
        let pieces = Collected<String>()
        let options = GenerationOptions(maxTokens: 24)
        let answer = try await model.generate(question, options: options) { pieces.append($0) }
        #expect(!answer.text.isEmpty && pieces.all.joined() == answer.text && pieces.all.count > 1)
        #expect(answer.promptTokens > 10 && (1...24).contains(answer.completionTokens))
        let (first, last) = (try #require(answer.timeToFirstToken), try #require(answer.timeToLastToken))
        #expect(first > .zero && last > first)
        let again = try await model.generate(question, options: options)
        #expect(again.text == answer.text && again.promptTokens == answer.promptTokens)
        #expect((0...again.promptTokens).contains(again.cachedTokens))
    }

    @Test func `maxTokens and stop strings end the answer`() async throws {
        let model = try await LlamaServer.shared.model()
        let cut = try await model.generate([.user("Count from one to a hundred.")], options: .init(maxTokens: 5))
        #expect(cut.finishReason == .length && cut.completionTokens == 5)
        let whole = try await model.generate(question, options: .init(maxTokens: 24)).text
        let stop = String(try #require(whole.split(separator: " ").dropFirst().first))
        let stopped = try await model.generate(question, options: .init(maxTokens: 24, stop: [stop]))
        #expect(stopped.finishReason == .stop)
        #expect(stopped.text == whole[..<(try #require(whole.firstRange(of: stop))).lowerBound])
    }

    @Test(arguments: [0.0, 1.0])
    func `a schema holds, greedy and sampled`(_ temperature: Double) async throws {
        let schema: Schema = #"{"city": string 1..20, "size": "small" | "large", "rank": integer 1..9}"#
        let model = try await LlamaServer.shared.model()
        let options = GenerationOptions(maxTokens: 100, temperature: temperature, seed: 7, schema: schema)
        let answer = try await model.generate(question, options: options)
        #expect(answer.finishReason == .stop)
        try schema.validate(try JSONValue(parsing: answer.text))
    }

    @Test func `the same seed gives the same answer`() async throws {
        let model = try await LlamaServer.shared.model()
        let options = GenerationOptions(maxTokens: 12, temperature: 1, seed: 11)
        let messages: [Message] = [.user("Tell me a story.")]
        _ = try await model.generate(messages, options: options)
        let first = try await model.generate(messages, options: options).text
        #expect(try await model.generate(messages, options: options).text == first)
    }

    @Test func `cancelling stops within the answer, and the server goes on`() async throws {
        let model = try await LlamaServer.shared.model()
        let pieces = Collected<String>()
        let task = Task {
            try await model.generate([.user("Count to a thousand.")], options: .init(maxTokens: 2000)) {
                pieces.append($0)
            }
        }
        while pieces.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await model.generate(question, options: .init(maxTokens: 3)).completionTokens == 3)
    }

    @Test func `calls at once are all answered`() async throws {
        let model = try await LlamaServer.shared.model()
        try await withThrowingTaskGroup(of: Generation.self) { group in
            for number in 0..<6 {
                group.addTask { try await model.generate([.user("Say \(number).")], options: .init(maxTokens: 8)) }
            }
            for try await answer in group { #expect(answer.completionTokens > 0) }
        }
    }

    @Test func `a wrong key is an error that doesn't show it, and isn't tried again`() async throws {
        let model = try await LlamaServer.shared.model(key: "sk-wrong-c0ffee", retries: RetryPolicy())
        let error = await #expect(throws: ModelError.self) { try await model.generate([.user("Hi")]) }
        #expect(error?.code == .unauthorized && error?.message.contains("c0ffee") == false)
    }

    @Test func `a prompt that doesn't fit the context is told apart`() async throws {
        let model = try await LlamaServer.shared.model()
        let long = String(repeating: "word ", count: 6000)
        let error = await #expect(throws: ModelError.self) { try await model.generate([.user(long)]) }
        #expect(error?.code == .promptTooLong, "\(error?.message ?? "")")
    }

    @Test func `an agent works on it, and its calls are in the log with their requests`() async throws {
        let sink = InMemorySink()
        let telemetry = Telemetry(sink: sink)
        let agent = Agent(
            model: try await LlamaServer.shared.model(),
            telemetry: telemetry,
            tools: [Calculator()]
        )
        let choices = ["music", "weather"]
        #expect(choices.contains(try await agent.decide("Play some music", choices: choices)))
        let product = try await agent.useTool("What is 42 times 7?")
        #expect(product.number != nil)
        let calls = sink.spans.filter { $0.eventType == .llmCall }
        let requests = sink.spans.filter { $0.eventType == .httpRequest }
        #expect(calls.count >= 2 && calls.allSatisfy { $0.data["completion_tokens"]?.integer ?? 0 > 0 })
        #expect(requests.allSatisfy { request in calls.contains { $0.id == request.parentID } })
        #expect(requests.count == calls.count && telemetry.metrics.llmCalls == calls.count)
    }

    @Test func `tools' results reach it with their calls, those of memory, too`() async throws {
        let sink = InMemorySink()
        let model = try await LlamaServer.shared.model()
        let agent = Agent(model: model, telemetry: Telemetry(sink: sink), tools: [Calculator()])
        let run = try await agent.run("What is 42 times 7?", limits: RunLimits(steps: 3))
        #expect(run.steps.count >= 1 && sink.spans.filter { $0.eventType == .llmCall }.count >= 2)
        agent.memory.add("The user's name is Ada.")
        #expect(try await agent.reply(to: "What is my name?").contains("Ada"))
        #expect(sink.spans.allSatisfy { $0.eventType != .httpRequest || $0.data["status"]?.integer == 200 })
    }
}
