import Foundation
import Telemetry
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(10))) struct RemoteModelTests {
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
        _ = try await bench.generate(options, [.system("Be brief."), .user("Why? 👩‍👩‍👧"), .tool("7")])
        let request = try #require(bench.server.requests.first)
        #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
        #expect(request.field("authorization") == "Bearer \(RemoteBench.key)")
        let expected: JSONValue = [
            "model": "tiny", "stream": true, "stream_options": ["include_usage": true],
            "messages": [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "Why? 👩‍👩‍👧"],
                ["role": "tool", "content": "7", "tool_call_id": "call_2"],
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
