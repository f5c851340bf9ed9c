/// What llama.cpp takes for granted in a GGUF file's metadata, and ends the process where it isn't so.
///
/// The format is described in ggml's `docs/gguf.md`. Only what is needed is read, each step with a check of bounds; what
/// llama.cpp checks itself, and says so, is left to it. Nothing tells whether the weights are what they were: a file has
/// no sums, and damage among them shows in the answers alone.
struct GGUFMetadata {
    /// What is wrong with the metadata in the beginning of a file; `nil` if nothing is, or if that's for llama.cpp to say.
    ///
    /// - Complexity: Linear in the size of the metadata: a few milliseconds for 50,000 tokens.
    static func flaw(in file: UnsafeRawBufferPointer) -> String? {
        var reader = GGUFReader(bytes: file)
        guard reader.skip(4), let version = reader.integer(UInt32.self), version >= 2,
            reader.integer(UInt64.self) != nil, let pairs = reader.integer(UInt64.self)
        else { return nil }
        var metadata = GGUFMetadata()
        for _ in 0..<min(pairs, 100_000) {
            guard let key = reader.string(), let type = reader.integer(UInt32.self) else { return nil }
            let name = String(decoding: key, as: UTF8.self)
            guard type == GGUFReader.array else {
                let value = Value(type: type, start: reader.place)
                guard reader.skipValue(type) else { return nil }
                metadata.values[name] = value
                continue
            }
            guard let element = reader.integer(UInt32.self), let count = reader.integer(UInt64.self) else { return nil }
            metadata.arrays[name] = Elements(type: element, count: count, start: reader.place)
            guard reader.skipElements(element, count) else { return nil }
        }
        return metadata.flawOfParameters(&reader) ?? metadata.flawOfVocabulary(&reader)
    }

    private struct Value {
        var type: UInt32
        var start: Int
    }

    private struct Elements {
        var type: UInt32
        var count: UInt64
        var start: Int
    }

    private var values: [String: Value] = [:]
    private var arrays: [String: Elements] = [:]

    /// Numbers and names that are only asserted when a model is made of them, or when it computes.
    private func flawOfParameters(_ reader: inout GGUFReader) -> String? {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            reader.place = value.start
            switch (value.type, name.split(separator: ".", maxSplits: 1).last) {
            case (GGUFReader.unsigned, "block_count"):
                // LLAMA_MAX_LAYERS in llama-hparams.h.
                guard let count = reader.integer(UInt32.self), !(1...512).contains(count) else { continue }
                return "\(name) is \(count)"
            case (GGUFReader.float, let suffix?) where suffix.hasSuffix("_epsilon"):
                guard let bits = reader.integer(UInt32.self), !(0...1).contains(Float(bitPattern: bits)) else {
                    continue
                }
                return "\(name) is \(Float(bitPattern: bits))"
            case (GGUFReader.string, "rope.scaling.type"):
                let known = ["none", "linear", "yarn", "longrope"]
                guard let text = reader.string(), !known.contains(String(decoding: text, as: UTF8.self)) else {
                    continue
                }
                return "\(name) is none of \(known.joined(separator: ", "))"
            default: continue
            }
        }
        return nil
    }

    private func flawOfVocabulary(_ reader: inout GGUFReader) -> String? {
        guard let tokens = arrays["tokenizer.ggml.tokens"], tokens.type == GGUFReader.string else { return nil }
        for name in ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"] {
            guard let array = arrays[name], array.count < tokens.count else { continue }
            return "\(name) has \(array.count) values for \(tokens.count) tokens"
        }
        reader.place = tokens.start
        return reader.duplicate(in: Int(tokens.count)).map {
            "token \($0.second) has the same text as token \($0.first)"
        }
    }
}
