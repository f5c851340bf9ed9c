import AgentTesting
import Telemetry
import Testing

@testable import Agent

private struct Answer: SchemaRepresentable, Equatable {
    enum Difficulty: String, CaseIterable, SchemaRepresentable { case beginner, advanced = "for experts" }

    var answer: String
    var difficulty: Difficulty
    var links: [String]?

    static let schema = Schema.object([
        .required("answer", .string(length: 1...40)),
        .required("difficulty", Difficulty.schema),
        .optional("links", [String].schema),
    ])
}

/// A type whose schema lets through what it doesn't take.
private struct Small: SchemaRepresentable {
    var count: UInt8
    static let schema: Schema = #"{"count": int}"#
}

/// A type that takes even numbers only, and says so with an error of its own.
private struct Even: SchemaRepresentable {
    struct Odd: Error, CustomStringConvertible { let description = "the number is odd" }
    static let schema: Schema = "int"

    init(from decoder: any Decoder) throws {
        if try Int(from: decoder).isMultiple(of: 2) == false { throw Odd() }
    }
}

@Suite struct TypedTests {
    @Test func `an answer comes as a value of the type`() async throws {
        let bench = TestBench(#"{"answer": "A language.", "difficulty": "for experts", "links": ["a", "b"]}"#)
        let answer = try await bench.agent.generate(Answer.self, from: "What is Python?")
        #expect(answer == Answer(answer: "A language.", difficulty: .advanced, links: ["a", "b"]))
        #expect(bench.outline == "agent_step(llm_call)")
        let step = try #require(bench.spans(.agentStep).first)
        #expect(step.name == "structured" && step.data["schema"] == .string(Answer.schema.description))
    }

    @Test func `the type may come from the context, and a key may be left out`() async throws {
        let bench = TestBench(#"{"answer": "A language.", "difficulty": "beginner"}"#)
        let answer: Answer = try await bench.agent.generate(from: "What is Python?")
        #expect(answer.links == nil && answer.difficulty == .beginner)
    }

    @Test func `the model is held to the type's schema, and gets the examples`() async throws {
        let bench = TestBench("true")
        _ = try await bench.agent.generate(Bool.self, from: "Is tea a drink?", examples: [Example("Is 1 > 2?", false)])
        let request = try #require(bench.model.requests.first)
        #expect(request.options.schema == .boolean)
        #expect(request.messages.dropFirst().map(\.content) == ["Is 1 > 2?", "false", "Is tea a drink?"])
    }

    @Test func `types of the standard library have schemas`() {
        #expect(String.schema == "string" && Int.schema == "integer" && Double.schema == "number")
        #expect(Bool.schema == "boolean" && [Int].schema == "integer[]" && Int?.schema == "integer | null")
        #expect([[Bool?]]?.schema == "(boolean | null)[][] | null")
        #expect(Int??.schema == "integer | null")
        #expect(Answer.Difficulty.schema == #""beginner" | "for experts""#)
    }

    @Test func `values of the standard library's types are answers, too`() async throws {
        let agent = TestBench("7", "[1, 2.5]", "null", #"["a", null]"#, #""x""#, #""for experts""#).agent
        #expect(try await agent.generate(Int.self, from: "?") == 7)
        #expect(try await agent.generate([Double].self, from: "?") == [1, 2.5])
        #expect(try await agent.generate(Int?.self, from: "?") == nil)
        #expect(try await agent.generate([String?].self, from: "?") == ["a", nil])
        #expect(try await agent.generate(String.self, from: "?") == "x")
        #expect(try await agent.generate(Answer.Difficulty.self, from: "?") == .advanced)
    }

    @Test func `what doesn't fit the type's schema is asked for again`() async throws {
        let bench = TestBench(#"{"answer": "A"}"#, #"{"answer": "A", "difficulty": "beginner"}"#)
        #expect(try await bench.agent.generate(Answer.self, from: "?").answer == "A")
        #expect(bench.outline == "agent_step(llm_call! llm_call)")
    }

    @Test func `a type that disagrees with its schema is an error, and isn't asked for again`() async throws {
        let bench = TestBench(#"{"count": 256}"#, #"{"count": 1}"#)
        let error = try await #require(throws: AgentError.self) {
            try await bench.agent.generate(Small.self, from: "How many?")
        }
        #expect(error.code == .structuredOutput && error.underlying is DecodingError)
        #expect(error.message.hasPrefix(#"Small: can't be decoded from {"count": 256}, which fits its schema: "#))
        #expect(error.message.contains("count") && error.message.contains("UInt8"), "\(error)")
        #expect(error.message.hasSuffix("Make Small.schema and its decoding agree."))
        #expect(bench.model.requests.count == 1 && bench.outline == "agent_step!(llm_call)")
        #expect(bench.spans(.agentStep)[0].error == "\(error)")
    }

    @Test func `a type's own error is told, too`() async throws {
        let bench = TestBench("3")
        let error = try await #require(throws: AgentError.self) {
            try await bench.agent.generate(Even.self, from: "?")
        }
        #expect(error.code == .structuredOutput && error.underlying is Even.Odd)
        #expect(error.message.contains("the number is odd"))
    }
}

// Of the same suite, so that it takes turns with the model's other tests.
extension LlamaModelTests {
    @Test func `A Swift type comes from the model`() async throws {
        let agent = Agent(model: try await TestModel.shared, telemetry: Telemetry(sink: InMemorySink()))
        let answer = try await agent.generate(
            Answer.self,
            from: "What is Python?",
            examples: [Example("What is tea?", ["answer": "A drink.", "difficulty": "beginner", "links": []])]
        )
        #expect((1...40).contains(answer.answer.count))
    }
}
