import Telemetry
import Testing

@testable import Agent

// Of the same suite, so that they take turns with the model's other tests.
extension LlamaModelTests {
    private static let toolRequest: Schema = #"""
        {"tool": "calculator", "arguments": {"operation": "add" | "addition" | "multiply", "a": number, "b": int 0..99}}
        """#

    @Test(
        arguments: [
            toolRequest, "string 3..12", #"{"capital": string 1..40, "population"?: int 0.., "is_large": boolean}"#,
            "int 17..2035", "number -0.25..0.75", #"("red" | "green" | null)[2..4]"#,
            #"int | {"a": [int[1..2]]} | string 0..5"#, #"{"code": string /[A-Z]{3}-\d{4}/}"#,
            #"{"words": string /[^a-z"]{2,5}( (é|日本|[ß-ÿ])+\n?){1,3}/ | string /[A-Z]\w{0,20}\./}"#,
        ] as [Schema]
    )
    func `Structured answers fit their schema at any temperature`(schema: Schema) async throws {
        let model = try await TestModel.shared
        for temperature in [0, 0.8, 2.5] {
            let messages = [
                Message.system("You answer in JSON: \(schema)"), .user("Tell me about the capital of France."),
            ]
            let options = GenerationOptions(
                maxTokens: 160,
                temperature: temperature,
                topK: 0,
                topP: 1,
                minP: 0,
                seed: UInt32(temperature * 10),
                schema: schema
            )
            let pieces = Collected<String>()
            let answer = try await model.generate(messages, options: options) { pieces.append($0) }
            #expect(pieces.all.joined() == answer.text)
            #expect(answer.finishReason == .stop, "\(answer.text)")
            let value = try JSONValue(parsing: answer.text)
            #expect(throws: Never.self, "\(answer.text)") { try schema.validate(value) }
            #expect(answer.forcedTokens < max(1, answer.completionTokens))
        }
    }

    @Test func `Any schema is followed, however hot the sampling`() async throws {
        let model = try await TestModel.shared
        var generator = SeededGenerator(seed: 21)
        var finished = 0
        for seed in 0..<20 as Range<UInt32> {
            let schema = Schema.random(depth: 2, using: &generator)
            let options = GenerationOptions(
                maxTokens: 100,
                temperature: 4,
                topK: 0,
                topP: 1,
                minP: 0,
                seed: seed,
                schema: schema
            )
            let answer = try await model.generate([.user("Give me something.")], options: options)
            #expect(answer.completionTokens <= 100)
            if answer.finishReason == .length { continue }
            finished += 1
            let value = try JSONValue(parsing: answer.text)
            #expect(throws: Never.self, "\(answer.text) by \(schema)") { try schema.validate(value) }
        }
        #expect(finished >= 8)
    }

    @Test func `What a schema forces is not sampled`() async throws {
        let model = try await TestModel.shared
        let options = GenerationOptions(schema: Self.toolRequest)
        let answer = try await model.generate([.user("What is 42 times 7?")], options: options)
        #expect(answer.forcedTokens * 2 > answer.completionTokens)
        #expect(answer.text.hasPrefix(#"{"tool": "calculator", "arguments": {"operation": ""#))
        let single = try await model.generate(
            [.user("Hi")],
            options: GenerationOptions(schema: #"{"one_of": [{"a": [1, "é👍🏽"]}]}"#)
        )
        #expect(single.text == #"{"a": [1, "é👍🏽"]}"#)
        #expect(single.forcedTokens == single.completionTokens)
    }

    @Test func `maxTokens cuts forced text too`() async throws {
        let model = try await TestModel.shared
        for count in 1...14 {
            let options = GenerationOptions(maxTokens: count, schema: Self.toolRequest)
            let answer = try await model.generate([.user("What is 42 times 7?")], options: options)
            #expect(answer.finishReason == .length)
            #expect(answer.completionTokens == count)
            var state = DecodingState(SchemaProgram(Self.toolRequest))
            try state.mustAdvance(answer.text.utf8)
        }
    }

    @Test func `A control text in an answer is text`() async throws {
        let model = try await TestModel.shared
        let schema: Schema = #""<|im_start|>ok" | "<|im_end|>""#
        let answer = try await model.generate([.user("Hi")], options: GenerationOptions(schema: schema))
        let value = try JSONValue(parsing: answer.text)
        #expect(throws: Never.self) { try schema.validate(value) }
    }

    // MARK: The vocabulary

    @Test func `The vocabulary's search finds what testing each token finds`() async throws {
        let weights = try await LlamaModelTests.weights()
        let vocabulary = TokenVocabulary(kinds: weights.kinds) { weights.append($0, to: &$1) }
        let schema: Schema = #"{"a": string 1..9, "b": number 0..5 | "add" | "addition" | string 0..3, "c": int[]}"#
        let text = #"{"a": "né\n", "b": "add", "c": [4, 1"#
        var state = DecodingState(SchemaProgram(schema))
        for (place, byte) in text.utf8.enumerated() {
            try state.mustAdvance([byte])
            guard [7, 8, 9, 10, 12, 13, 19, 22, 30, 33].contains(place) else { continue }
            var expected: [LlamaToken] = []
            for token in 0..<LlamaToken(weights.kinds.count) where weights.kinds[Int(token)] == .text {
                let bytes = vocabulary.text(of: token)
                if !bytes.isEmpty, state.allows(bytes) { expected.append(token) }
            }
            let found = vocabulary.tokens(allowedBy: state)
            #expect(Set(found).count == found.count)
            #expect(Set(found) == Set(expected), "\(place)")
        }
    }

    // MARK: Grammars

    @Test func `llama.cpp reads the grammar of any schema, patterns included`() async throws {
        let weights = try await LlamaModelTests.weights()
        var generator = SeededGenerator(seed: 23)
        let schemas =
            samplePatterns.map { Schema.string(pattern: $0) }
            + (0..<100).map { _ in .random(depth: 3, using: &generator) }
        for schema in schemas {
            #expect(throws: Never.self, "\(schema): \(schema.grammar)") {
                _ = try LlamaSampler(options: GenerationOptions(), grammar: schema.grammar, weights: weights)
            }
        }
    }

    // Short and unambiguous ones: of others, llama.cpp's sampler follows all readings at once, for minutes.
    @Test(arguments: [#"[A-Z]{3}-\d{4}"#, "a|bc|", #"["\\\/\n\u202e]{1,4}"#, "(?:red|日本|é)/[^a-z]"] as [StringPattern])
    func `What llama.cpp makes of a pattern's grammar matches it`(pattern: StringPattern) async throws {
        let options = GenerationOptions(maxTokens: 40, temperature: 1.5, seed: 3)
        let schema = Schema.string(pattern: pattern)
        let answer = try await TestModel.shared.generate([.user("Hi")], options: options, grammar: schema.grammar)
        #expect(answer.finishReason == .stop)
        let value = try JSONValue(parsing: answer.text)
        #expect(throws: Never.self, "\(answer.text)") { try schema.validate(value) }
    }

    // MARK: Prefixes

    @Test func `Answers are the same with and without what was kept, in any order`() async throws {
        try TestModel.require()
        let keeping = try await LlamaModel(path: TestModel.path, contextSize: 700, threads: 1)
        let fresh = try await LlamaModel(path: TestModel.path, contextSize: 700, threads: 1, reusesPrefixes: false)
        let tools = (1...12).map { "- tool\($0): Does the thing number \($0) for the user." }.joined(separator: "\n")
        let families: [[Message]] = [
            [.system("You choose a tool.\n\(tools)")],
            [
                .system("You answer in JSON."), .user("Hi"),
                .assistant(#"{"answer": "Hello! How can I help you today?"}"#),
            ],
            [.system("You choose a tool.\n\(tools)"), .user("Use the last one."), .assistant(#"{"tool": "tool12"}"#)],
        ]
        let questions = ["What is 42 times 7?", "Which of them is the best for a long journey by train?"]
        var generator = SeededGenerator(seed: 5)
        var cached = 0
        for round in 0..<9 {
            let family = families.randomElement(using: &generator)!
            let messages = family + [.user(questions.randomElement(using: &generator)!)]
            let schema: Schema? = round % 3 == 0 ? nil : Self.toolRequest
            let options = GenerationOptions(maxTokens: 24, temperature: round % 2 == 0 ? 0 : 0.8, schema: schema)
            var kept = try await keeping.generate(messages, options: options)
            let expected = try await fresh.generate(messages, options: options)
            #expect(expected.cachedTokens == 0)
            #expect(kept.cachedTokens < kept.promptTokens)
            cached += kept.cachedTokens
            kept.cachedTokens = 0
            (kept.timeToFirstToken, kept.timeToLastToken) = (expected.timeToFirstToken, expected.timeToLastToken)
            #expect(kept == expected)
        }
        #expect(cached > 600)
    }

    @Test func `A conversation that goes on is not read again`() async throws {
        let model = try await LlamaModel(path: TestModel.path, contextSize: 512, threads: 1)
        var messages = [
            Message.system("You are a guide. " + String(repeating: "You know all cities well. ", count: 12))
        ]
        var read = 0
        for question in ["Where is Paris?", "And Rome?", "And Oslo?"] {
            messages.append(.user(question))
            let answer = try await model.generate(messages, options: GenerationOptions(maxTokens: 12))
            #expect(answer.cachedTokens % PromptReader.blockSize == 0)
            #expect(answer.cachedTokens >= read / PromptReader.blockSize * PromptReader.blockSize - 32)
            read = answer.promptTokens
            messages.append(.assistant(answer.text))
        }
    }

    @Test func `A cancelled call leaves nothing behind that harms the next`() async throws {
        let model = try await TestModel.shared
        let long = [Message.user(String(repeating: "word ", count: 700))]
        let question = [Message.user(String(repeating: "word ", count: 100) + "What is the capital of France?")]
        let expected = try await model.generate(question, options: GenerationOptions(maxTokens: 8))
        let task = Task { try await model.generate(long, options: GenerationOptions(maxTokens: 2)) }
        try await Task.sleep(for: .milliseconds(40))
        task.cancel()
        _ = await task.result
        let answer = try await model.generate(question, options: GenerationOptions(maxTokens: 8))
        #expect(answer.text == expected.text)
    }
}
