import Telemetry
import Testing

struct HostileRedactionTests {
    /// Pieces of which texts are made that look like the beginning of a secret again and again.
    static let pieces: [String] = [
        "eyJ", "eyJ.", "eyJaaaaaaaaaa.", "eyJaaaaaaaaaa.eyJ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n", "-----", "-BE", "sk-", "sk-a ", "\\nsk-", "%3Dsk-", "ghp_", "github_pat_",
        "glpat-", "glpat-.", "xoxb-", "AKIA", "hf_", "npm_", "gsk_", "xai-", "pplx-", "r8_", "sk_live_", "Bearer ",
        "Bearer a/", "Basic ", "Basic YWFh",
        "bearer", "password=", "password = ", "password: \"", "token=token", "token='", "\"token\":",
        "\\\"token\\\":\\\"",
        "--token ", "cookie: ", "Cookie: a=", "authorization: ", "authorization: a ", "://", "a://", "a://b:",
        "a://b:c",
        "@", "a@", "a@b.", "a.", "4", "41", "4111 ", "4111-1111-1111-1111-", "_", "-", "oke", "token", "token-", "\\",
        "%",
        "\"", "password=$", "password=password", "\u{0}", "é",
    ]

    @Test(arguments: pieces)
    func `hostile text takes linear time`(piece: String) {
        // What takes the square of its length would take many minutes.
        let text = String(repeating: piece, count: (512 << 10) / piece.utf8.count)
        let redaction = Redaction(
            masksEmailAddresses: true,
            masksCardNumbers: true,
            secretKeys: ["ssn"],
            plainKeys: ["x"]
        )
        let time = processorTime {
            _ = redaction.masked(text)
            _ = redaction.masked("eyJ" + text)
            _ = redaction.masked("password=\"" + text)
        }
        #expect(time < .seconds(30))
    }

    @Test func `random mixtures neither trap nor leave a whole secret`() {
        var generator = SeededGenerator(seed: 5)
        var fakes = FakeSecrets(seed: 6)
        let redaction = Redaction(masksEmailAddresses: true, masksCardNumbers: true)
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                text += Self.pieces.randomElement(using: &generator)!
            }
            let cut = Int.random(in: 0...text.unicodeScalars.count, using: &generator)
            let head = String(String.UnicodeScalarView(text.unicodeScalars.prefix(cut)))
            _ = redaction.masked(head)
            let secret = fakes.providerKeys().randomElement(using: &generator)!.secret
            #expect(redaction.masked(head + " " + secret + " ")?.contains(secret) == false)
        }
    }
}
