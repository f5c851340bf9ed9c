import Agent
import Foundation

/// What answers: a model in a file, or one at a server.
struct Answerer {
    static let defaultFile = "models/SmolLM2-135M-Instruct.Q4_1.gguf"

    /// A file's path, or a model's name at the server; `nil` for the default.
    var model: String?
    /// The server's base URL.
    var server: String?

    /// The model, ready to answer; shows how far it is when somebody watches.
    func load() async throws -> any LanguageModel {
        if let server { return try OpenAICompatibleModel(baseURL: server, model: model) }
        let path = model ?? Self.defaultFile
        guard isatty(STDERR_FILENO) == 1 else { return try await LlamaModel(path: path) }
        defer { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        return try await LlamaModel(path: path) { fraction in
            FileHandle.standardError.write(Data("\rLoading the model … \(Int(fraction * 100)) %".utf8))
        }
    }
}
