import Telemetry
import Testing

@testable import Agent

@Suite struct AdversarialDecodingTests {
    private struct Outcome {
        var generation: Generation
        var pieces: [String]
        var bytes: [UInt8]
        var source: AdversarialSource
    }

    private func answer(
        _ schema: Schema,
        _ taste: AdversarialSource.Taste,
        seed: UInt64,
        limit: Int
    ) throws -> Outcome {
        let source = AdversarialSource(taste, seed: seed)
        let pieces = Collected<String>()
        var answer = LlamaAnswer(
            start: .now,
            promptTokens: 1,
            limit: limit,
            stops: [],
            onPiece: { pieces.append($0) }
        )
        let prompt = LlamaToken(source.kinds.count - 1)  // Without a text.
        try StructuredDecoder(source: source, vocabulary: source.vocabulary)
            .generate(schema, behind: [prompt], into: &answer, flag: CancellationFlag())
        let bytes = source.read.flatMap { source.texts[Int($0)] }
        return Outcome(generation: answer.finished(), pieces: pieces.all, bytes: bytes, source: source)
    }

    @Test(arguments: AdversarialSource.Taste.allCases, 0..<6 as Range<UInt64>)
    func `Whatever the model likes best, the answer parses and fits, or was cut off`(
        taste: AdversarialSource.Taste,
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed &* 31 &+ 7)
        var finished = 0
        for round in 0..<30 as Range<UInt64> {
            let schema = Schema.random(depth: 3, using: &generator)
            let limit = [1, 5, 40, 400, 20_000].randomElement(using: &generator)!
            let outcome = try answer(schema, taste, seed: seed &* 1000 &+ round, limit: limit)
            let generation = outcome.generation
            let comment: Comment =
                "\(taste), seed \(seed), round \(round), limit \(limit): \(generation.text) by \(schema)"
            #expect(outcome.pieces.joined() == generation.text, comment)
            #expect(generation.completionTokens <= limit, comment)
            #expect(outcome.source.choices <= 4 * limit + 4, comment)
            #expect((0...generation.completionTokens).contains(generation.forcedTokens), comment)
            // What the model read is what was answered, but for what it needn't read any more.
            #expect(Array(generation.text.utf8).starts(with: outcome.bytes.wholeScalars), comment)
            if generation.finishReason == .stop {
                finished += 1
                let value = try JSONValue(parsing: generation.text)
                #expect(throws: Never.self, comment) { try schema.validate(value) }
            } else {
                #expect(generation.finishReason == .length && generation.completionTokens == limit, comment)
                #expect(DecodingState(SchemaProgram(schema)).allows(outcome.bytes), comment)
            }
        }
        #expect(finished >= 8, "of 30, \(finished) came to an end")
    }

    @Test(arguments: AdversarialSource.Taste.allCases)
    func `A bounded answer ends, however much the model would like to go on`(taste: AdversarialSource.Taste) throws {
        let schemas: [Schema] = [
            "string", "string 3..9", "number", "int", "string[]", #"{"a"?: string ..5, "b"?: (int | string ..3)[2..]}"#,
            #"string /[a-z]*\d+/"#, #""a" | "ab" | "abc""#,
        ]
        for (seed, schema) in schemas.enumerated() {
            let generation = try answer(schema, taste, seed: UInt64(seed), limit: .max / 2).generation
            #expect(generation.finishReason == .stop, "\(taste): \(schema)")
            let value = try JSONValue(parsing: generation.text)
            #expect(throws: Never.self, "\(taste): \(generation.text) by \(schema)") { try schema.validate(value) }
        }
    }

    @Test func `The vocabulary is masked only where the model's pick doesn't fit`() throws {
        let fitting = try answer("string 30..500", .letter, seed: 1, limit: 21)
        #expect(fitting.generation.text.hasSuffix(String(repeating: "a", count: 20)))
        #expect(fitting.source.maskings == 0)
        let other = try answer("int 10..99", .letter, seed: 1, limit: 9)
        #expect(other.generation.finishReason == .stop && other.source.maskings > 0)
    }

    @Test func `What is forced is read in one batch, or not at all`() throws {
        let schema: Schema = #"{"tool": "calculator", "isExact": boolean}"#
        let outcome = try answer(schema, .letter, seed: 1, limit: 400)
        // The prompt and all up to the value at once; behind the value, nothing is asked any more.
        #expect(outcome.generation.finishReason == .stop && outcome.source.batches == 1)
        #expect(try answer(#""only this""#, .letter, seed: 1, limit: 400).source.batches == 0)
    }

    @Test func `A model that likes halves of scalars writes whole ones`() throws {
        var written = Set<Character>()
        for seed in 0..<20 as Range<UInt64> {
            let outcome = try answer("string 5..20", .halves, seed: seed, limit: 400)
            #expect(outcome.generation.finishReason == .stop && !outcome.generation.text.contains("\u{FFFD}"))
            #expect(outcome.pieces.allSatisfy { !$0.contains("\u{FFFD}") })
            written.formUnion(outcome.generation.text.filter { !$0.isASCII })
        }
        #expect(written.count > 10, "\(written)")
    }
}

extension [UInt8] {
    /// The bytes without a scalar's beginning at their end.
    fileprivate var wholeScalars: ArraySlice<UInt8> {
        for missing in 0...3 where missing <= count {
            if String(validating: dropLast(missing), as: UTF8.self) != nil { return dropLast(missing) }
        }
        return self[...]
    }
}
