/// What a line may say, and at what length: limits, capture and redaction together.
///
/// A class, because each line that is written looks at it: a reference costs nothing to pass on. The redaction lies behind
/// a pointer, because a structure of that size would be copied, with all that it refers to, each time it is asked.
///
/// `@unchecked Sendable`: all is set once, before anyone else has the reference, and what the pointers lead to is
/// `Sendable` itself.
final class LinePolicy: @unchecked Sendable {
    /// What most lines need to know, and nothing that is counted by references.
    struct Rules {
        let limits: Limits
        /// The most bytes of an event type, a name or a key, and of an error's text: worked out once.
        let labelBytes: Int
        let errorBytes: Int
        let capture: ContentCapture
        /// Whether members of data are to be looked at one by one, the package's own included.
        let replacesMembers: Bool
        /// Whether values are masked by no other keys than those that are known to be secret.
        let masksKnownKeysOnly: Bool
        /// Names that stand in lines as they are.
        let names = KnownNames()
        /// Within reach here, because a global is asked first whether it has been made; the keys, too.
        let numbers = SmallNumbers.shared
        let keys = KnownKeys.shared
        /// What texts are looked through for.
        fileprivate let windows: UInt8
        fileprivate let pairs = SecretWindows.pairs
        /// What finds just these windows while it copies a text; `nil` if nothing does.
        let scan: TextScan?

        /// Whether there may be a secret in a text; if not, there is none.
        @inline(__always)
        func mayMask(_ text: UnsafeRawBufferPointer) -> Bool { SecretDetectors.mayFind(in: text, windows: windows) }

        /// The same for a text of so many bytes that is followed by letters up to a multiple of 16 bytes.
        @inline(__always)
        func mayMask(short text: UnsafeRawPointer, _ count: Int) -> Bool {
            count >= SecretDetectors.shortest && SecretDetectors.mayFind(inPadded: text, count, pairs, windows: windows)
        }
    }

    let rules: UnsafePointer<Rules>
    private let redaction: UnsafePointer<Redaction>
    /// For lines that are too long for the stack.
    let spare = SpareMemory()

    init(limits: Limits = Limits(), capture: ContentCapture = .truncated(), redaction: Redaction = Redaction()) {
        var limits = limits
        // The line and its data are two levels themselves, and the reader has a limit of its own.
        limits.depth = min(limits.depth, JSONValue.maximumDepth - 2)
        let rules = UnsafeMutablePointer<Rules>.allocate(capacity: 1)
        rules.initialize(
            to: Rules(
                limits: limits,
                labelBytes: limits.labelBytes,
                errorBytes: limits.errorBytes,
                capture: capture,
                replacesMembers: redaction.replacement != nil,
                masksKnownKeysOnly: redaction.masksSecretKeys && redaction.secretKeys.isEmpty
                    && redaction.plainKeys.isEmpty && redaction.replacement == nil && !redaction.masksCardNumbers,
                windows: redaction.windows,
                scan: redaction.windows == SecretWindows.secrets ? .best : nil
            )
        )
        self.rules = UnsafePointer(rules)
        let copy = UnsafeMutablePointer<Redaction>.allocate(capacity: 1)
        copy.initialize(to: redaction)
        self.redaction = UnsafePointer(copy)
    }

    deinit {
        rules.pointee.names.deallocate()
        rules.deallocate()
        UnsafeMutablePointer(mutating: redaction).deinitialize(count: 1)
        redaction.deallocate()
    }

    /// The text with its secrets masked; `nil` if there are none.
    func masked(_ text: String) -> String? {
        text.withBytes(rules.pointee.mayMask) ? redaction.pointee.masked(text) : nil
    }

    /// The value with all that must not be stored masked; `nil` if there is nothing of that.
    func masked(_ value: JSONValue, at key: String) -> JSONValue? {
        guard rules.pointee.masksKnownKeysOnly else { return redaction.pointee.masked(value, at: key) }
        switch value {
        case .null, .bool: return Optional.none
        case .integer, .number: return isSecret(key) ? .string(Redaction.mark) : Optional.none
        case .string(let text):
            return isSecret(key) ? .string(Redaction.mark) : masked(text).map(JSONValue.string)
        case .array, .object: return redaction.pointee.masked(value, at: key)
        }
    }

    /// Whether a value that is a text is masked wherever there is a secret in it, and nowhere else.
    func masksShapesOnly(at key: String) -> Bool { rules.pointee.masksKnownKeysOnly && !isSecret(key) }

    /// Whether a text has a secret that `Rules.scan` has found a window of.
    @inline(never)
    func hasSecret(in text: UnsafeRawBufferPointer, at window: Int) -> Bool {
        redaction.pointee.hasSecret(in: text, at: window)
    }

    private func isSecret(_ key: String) -> Bool { key.withBytes(SecretKeys.contains) }

    /// For lines of the package's own.
    static let standard = LinePolicy()

    /// Everything as it is.
    static let plain = LinePolicy(limits: .none, capture: .full, redaction: .none)
}
