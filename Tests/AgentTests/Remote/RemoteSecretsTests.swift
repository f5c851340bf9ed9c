import Foundation
import Telemetry
import Testing

@testable import Agent

@Suite struct RemoteSecretsTests {
    @Test(arguments: [
        RemoteBench.key, RemoteBench.key.replacing("/", with: #"\/"#), RemoteBench.key.replacing("/", with: "%2F"),
    ])
    func `a key that the server sends back reaches neither error nor log`(_ echo: String) async throws {
        let long = String(repeating: "\(echo) ", count: 5000)
        for body in ["Bad key \(echo)", #"{"error":{"message":"Bad key \#(echo)"}}"#, long] {
            let bench = try RemoteBench([.status("401 No", body: body)])
            let error = try await bench.failure()
            #expect(error.code == .unauthorized && error.message.contains("[API key]"))
            for secret in ["7f3a9c51", "sk-test"] {
                #expect(!error.message.contains(secret) && !bench.log.contains(secret))
            }
        }
        let bench = try RemoteBench([.stream("data: {\"error\":{\"message\":\"key \(RemoteBench.key)\"}}\n\n")])
        #expect(!(try await bench.failure()).message.contains("7f3a9c51") && !bench.log.contains("7f3a9c51"))
    }

    @Test func `printing or dumping a model doesn't show its key`() throws {
        let bench = try RemoteBench([])
        var text = "\(bench.model)"
        dump(bench.model, to: &text)
        #expect(text.contains("[API key]") && !text.contains("7f3a9c51"))
        var key = ""
        dump(APIKey(value: "sk-secret"), to: &key)
        #expect(!key.contains("sk-secret"))
    }

    @Test func `a key cut at the end of a text is masked, too`() {
        let key = APIKey(value: "sk-0123456789")
        #expect(key.masked("a sk-0123456789 b sk-01234") == "a [API key] b [API key]")
    }

    @Test func `the key comes from the variable that is named`() throws {
        #expect(try APIKey.read("MINE", from: ["MINE": "a", "OPENAI_API_KEY": "b"])?.value == "a")
        #expect(try APIKey.read(nil, from: ["OPENAI_API_KEY": "b"])?.value == "b")
        #expect(try APIKey.read(nil, from: [:]) == nil)
        for environment in [[:], ["MINE": ""], ["MINE": "se\r\ncret"], ["MINE": "schlüssel"]] {
            let error = #expect(throws: ModelError.self) { try APIKey.read("MINE", from: environment) }
            #expect(error?.code == .invalidServer && error?.message.hasPrefix("MINE: ") == true)
            #expect(error?.message.contains("cret") == false)
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8080/v1", "Write http://127.0.0.1:8080/v1"),
        ("localhost:8080/v1", "Write http://localhost:8080/v1"),
        ("ftp://host/v1", "Write http://host/v1"), ("http:///v1", "has no host"),
        ("http://127.0.0.1:8080", "Write http://127.0.0.1:8080/v1"), ("https://host/", "Write https://host/v1"),
        ("http://host/v1/chat/completions", "leave out /chat/completions"), ("", "no scheme"), ("a b", "not a URL"),
        ("http://user:hunter2@host/v1", "ends up in logs"), ("host/v1?key=hunter2", "no scheme"),
        ("http://user:hunt/er2@host?key=hunter2", ""),
    ])
    func `a base URL that can't be used is told so, without its secrets`(_ url: String, _ reason: String) {
        let error = #expect(throws: ModelError.self) { try OpenAICompatibleModel(baseURL: url) }
        #expect(error?.code == .invalidServer && (reason.isEmpty || error?.message.contains(reason) == true), "\(url)")
        #expect(error?.message.contains("er2") == false, "\(error?.message ?? "")")
    }

    @Test func `a query goes with the request, and is not shown`() throws {
        let address = try ServerAddress("https://host:99/openai/v1/?api-version=hunter2")
        #expect(address.endpoint.absoluteString == "https://host:99/openai/v1/chat/completions?api-version=hunter2")
        #expect(address.shown == "https://host:99/openai/v1/chat/completions" && address.host == "host:99")
    }
}
