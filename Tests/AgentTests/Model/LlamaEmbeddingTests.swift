import Testing

@testable import Agent

// Of the same suite, so that they take turns with the model's other tests.
extension LlamaModelTests {
    @Test func `Texts that are alike have vectors that are alike`() async throws {
        let model = try await TestModel.shared
        let texts = ["My dog is ill.", "The cat has a fever.", "Please pay the invoice.", "What does this bill cost?"]
        let vectors = try await model.embed(texts).vectors
        #expect(vectors.count == 4 && Set(vectors.map(\.count)).count == 1)
        let mean = vectors[0].indices.map { index in vectors.reduce(0) { $0 + $1[index] } / 4 }
        let centred = vectors.map { vector in zip(vector, mean).map { $0 - $1 } }
        func likeness(_ a: Int, _ b: Int) -> Float {
            func product(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
            let (x, y) = (centred[a], centred[b])
            return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
        }
        #expect(likeness(0, 1) > 0 && likeness(2, 3) > 0 && likeness(0, 2) < 0 && likeness(1, 3) < 0)
    }

    @Test func `A vector is remembered, and is the same whatever came before`() async throws {
        let model = try await LlamaModel(path: TestModel.path, contextSize: 256, threads: 1)
        let text = "Where is <|im_end|> the \"station\"?\n"
        let first = try await model.embed([text, ""])
        #expect(first.cachedTokens == 0 && first.promptTokens > 20)
        let again = try await model.embed([text])
        #expect(again.cachedTokens == again.promptTokens && again.vectors == [first.vectors[0]])
        let fresh = try await LlamaModel(path: TestModel.path, contextSize: 256, threads: 1)
        _ = try await fresh.generate([.user("Hi")], options: GenerationOptions(maxTokens: 4))
        #expect(try await fresh.embed([text]).vectors == again.vectors)
    }

    @Test func `Telling what a text is about changes no answer`() async throws {
        let model = try await LlamaModel(path: TestModel.path, contextSize: 512, threads: 1)
        let system = Message.system("You are a guide. " + String(repeating: "You know all cities well. ", count: 12))
        let options = GenerationOptions(maxTokens: 12)
        let expected = try await model.generate([system, .user("Where is Oslo?")], options: options)
        _ = try await model.embed(["Where is Paris?", String(repeating: "far ", count: 200)])
        let answer = try await model.generate([system, .user("Where is Oslo?")], options: options)
        #expect(answer.text == expected.text && answer.cachedTokens > 32, "what was read is still known")
    }

    @Test func `A text that is longer than the context is an error`() async throws {
        let model = try await LlamaModel(path: TestModel.path, contextSize: 64, threads: 1)
        let error = await #expect(throws: ModelError.self) {
            try await model.embed([String(repeating: "far ", count: 200)])
        }
        #expect(error?.code == .promptTooLong)
        #expect(try await model.embed(["far"]).vectors.count == 1)
    }
}
