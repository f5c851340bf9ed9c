import Foundation
import Telemetry
import TelemetryLog
import Testing

@testable import Agent

@Suite(.endsIfStuck) struct RemoteModelTests {
    @Test func `an answer comes in pieces, with its tokens, times and finish reason`() async throws {
        let bench = try RemoteBench([.answer("Hel", "lo ", "you")])
        let answer = try await bench.generate()
        #expect(answer.text == "Hello you" && bench.pieces.all.joined() == "Hello you" && bench.pieces.all.count > 1)
        #expect(answer.finishReason == .stop)
        #expect((answer.promptTokens, answer.cachedTokens, answer.completionTokens) == (12, 5, 3))
        let (first, last) = (try #require(answer.timeToFirstToken), try #require(answer.timeToLastToken))
        #expect(first > .zero && last >= first)
        let call = try #require(bench.spans(.llmCall).first)
        #expect(call.data["cached_tokens"] == .integer(5) && call.data["response"] == "Hello you")
    }

    @Test func `the request says what the options say`() async throws {
        let options = GenerationOptions(
            maxTokens: 9,
            temperature: 0.5,
            topK: 3,
            topP: 0.75,
            minP: 0.25,
            seed: .max,
            stop: ["\n"],
            schema: #"{"a": integer}"#
        )
        let bench = try RemoteBench([.answer("{}")])
        _ = try await bench.generate(options, [.system("Be brief."), .user("Why? 👩‍👩‍👧")])
        let request = try #require(bench.server.requests.first)
        #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
        #expect(request.field("authorization") == "Bearer \(RemoteBench.key)")
        let expected: JSONValue = [
            "model": "tiny", "stream": true, "stream_options": ["include_usage": true],
            "messages": [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "Why? 👩‍👩‍👧"],
            ],
            "max_tokens": 9, "temperature": 0.5, "top_p": 0.75, "top_k": 3, "min_p": 0.25, "seed": 4_294_967_294,
            "stop": ["\n"],
            "response_format": [
                "type": "json_schema",
                "json_schema": [
                    "name": "answer", "strict": true,
                    "schema": [
                        "type": "object", "properties": ["a": ["type": "integer"]], "required": ["a"],
                        "additionalProperties": false,
                    ],
                ],
            ],
        ]
        #expect(try JSONValue(parsing: request.body) == expected)
    }

