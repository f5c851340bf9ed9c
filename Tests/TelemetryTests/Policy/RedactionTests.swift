import Telemetry
import Testing

struct RedactionTests {
    let redaction = Redaction()

    private static var secrets: [(secret: String, kind: String)] {
        var fakes = FakeSecrets(seed: 1)
        return (0..<20).flatMap { _ in fakes.all() }
    }

    @Test(arguments: [
        ("", ""), ("The key is ", "."), ("key: \"", "\", next"), ("(", ")"), ("`", "`"), ("é", "é"), ("x=", "&y=1"),
        ("{\\\"a\\\":\\\"", "\\\"}"), ("a\\n", "\\nb"), ("%20", " "), ("[", "]("), ("<b>", "</b>"), ("日本", "語"),
    ])
    func `well-known secrets are masked wherever they stand`(before: String, after: String) {
        for (secret, kind) in Self.secrets {
            #expect(redaction.masked(before + secret + after) == before + "[redacted:\(kind)]" + after)
        }
    }

    @Test func `a secret is found at every offset, and all of several are`() {
        for (secret, kind) in Self.secrets {
            for offset in 0..<20 {
                let filling = String(repeating: " ", count: offset)
                let text = filling + secret + " " + filling + secret + " and so on"
                let mask = "[redacted:\(kind)]"
                #expect(redaction.masked(text) == filling + mask + " " + filling + mask + " and so on")
            }
        }
    }

    @Test func `what is masked already isn't masked again`() {
        for (secret, _) in Self.secrets {
            for text in [
                "a \(secret) b", "token=\(secret)", "Authorization: Bearer \(secret)",
                "\"token\": \"\(secret)\"",
            ] {
                let masked = redaction.masked(text)
                #expect(masked != nil)
                #expect(masked.flatMap { redaction.masked($0) } == nil)
            }
        }
    }

    @Test func `a web token or a private key that was cut is masked`() {
        var fakes = FakeSecrets(seed: 2)
        let token = fakes.webToken()
        for length in stride(from: token.count, to: 40, by: -7) {
            #expect(redaction.masked("a " + token.prefix(length)) == "a [redacted:jwt]")
        }
        let block = fakes.keyBlock()
        for length in stride(from: block.count - 1, to: 60, by: -11) {
            let masked = redaction.masked("a " + block.prefix(length))
            #expect(masked?.hasPrefix("a [redacted:private-key]") == true)
            #expect(masked?.dropFirst(24).allSatisfy { "\n-END RSA PRIVATE KEY".contains($0) } == true)
        }
    }

    static let named: [(String, String)] = [
        ("?password=x&b=1", "?password=[redacted:secret]&b=1"),
        ("https://host/a?b=1&token=abc#top", "https://host/a?b=1&token=[redacted:secret]#top"),
        ("https://host/a?api_key=%24abc&c", "https://host/a?api_key=[redacted:secret]&c"),
        ("export OPENAI_API_KEY=abcdef12", "export OPENAI_API_KEY=[redacted:secret]"),
        ("PGPASSWORD=swordfish psql", "PGPASSWORD=[redacted:secret] psql"),
        ("aws_secret_access_key = wJalr/XUtn/K7MDENG+bPx", "aws_secret_access_key = [redacted:secret]"),
        ("AWS_SECRET_ACCESS_KEY=wJalr/XUtn/K7MDENG+bPx", "AWS_SECRET_ACCESS_KEY=[redacted:secret]"),
        ("{\"password\": \"hunter2\"}", "{\"password\": \"[redacted:secret]\"}"),
        ("{\"password\":\"a \\\"b\\\" c\",\"x\":1}", "{\"password\":\"[redacted:secret]\",\"x\":1}"),
        ("{\\\"client_secret\\\":\\\"hunter2\\\"}", "{\\\"client_secret\\\":\\\"[redacted:secret]\\\"}"),
        ("{'accessToken': 'abc'}", "{'accessToken': '[redacted:secret]'}"),
        ("let apiKey = \"abc\"", "let apiKey = \"[redacted:secret]\""),
        ("password: hunter2", "password: [redacted:secret]"),
        ("--password hunter2 --verbose", "--password [redacted:secret] --verbose"),
        ("--api-key=hunter2", "--api-key=[redacted:secret]"),
        ("X-Api-Key: 0a1b2c3d4e", "X-Api-Key: [redacted:secret]"),
        ("Cookie: sid=abc; theme=dark\nHost: x", "Cookie: [redacted:secret]\nHost: x"),
        ("Set-Cookie: sid=abc; HttpOnly", "Set-Cookie: [redacted:secret]"),
        ("Authorization: Bearer abc123def456", "Authorization: Bearer [redacted:secret]"),
        ("Authorization: ApiKey abc123def456", "Authorization: ApiKey [redacted:secret]"),
        ("curl -H 'authorization: bearer abc123def456'", "curl -H 'authorization: bearer [redacted:secret]'"),
        ("Bearer abc123def456", "Bearer [redacted:bearer]"),
        ("Proxy: BASIC dXNlcjpwYXNzd29yZA==", "Proxy: BASIC [redacted:basic]"),
        ("token%3Dabc123 x", "token%3D[redacted:secret] x"),
        ("postgres://ann:pa$s@db/x", "postgres://ann:[redacted:password]@db/x"),
        ("see http://:pw@h and ftp://a:b@c", "see http://:[redacted:password]@h and ftp://a:[redacted:password]@c"),
        ("passphrase=correcthorse", "passphrase=[redacted:secret]"),
    ]

