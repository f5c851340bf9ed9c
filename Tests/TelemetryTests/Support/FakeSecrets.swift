/// Secrets that nobody has, put together from parts so that no scanner takes this repository for one that leaks.
struct FakeSecrets {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let alphanumeric = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    static let hexadecimal = Array("0123456789abcdef")
    static let base64URL = alphanumeric + ["-", "_"]
    static let base64 = alphanumeric + ["+", "/"]

    mutating func word(_ length: Int, of characters: [Character] = alphanumeric) -> String {
        String((0..<length).map { _ in characters.randomElement(using: &generator)! })
    }

    /// Provider keys and their kinds.
    mutating func providerKeys() -> [(secret: String, kind: String)] {
        [
            ("sk" + "-" + word(48), "openai"), ("sk" + "-proj-" + word(124, of: Self.base64URL), "openai"),
            ("sk" + "-svcacct-" + word(100, of: Self.base64URL), "openai"),
            ("sk" + "-or-v1-" + word(64, of: Self.hexadecimal), "openai"),
            ("sk" + "-ant-api03-" + word(93, of: Self.base64URL) + "AA", "anthropic"),
            ("AI" + "za" + word(35, of: Self.base64URL), "google"), ("gh" + "p_" + word(36), "github"),
            ("gh" + "o_" + word(36), "github"), ("gh" + "u_" + word(36), "github"),
            ("gh" + "s_" + word(36), "github"), ("gh" + "r_" + word(76), "github"),
            ("github" + "_pat_" + word(22) + "_" + word(59), "github"),
            ("glp" + "at-" + word(20, of: Self.base64URL), "gitlab"),
            ("xo" + "xb-" + word(12, of: Array("0123456789")) + "-" + word(24), "slack"),
            ("xo" + "xp-" + word(40), "slack"), ("sk" + "_live_" + word(24), "stripe"),
            ("rk" + "_live_" + word(24), "stripe"), ("sk" + "_test_" + word(99), "stripe"),
            ("hf" + "_" + word(34), "huggingface"), ("AK" + "IA" + word(16, of: Self.upper), "aws"),
            ("AS" + "IA" + word(16, of: Self.upper), "aws"), ("np" + "m_" + word(36), "npm"),
            ("gs" + "k_" + word(52), "groq"), ("xa" + "i-" + word(80), "xai"), ("ppl" + "x-" + word(48), "perplexity"),
            ("r8" + "_" + word(37), "replicate"),
        ]
    }

    mutating func webToken() -> String {
        "ey" + "JhbGciOiJIUzI1NiJ9" + "." + "ey" + "J" + word(80, of: Self.base64URL) + "."
            + word(43, of: Self.base64URL)
    }

    mutating func keyBlock(_ label: String = "RSA PRIVATE KEY", lineEnd: String = "\n") -> String {
        let dashes = String(repeating: "-", count: 5)
        let lines = (0..<12).map { _ in word(64, of: Self.base64) } + [word(30, of: Self.base64) + "=="]
        return ([dashes + "BEGIN \(label)" + dashes] + lines + [dashes + "END \(label)" + dashes])
            .joined(separator: lineEnd)
    }

    /// All that are found wherever they stand as words of their own.
    mutating func all() -> [(secret: String, kind: String)] {
        providerKeys() + [
            (webToken(), "jwt"), (keyBlock(), "private-key"), (keyBlock("PRIVATE KEY", lineEnd: "\\n"), "private-key"),
            (keyBlock("PGP PRIVATE KEY BLOCK"), "private-key"), (keyBlock("OPENSSH PRIVATE KEY"), "private-key"),
        ]
    }
}