    @Test func `a tool's result names the call of the request before it`() throws {
        let request = ToolRequest(tool: "calculator", arguments: ["a": 42, "b": 7])
        let said = request.json.description
        let first: [Message] = [.user("What is 42 times 7?"), .assistant(said), .tool("294")]
        let messages = try sent(first + [.assistant(said), .tool("[1, 2]"), .assistant("{}"), .user("And now?")])
        func call(_ id: String) -> JSONValue {
            let function: JSONValue = ["name": "calculator", "arguments": #"{"a":42,"b":7}"#]
            return [
                "role": "assistant", "content": .string(said),
                "tool_calls": [["id": .string(id), "type": "function", "function": function]],
            ]
        }
        let expected: [JSONValue] = [
            ["role": "user", "content": "What is 42 times 7?"],
            call("call_1"), ["role": "tool", "content": "294", "tool_call_id": "call_1"],
            call("call_3"), ["role": "tool", "content": "[1, 2]", "tool_call_id": "call_3"],
            ["role": "assistant", "content": "{}"], ["role": "user", "content": "And now?"],
        ]
        #expect(messages == expected)
        // What was sent stays as it was while the conversation grows: the server has it in its cache.
        #expect(try sent(first) == Array(expected.prefix(3)))
    }

    @Test func `what a tool says unasked follows the user's message, as the result of a lookup`() throws {
        let call: JSONValue = [
            "role": "assistant", "content": nil,
            "tool_calls": [["id": "call_2", "type": "function", "function": ["name": "lookup", "arguments": "{}"]]],
        ]
        let result: JSONValue = ["role": "tool", "content": "facts", "tool_call_id": "call_2"]
        let question: [JSONValue] = [["role": "system", "content": "S"], ["role": "user", "content": "Who am I?"]]
        #expect(try sent([.system("S"), .tool("facts"), .user("Who am I?")]) == question + [call, result])
        #expect(try sent([.system("S"), .user("Who am I?"), .tool("facts")]) == question + [call, result])
        // Two results of one request: the second answers nothing.
        let twice = try sent([.user("a"), .assistant(#"{"tool": "t", "arguments": {}}"#), .tool("1"), .tool("2")])
        let ids = twice.map { ($0["tool_calls"]?[0]?["id"] ?? $0["tool_call_id"])?.string }
        #expect(ids == [nil, "call_1", "call_1", "call_3", "call_3"])
    }

    /// The messages as a server gets them.
    private func sent(_ messages: [Message]) throws -> [JSONValue] {
        let request = ChatRequest(
            model: nil,
            messages: messages,
            options: .init(),
            sendsTopKAndMinP: true,
            extra: [:]
        )
        let body = try JSONValue(parsing: request.json.description)
        return try #require(body["messages"]?.array)
    }

    @Test func `what greedy decoding doesn't need isn't sent, and extra parameters take precedence`() async throws {
        let configuration = OpenAICompatibleModel.Configuration(
            extraParameters: ["max_tokens": nil, "max_completion_tokens": 7]
        )
        let bench = try RemoteBench([.answer("a")], configuration: configuration, key: nil)
        _ = try await bench.generate()
        let request = try #require(bench.server.requests.first)
        #expect(request.field("authorization") == nil)
        let keys = try JSONValue(parsing: request.body).object?.keys
        #expect(
            keys == ["model", "messages", "stream", "stream_options", "temperature", "max_completion_tokens"]
        )
    }

    @Test(arguments: [("stop", FinishReason.stop), ("length", .length), ("content_filter", .contentFilter)])
    func `finish reasons are told apart`(_ word: String, _ reason: FinishReason) async throws {
        let bench = try RemoteBench([.answer("a", reason: word)])
        #expect(try await bench.generate().finishReason == reason)
    }

    @Test func `pieces are whole characters, however the network and the server cut them`() async throws {
        let text = "é👩‍👩‍👧ö" + "e\u{301}"
        let stream =
            text.unicodeScalars.map { [FaultServer.Step].piece(String($0)) }.joined() + [FaultServer.Step].end()
        let head = [FaultServer.Step].streamHead
        let bytes = Array((head + stream + "data: [DONE]\n\n").utf8)
        let bench = try RemoteBench([bytes.map { .send([$0]) }])
        #expect(try await bench.generate().text == text)
        #expect(bench.pieces.all.reduce(0) { $0 + $1.count } == text.count)
    }

    @Test func `a stop string that the server passes over ends the answer, and the connection`() async throws {
        let stream = [FaultServer.Step].stream([FaultServer.Step].piece("one tw") + [FaultServer.Step].piece("o three"))
        let bench = try RemoteBench([stream + [.awaitClose]])
        let answer = try await bench.generate(GenerationOptions(stop: ["two"]))
        #expect(answer.text == "one " && answer.finishReason == .stop)
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `each attempt is a span within the call, and its place in the trace is sent along`() async throws {
        let bench = try RemoteBench([.status("503 Busy"), .answer("a")])
        _ = try await bench.generate()
        let call = try #require(bench.spans(.llmCall).first)
        let attempts = bench.spans(.httpRequest)
        #expect(attempts.map(\.parentID) == [call.id, call.id])
        #expect(
            bench.server.requests.map { $0.field("traceparent") }
                == attempts.map {
                    Traceparent(traceID: call.traceID, parentID: $0.id).description
                }
        )
        #expect(attempts.map { $0.data["attempt"] as JSONValue? } == [1, 2])
        #expect(attempts.map { $0.data["status"] as JSONValue? } == [503, 200])
        #expect(attempts[0].error?.contains("503") == true && attempts[1].error == nil && call.error == nil)
        #expect(attempts[1].data["delay_ms"] as JSONValue? == 250)
        #expect(bench.telemetry.metrics.llmCalls == 1 && bench.telemetry.metrics.llmFailures == 0)
    }

    @Test func `the log tells how often requests were repeated, and why`() async throws {
        let bench = try RemoteBench([
            .status("503 Busy"), .status("429 Slow", body: "quota"), .answer("a"),
            .answer("b"),
            [.text("HTTP/1.1 200 O")], .answer("c"),
            .status("400 Bad"),
        ])
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("remote-\(UUID().uuidString).jsonl")
            .path
        defer { try? FileManager.default.removeItem(atPath: log) }
        let telemetry = try Telemetry(logFile: log)
        let model = RecordedModel(bench.model, telemetry: telemetry)
        for _ in 0..<3 { _ = try await model.generate([.user("Why?")]) }
        await #expect(throws: ModelError.self) { try await model.generate([.user("Why?")]) }
        telemetry.close()

        let summary = try LogReader([log]).summary()
        func figures(_ type: EventType) throws -> SpanStatistics {
            try #require(summary.rows.first { $0.name == type.rawValue }).statistics
        }
        let (calls, requests) = (try figures(.llmCall), try figures(.httpRequest))
        #expect((calls.count, calls.failures, calls.retries) == (4, 1, 0))
        #expect((requests.count, requests.failures, requests.retries) == (7, 4, 3))
        var filter = LogFilter()
        filter.eventType = .httpRequest
        let causes = try LogReader([log]).failures(matching: filter).groups
        #expect(
            Set(causes.map(\.cause)) == [
                "N Service Unavailable", "N Too Many Requests: quota", "N Bad Request",
                "the connection was lost: the server closed it before it answered",
            ]
        )
        #expect(causes.allSatisfy { $0.count == 1 })

        // Each call with its attempts is one trace here: the call is their parent, and has the outcome.
        var spans: [Span] = []
        _ = try LogReader([log]).forEachSpan { spans.append($0) }
        for call in spans where call.eventType == .llmCall {
            let attempts = spans.filter { $0.parentID == call.id }.sorted { $0.timestamp < $1.timestamp }
            #expect(attempts.map { $0.data["attempt"]?.integer } == (1...attempts.count).map { $0 })
            #expect(
                attempts.dropLast().allSatisfy { $0.error != nil }
                    && (attempts.last?.error == nil) == (call.error == nil)
            )
        }
    }

    @Test func `without a span nothing is recorded, and no traceparent is sent`() async throws {
        let bench = try RemoteBench([.answer("a")])
        _ = try await bench.model.generate([.user("Why?")])
        #expect(bench.server.requests.first?.field("traceparent") == nil && bench.sink.spans.isEmpty)
    }

    @Test func `cancelling closes the connection, before the answer and within it`() async throws {
        for script in [[], [FaultServer.Step].stream([FaultServer.Step].piece("a ") + [FaultServer.Step].piece("b "))] {
            let bench = try RemoteBench([script + [.awaitClose]])
            let task = Task { try await bench.generate() }
            while bench.server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            while !script.isEmpty, bench.pieces.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test func `many calls at once are all answered`() async throws {
        let bench = try RemoteBench((0..<40).map { _ in .answer("a", "b") })
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<40 { group.addTask { try await bench.model.generate([.user("Why?")]).text } }
            for try await text in group { #expect(text == "ab") }
        }
    }
}
