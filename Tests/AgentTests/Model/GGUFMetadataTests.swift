import Foundation
import Testing

@testable import Agent

@Suite struct GGUFMetadataTests {
    private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    private func string(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

    /// The head of a GGUF file with this vocabulary.
    private func file(_ tokens: [String], types: Int? = nil) -> [UInt8] {
        var file = Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(types == nil ? 2 : 3))
        file += string("general.name") + bytes(UInt32(8)) + string("test")
        if let types {
            file += string("tokenizer.ggml.token_type") + bytes(UInt32(9)) + bytes(UInt32(5)) + bytes(UInt64(types))
            file += (0..<types).flatMap { _ in bytes(Int32(1)) }
        }
        file += string("tokenizer.ggml.tokens") + bytes(UInt32(9)) + bytes(UInt32(8)) + bytes(UInt64(tokens.count))
        return file + tokens.flatMap(string)
    }

    private func flaw(_ file: [UInt8]) -> String? { file.withUnsafeBytes { GGUFMetadata.flaw(in: $0) } }

    @Test func `Distinct tokens are no flaw`() {
        #expect(flaw(file(["a", "b", "ab", "ba", "", ""], types: 6)) == nil)
        #expect(flaw(file((0..<5000).map { "token\($0)" })) == nil)
        #expect(flaw(file([])) == nil)
    }

    @Test func `Two tokens of one text are one`() {
        #expect(flaw(file(["a", "bc", "a\0c"])) == "token 2 has the same text as token 0")
        #expect(flaw(file(["a", "\0b", "\0c"])) == nil)
        #expect(flaw(file(["a", "b", "c", "b"])) == "token 3 has the same text as token 1")
    }

    @Test func `Too few types are one`() {
        #expect(flaw(file(["a", "b"], types: 1)) == "tokenizer.ggml.token_type has 1 values for 2 tokens")
    }

    /// The head of a GGUF file with one value of that type.
    private func file(_ key: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
        Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(1)) + string(key) + bytes(type) + value
    }

    @Test(arguments: [(0, false), (1, true), (30, true), (512, true), (513, false), (.max, false)] as [(UInt32, Bool)])
    func `A count of layers that llama.cpp has no room for is a flaw`(_ count: UInt32, _ isRight: Bool) {
        let flaw = flaw(file("llama.block_count", 4, bytes(count)))
        #expect(flaw == (isRight ? nil : "llama.block_count is \(count)"))
    }

    @Test(arguments: [(1e-5, true), (0, true), (-1e-5, false), (.nan, false), (.infinity, false)] as [(Float, Bool)])
    func `An epsilon with which no norm can be computed is a flaw`(_ epsilon: Float, _ isRight: Bool) {
        let key = "llama.attention.layer_norm_rms_epsilon"
        let flaw = flaw(file(key, 6, bytes(epsilon.bitPattern)))
        #expect(flaw == (isRight ? nil : "\(key) is \(epsilon)"))
    }

    @Test func `A scaling that llama.cpp doesn't know is a flaw`() {
        #expect(flaw(file("llama.rope.scaling.type", 8, string("yarn"))) == nil)
        #expect(flaw(file("llama.rope.scaling.type", 8, string("yaro")))?.contains("none of none, linear") == true)
    }

    @Test(
        arguments: [("llama.block_count", 0x7F), ("llama.attention.layer_norm_rms_epsilon", 0xB7)] as [(String, UInt8)]
    )
    func `A model with a damaged number is an error and not the end of the process`(
        _ key: String,
        _ last: UInt8
    ) async throws {
        try TestModel.require()
        try await TestModel.withDirectory { directory in
            let file = directory.appendingPathComponent("damaged.gguf")
            try FileManager.default.copyItem(atPath: TestModel.path, toPath: file.path)
            let handle = try FileHandle(forUpdating: file)
            let head = Array(try #require(try handle.read(upToCount: 4096)))
            // Behind the key: the type, and the number's four bytes, of which the last is changed.
            let end = try #require(head.firstRange(of: string(key))).upperBound
            try handle.seek(toOffset: UInt64(end + 7))
            try handle.write(contentsOf: [last])
            try handle.close()
            let error = await #expect(throws: ModelError.self) { try await LlamaModel(path: file.path) }
            #expect(error?.code == .damagedModel && error?.message.contains("\(key) is ") == true)
        }
    }

    @Test func `Whatever is cut off or damaged is read without a crash`() {
        let whole = file(["a", "b", "c", "b"], types: 4)
        for count in whole.indices { _ = flaw(Array(whole.prefix(count))) }
        for place in whole.indices {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                var damaged = whole
                damaged[place] = value
                _ = flaw(damaged)
            }
        }
    }

    @Test func `A model with a damaged vocabulary is an error and not the end of the process`() async throws {
        try TestModel.require()
        try await TestModel.withDirectory { directory in
            let head = try FileHandle(forReadingFrom: URL(fileURLWithPath: TestModel.path)).read(upToCount: 4 << 20)
            var bytes = Array(try #require(head))
            // "Ġ" stands for a space.
            let place = try #require(bytes.firstRange(of: [5, 0, 0, 0, 0, 0, 0, 0] + Array("Ġthe".utf8)))
            bytes.replaceSubrange(place, with: [5, 0, 0, 0, 0, 0, 0, 0] + Array("Ġand".utf8))
            let file = directory.appendingPathComponent("damaged.gguf")
            try Data(bytes).write(to: file)
            let error = await #expect(throws: ModelError.self) { try await LlamaModel(path: file.path) }
            #expect(error?.code == .damagedModel)
            #expect(error?.message.contains("has the same text as token") == true)
        }
    }
}
