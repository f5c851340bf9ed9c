/// What must not be stored: secrets by the key at which they stand or by their shape, and what you add to them.
///
/// On by default for keys and for shapes of secrets. What is masked becomes `[redacted]`, or `[redacted:jwt]` where its
/// shape says what it was.
///
/// Keys are compared without their case and without `-`, `_`, `.` and spaces, by how they end: `Authorization`,
/// `X-Api-Key`, `OPENAI_API_KEY`, `dbPassword` and `refresh_token` are secret; `prompt_tokens`, `max_token` and
/// `session_id` are not.
///
/// Shapes are looked for in any text: keys as OpenAI, Anthropic, Google, Groq, xAI, Perplexity, Replicate, GitHub, GitLab,
/// Slack, Stripe, Hugging Face, AWS and npm issue them, bearer and basic credentials, JSON Web Tokens, private keys, values of `password=…`, `"token": "…"`
/// and the like, and passwords in URLs.
///
/// Redaction comes before any cut of long texts, so that a limit can't leave the half of a secret that is not
/// recognised any more.
///
/// For example:
/// ```swift
/// var redaction = Redaction()
/// redaction.secretKeys = ["ssn"]
/// redaction.masksEmailAddresses = true
/// redaction.replacement = { key, value in key == "user_name" ? "someone" : value }
/// ```
public struct Redaction: Sendable {
    /// Whether values at the keys that are known to be secret are masked.
    public var masksSecretKeys: Bool { didSet { keys.masksKnownKeys = masksSecretKeys } }
    /// Whether secrets are masked that texts have by their shape.
    public var masksSecretShapes: Bool
    /// Whether e-mail addresses are masked.
    public var masksEmailAddresses: Bool
    /// Whether numbers of payment cards are masked: 13 to 19 digits, with spaces or dashes between groups, whose last
    /// digit is right by Luhn's algorithm.
    public var masksCardNumbers: Bool

    /// Keys that are secret as well.
    ///
    /// Case and `-`, `_`, `.` and spaces make no difference.
    public var secretKeys: [String] { didSet { keys.added = KeyList(secretKeys) } }

    /// Keys that are not secret, though their names say so.
    ///
    /// They win over ``secretKeys``. Shapes within their values are masked all the same.
    public var plainKeys: [String] { didSet { keys.removed = KeyList(plainKeys) } }

    /// Your own rule: it is called for each member of a span's data, at every depth, with what the other rules have made
    /// of the value, and returns what is to be stored.
    ///
    /// Elements of arrays come with the array. It runs where a span ends, on any thread, and must not call the recorder.
    public var replacement: (@Sendable (_ key: String, _ value: JSONValue) -> JSONValue)?

    private var keys: KeyRules

    /// Keys and shapes of secrets, unless told otherwise.
    public init(
        masksSecretKeys: Bool = true,
        masksSecretShapes: Bool = true,
        masksEmailAddresses: Bool = false,
        masksCardNumbers: Bool = false,
        secretKeys: [String] = [],
        plainKeys: [String] = [],
        replacement: (@Sendable (_ key: String, _ value: JSONValue) -> JSONValue)? = nil
    ) {
        self.masksSecretKeys = masksSecretKeys
        self.masksSecretShapes = masksSecretShapes
        self.masksEmailAddresses = masksEmailAddresses
        self.masksCardNumbers = masksCardNumbers
        self.secretKeys = secretKeys
        self.plainKeys = plainKeys
        self.replacement = replacement
        keys = KeyRules(masksKnownKeys: masksSecretKeys, added: KeyList(secretKeys), removed: KeyList(plainKeys))
    }

    /// Nothing is masked.
    public static let none = Redaction(masksSecretKeys: false, masksSecretShapes: false)

    // MARK: Keys

    /// Whether the value at a key is masked, whatever it is.
    ///
    /// - Parameter key: The key in UTF-8.
    public func masks(key: UnsafeRawBufferPointer) -> Bool { keys.masks(key) }

    /// Whether the value at a key is masked, whatever it is.
    public func masks(key: String) -> Bool { key.withBytes { masks(key: $0) } }

    // MARK: Texts

    /// The first secret that begins at byte `start` or later: the bytes to mask, and what they are, such as `jwt`.
    ///
    /// The range begins and ends between characters.
    ///
    /// - Complexity: Linear in the length of the text, whatever it is.
    public func firstSecret(
        in text: UnsafeRawBufferPointer,
        from start: Int = 0
    ) -> (range: Range<Int>, kind: StaticString)? {
        SecretDetectors.first(in: text, from: start, windows: windows, keys)
    }

    /// The text with its secrets masked; `nil` if there are none.
    public func masked(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            guard var next = firstSecret(in: bytes) else { return nil }
            var masked = ByteBuffer(capacity: bytes.count + 64)
            var end = 0
            while true {
                masked.append(UnsafeRawBufferPointer(rebasing: bytes[end..<next.range.lowerBound]))
                masked.append("[redacted:" as StaticString)
                masked.append(next.kind)
                masked.append(UInt8(ascii: "]"))
                end = next.range.upperBound
                guard let following = firstSecret(in: bytes, from: end) else { break }
                next = following
            }
            masked.append(UnsafeRawBufferPointer(rebasing: bytes[end...]))
            return masked.text
        }
    }

    /// Whether a text has a secret that has this window.
    func hasSecret(in text: UnsafeRawBufferPointer, at window: Int) -> Bool {
        SecretDetectors.hasSecret(in: text, at: window, keys)
    }

    /// What texts are looked through for.
    var windows: UInt8 {
        (masksSecretShapes ? SecretWindows.secrets : 0) | (masksEmailAddresses ? SecretWindows.email : 0)
            | (masksCardNumbers ? SecretWindows.card : 0)
    }

    /// What stands for a value that is masked by its key.
    static let mark = "[redacted]"
}