    @Test(arguments: named)
    func `the value of a secret name is masked, and no more`(text: String, expected: String) {
        #expect(redaction.masked(text) == expected)
        for offset in 1..<9 {
            let filling = String(repeating: ".", count: offset - 1) + "\n"
            #expect(redaction.masked(filling + text) == filling + expected)
        }
    }

    @Test func `where the shape of a named value is known, the mask says it`() {
        for (secret, kind) in Self.secrets where kind != "private-key" {
            #expect(redaction.masked("api_key=\(secret)") == "api_key=[redacted:\(kind)]")
        }
    }

    @Test(arguments: [
        "The password is required, and the token: a unit of text.", "A bearer of bad news; Bearer authentication",
        "Basic understanding of tokens", "Basic authentication: user and password", "token=token", "key=value",
        "def f(password=None, token=self.token, api_key=os.environ[\"KEY\"]):", "let token: String = makeToken()",
        "if token == nil { return }", "password = getpass.getpass()",
        "{\"token\": \"string\", \"password\": \"<password>\"}",
        "{\"prompt_tokens\": 12, \"completion_tokens\": 34}", "max_tokens=4096&eos_token=abcdef1",
        "tokens_per_second=140.25",
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "123e4567-e89b-12d3-a456-426614174000",
        "task-force-of-the-united-nations-2024", "class=\"sk-loading-spinner-container-element\"",
        "disk_live_migration_of_virtual_machines", "a risk-free trial", "https://example.com:8080/a@b?c=d",
        "https://user@example.com/", "see https://a.b/c and mailto:ann@example.com",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "A key begins with -----BEGIN PRIVATE KEY----- and then comes base64.", "eyJ is what a JWT begins with",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk", "AKIA", "$TOKEN",
        "hf_hub_download", "an_xai-based_approach_to_the_question", "task_id_of_the_request", "r8_benchmark",
        "token=$TOKEN", "Authorization: Bearer $OPENAI_API_KEY", "Authorization: Bearer <token>", "password=\"\"",
        "npm_config_registry_of_the_whole_company", "import github_pattern_matching_library_for_all_of_us",
        "func masks(key: UnsafeRawBufferPointer) -> Bool", "The cookie: a small biscuit", "secret=", "token:",
        "\"token\":",
    ])
    func `what is no secret stays`(text: String) {
        #expect(redaction.masked(text) == nil)
    }

    @Test func `ids, numbers and random base64 stay`() {
        var fakes = FakeSecrets(seed: 3)
        for _ in 0..<2000 {
            #expect(redaction.masked(fakes.word(32, of: FakeSecrets.hexadecimal)) == nil)
            #expect(redaction.masked("id " + fakes.word(16, of: FakeSecrets.hexadecimal) + ", next") == nil)
            #expect(redaction.masked(fakes.word(40, of: FakeSecrets.alphanumeric)) == nil)
        }
        #expect(redaction.masked(fakes.word(100_000, of: FakeSecrets.base64)) == nil)
    }

    @Test func `texts stay valid whatever is masked`() {
        var generator = SeededGenerator(seed: 4)
        var fakes = FakeSecrets(seed: 4)
        for _ in 0..<300 {
            let secret = fakes.all().randomElement(using: &generator)!.secret
            let before = generator.text(atMost: 40) + " "
            let after = " " + generator.text(atMost: 40)
            let masked = redaction.masked(before + secret + after)
            #expect(masked?.contains(secret) == false)
            #expect(masked?.contains("\u{FFFD}") == (before + after).contains("\u{FFFD}"))
        }
    }

    @Test func `without shapes no text is masked`() {
        for (secret, _) in Self.secrets {
            #expect(Redaction(masksSecretShapes: false).masked(secret) == nil)
            #expect(Redaction.none.masked("password=\(secret)") == nil)
        }
    }

    @Test(arguments: 0..<64)
    func `the range that is found is the secret's own`(offset: Int) throws {
        var fakes = FakeSecrets(seed: UInt64(offset))
        let secret = fakes.webToken()
        let text = Array((String(repeating: "a ", count: offset) + secret + " b").utf8)
        try text.withUnsafeBytes { bytes in
            let found = try #require(redaction.firstSecret(in: bytes))
            #expect(found.range == (2 * offset)..<(2 * offset + secret.utf8.count))
            #expect(redaction.firstSecret(in: bytes, from: found.range.upperBound) == nil)
            #expect(redaction.firstSecret(in: bytes, from: bytes.count) == nil)
            #expect(redaction.firstSecret(in: bytes, from: .max) == nil)
        }
    }
}
