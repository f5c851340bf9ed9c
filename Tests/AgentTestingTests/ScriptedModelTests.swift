import Agent
import AgentTesting
import Synchronization
import Telemetry
import Testing

@Suite struct ScriptedModelTests {
    struct Outage: Error, CustomStringConvertible { let description = "the service is down" }

    @Test func `answers come in order, and what was asked can be read back`() async throws {
        let model = ScriptedModel(["first", "second"])
        #expect(try await model.generate([.user("a")]).text == "first")
        #expect(model.unusedAnswers == 1)
        let options = GenerationOptions(maxTokens: 3)
        #expect(try await model.generate([.system("s"), .user("b")], options: options).text == "second")
        #expect(model.unusedAnswers == 0)
        #expect(
            model.requests == [
                .init(number: 1, messages: [.user("a")], options: .init()),
                .init(number: 2, messages: [.system("s"), .user("b")], options: options),
            ]
        )
    }

    @Test func `a failure is thrown where the script has it, and the next call goes on`() async throws {
        let model = ScriptedModel([.failure(Outage()), "up again"])
        await #expect(throws: Outage.self) { try await model.generate([.user("a")]) }
        #expect(try await model.generate([.user("a")]).text == "up again")
    }

    @Test(arguments: [
        (0, "scripted: call 1 came, but the script has 0 answers. Add one."),
        (1, "scripted: call 2 came, but the script has 1 answer. Add one."),
    ])
    func `running out of answers is an error that says what to do`(count: Int, message: String) async throws {
        let model = ScriptedModel(Array(repeating: "yes", count: count))
        for _ in 0..<count { _ = try await model.generate([.user("a")]) }
        let error = await #expect(throws: ModelError.self) { try await model.generate([.user("a")]) }
        #expect(error == ModelError(.generationFailed, message))
        #expect(model.requests.count == count + 1)
    }

    @Test func `pieces are streamed, and those before a failure too`() async throws {
        let model = ScriptedModel([.text("Grüße!", pieces: ["Grü", "ße!"]), "👨‍👩‍👧é", .failure(Outage(), pieces: ["Gr"])])
        let pieces = Mutex<[String]>([])
        let first = try await model.generate([.user("a")], options: .init()) { piece in
            pieces.withLock { $0.append(piece) }
        }
        #expect(first.completionTokens == 2 && pieces.withLock { $0 } == ["Grü", "ße!"])
        var streamed: [String] = []
        for try await piece in model.stream([.user("a")]) { streamed.append(piece) }
        #expect(streamed == ["👨‍👩‍👧", "é"])
        streamed = []
        await #expect(throws: Outage.self) {
            for try await piece in model.stream([.user("a")]) { streamed.append(piece) }
        }
        #expect(streamed == ["Gr"])
    }

    @Test func `a closure answers each request`() async throws {
        let model = ScriptedModel(name: "echo") { request in
            guard request.number < 3 else { throw Outage() }
            return "\(request.number): \(request.messages.last?.content ?? "")"
        }
        #expect(model.name == "echo")
        #expect(try await model.generate([.user("a")]).text == "1: a")
        #expect(try await model.generate([.user("b")]).text == "2: b")
        await #expect(throws: Outage.self) { try await model.generate([.user("c")]) }
        #expect(model.requests.map(\.number) == [1, 2, 3])
    }

    @Test func `an answer that never comes ends with the task`() async throws {
        let model = ScriptedModel([.never])
        let call = Task { try await model.generate([.user("a")]) }
        try await model.waitUntilCalled()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    @Test func `waiting for a call ends with the task`() async throws {
        let model = ScriptedModel([])
        let waiting = Task { try await model.waitUntilCalled(times: 2) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `each of many tasks gets an answer of its own`() async throws {
        let model = ScriptedModel((1...100).map { "\($0)" })
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 1...100 { group.addTask { try await model.generate([.user("a")]).text } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((1...100).map { "\($0)" }))
        #expect(model.requests.map(\.number) == Array(1...100))
    }
}
