import Telemetry
import Testing

@testable import Agent

@Suite struct DecodingPropertyTests {
    /// Bytes that lead through anything, the structure of JSON more often than others.
    private static let alphabet =
        Array(#"""{}[]:, \\/nutf-.0123456789aeE"""#.utf8) + Array(0...255)

    /// A random text that the state allows, ended as soon as possible once it is long.
    private func text(_ state: DecodingState, using generator: inout SeededGenerator) throws -> [UInt8] {
        var state = state
        var text: [UInt8] = []
        while !state.isFinished {
            let forced = state.forced
            if !forced.isEmpty {
                try state.mustAdvance(forced)
                text += forced
                continue
            }
            if state.isComplete, Bool.random(using: &generator) { break }
            // Strings end early, so that the rest of the text gets its turn.
            var bytes = Self.alphabet.shuffled(using: &generator)
            if text.count > 300 { bytes.insert(contentsOf: Array("\"]},0123456789".utf8), at: 0) }
            let byte = bytes.first { state.advance($0) }
            text.append(try #require(byte, "nothing goes on behind \(text)"))
        }
        return text
    }

    @Test(arguments: 0..<8) func `Whatever is chosen among the allowed bytes, the result parses and fits`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let schema = Schema.random(depth: 3, using: &generator)
            let bytes = try text(DecodingState(SchemaProgram(schema)), using: &generator)
            let text = try #require(String(validating: bytes, as: UTF8.self))
            let value = try JSONValue(parsing: text)
            #expect(throws: Never.self, "\(text) by \(schema)") { try schema.validate(value) }
        }
    }

    @Test func `Every canonical text of a fitting value is accepted`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<1500 {
            let schema = Schema.random(depth: 3, using: &generator)
            let value = schema.sample(using: &generator)
            guard (try? schema.validate(value)) != nil else { continue }  // Ranges without a short number.
            var state = DecodingState(SchemaProgram(schema))
            let fits = state.advance(value.text.utf8) && state.isComplete
            #expect(fits, "\(value.text) by \(schema)")
        }
    }

    @Test func `A mutated text is accepted only if it still fits`() throws {
        var generator = SeededGenerator(seed: 12)
        var accepted = 0
        for _ in 0..<1500 {
            let schema = Schema.random(depth: 2, using: &generator)
            var bytes = Array(schema.sample(using: &generator).text.utf8)
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let byte = Self.alphabet.randomElement(using: &generator)!
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.insert(byte, at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                default: if place < bytes.count { bytes[place] = byte }
                }
            }
            var state = DecodingState(SchemaProgram(schema))
            guard state.advance(bytes), state.isComplete else { continue }
            accepted += 1
            let text = try #require(String(validating: bytes, as: UTF8.self))
            let value = try JSONValue(parsing: text)
            #expect(throws: Never.self, "\(text) by \(schema)") { try schema.validate(value) }
        }
        #expect(accepted > 20)
    }

    @Test func `A rejected byte changes nothing`() throws {
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<100 {
            let schema = Schema.random(depth: 2, using: &generator)
            var state = DecodingState(SchemaProgram(schema))
            for byte in try text(state, using: &generator) {
                let before = state.threads
                for other in Self.alphabet.prefix(40) {
                    var copy = state
                    if !copy.advance(other) { #expect(copy.threads == before) }
                }
                try state.mustAdvance([byte])
            }
        }
    }

    @Test func `The program's size is linear, and so are the threads`() throws {
        func size(_ count: Int) -> Int {
            let program = SchemaProgram(.object((0..<count).map { .optional("key\($0)", .string) }))
            return program.instructions.count + program.text.count
        }
        #expect(size(400) < 5 * size(100))
        let nested = (0..<64).reduce(Schema.null) { schema, _ in
            .object([.optional("a", schema), .optional("b", .null)])
        }
        #expect(SchemaProgram(nested).instructions.count < 64 * 20)
        let alike = Schema.array(of: .anyOf([.integer, .number, .array(of: .integer), .array(of: .number)]))
        var state = DecodingState(SchemaProgram(alike))
        try state.mustAdvance("[1, 2, [3, 4".utf8)
        #expect(state.threads.count <= 4)
    }
}

extension DecodingState {
    /// Goes on by bytes that are allowed.
    mutating func mustAdvance(_ bytes: some Sequence<UInt8>) throws {
        let isAllowed = advance(bytes)
        try #require(isAllowed)
    }

    func allows(_ bytes: some Sequence<UInt8>) -> Bool {
        var state = self
        return state.advance(bytes)
    }
}
