/// Keys whose values are secret, whatever these look like.
///
/// A key is compared without its case and without the `-`, `_`, `.` and spaces within: `X-Api-Key`, `x_api_key` and
/// `xApiKey` are one. What counts is how it ends, so that `OPENAI_API_KEY` and `dbPassword` are secret too.
enum SecretKeys {
    /// What stands before `key` in secret keys.
    private static let keyOwners: [StaticString] = [
        "api", "private", "secret", "access", "encryption", "signing", "master", "ssh", "account", "auth",
    ]

    /// What stands before `token` where it is the language model's kind of token, not a secret.
    private static let harmlessTokens: [StaticString] = [
        "bos", "eos", "pad", "unk", "sep", "cls", "mask", "stop", "start", "begin", "end", "first", "last", "next",
        "previous", "prev", "per", "perprompt", "max", "min", "new", "special", "image", "audio", "text", "input",
        "output", "prompt", "completion", "cached", "total", "num", "tool", "control", "reasoning", "draft",
    ]

    /// Whether values at `key` are secret.
    ///
    /// - Complexity: Most keys are told by their last two letters.
    static func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        var end = key.count
        guard end >= 3 else { return false }
        let isPlural = key[end - 1] | 0x20 == UInt8(ascii: "s")
        if isPlural { end -= 1 }
        func ends(in ending: StaticString) -> Bool { beginning(of: ending, endingAt: end, in: key) != nil }
        switch (key[end - 2] | 0x20, key[end - 1] | 0x20) {
        case (UInt8(ascii: "e"), UInt8(ascii: "n")):
            guard let start = beginning(of: "token", endingAt: end, in: key) else { return false }
            return isSecretToken(key, before: start, isPlural: isPlural)
        case (UInt8(ascii: "e"), UInt8(ascii: "y")):
            guard let start = beginning(of: "key", endingAt: end, in: key) else { return false }
            return keyOwners.contains { beginning(of: $0, endingAt: start, in: key) != nil }
        case (UInt8(ascii: "w"), UInt8(ascii: "d")):
            if ends(in: "passwd") { return true }
            guard let start = beginning(of: "pwd", endingAt: end, in: key) else { return false }
            return start > 0 && key[start - 1].isSeparator  // Alone it is the folder that a shell is in.
        case (UInt8(ascii: "w"), UInt8(ascii: "t")):
            guard let start = beginning(of: "jwt", endingAt: end, in: key) else { return false }
            return start == 0 || key[start - 1].isSeparator
        case (UInt8(ascii: "r"), UInt8(ascii: "d")): return ends(in: "password")
        case (UInt8(ascii: "e"), UInt8(ascii: "t")): return ends(in: "secret")
        case (UInt8(ascii: "o"), UInt8(ascii: "n")): return ends(in: "authorization")
        case (UInt8(ascii: "i"), UInt8(ascii: "e")): return ends(in: "cookie")
        case (UInt8(ascii: "a"), UInt8(ascii: "l")): return ends(in: "credential")
        case (UInt8(ascii: "s"), UInt8(ascii: "e")): return ends(in: "passphrase")
        case (UInt8(ascii: "d"), UInt8(ascii: "e")): return ends(in: "passcode")
        default: return false
        }
    }

    /// `token` and `refresh_token` are secret, `eos_token` is not, and neither are `prompt_tokens`: several tokens are
    /// counts, unless their owner says otherwise.
    private static func isSecretToken(_ key: UnsafeRawBufferPointer, before start: Int, isPlural: Bool) -> Bool {
        if isPlural {
            // Their last letters; most tokens that are counted belong to a prompt or a completion.
            var last = start - 1
            while last >= 0, key[last].isSeparator { last -= 1 }
            guard last >= 0 else { return false }
            switch key[last] | 0x20 {
            case UInt8(ascii: "s"), UInt8(ascii: "h"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "i"): break
            default: return false
            }
            let owners: [StaticString] = ["access", "refresh", "auth", "session", "bearer", "api"]
            return owners.contains { beginning(of: $0, endingAt: start, in: key) != nil }
        }
        return !harmlessTokens.contains { word in
            guard let start = beginning(of: word, endingAt: start, in: key) else { return false }
            return start == 0 || key[start - 1].isSeparator || (key[start].isUpper && !key[start - 1].isUpper)
        }
    }

    /// Where `ending` begins that ends before `end`, separators within left aside.
    private static func beginning(of ending: StaticString, endingAt end: Int, in key: UnsafeRawBufferPointer) -> Int? {
        var place = end
        var rest = ending.utf8CodeUnitCount
        while rest > 0 {
            guard place > 0 else { return nil }
            place -= 1
            if key[place] | 0x20 == ending.utf8Start[rest - 1] {
                rest -= 1
            } else if !key[place].isSeparator {
                return nil
            }
        }
        return place
    }
}

/// Keys as a user names them, normalised, one after another with their lengths before them.
struct KeyList: Sendable, Hashable {
    private var bytes: [UInt8] = []

    init(_ keys: some Sequence<String>) {
        for key in keys {
            let normalised = key.utf8.filter { !$0.isSeparator }.prefix(255).map(\.lowercased)
            guard !normalised.isEmpty else { continue }
            bytes.append(UInt8(normalised.count))
            bytes += normalised
        }
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// Whether `key`, normalised, is one of these.
    func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var next = 0
            while next < bytes.count {
                let word = UnsafeBufferPointer(rebasing: bytes[(next + 1)...(next + Int(bytes[next]))])
                if Self.matches(word, key) { return true }
                next += 1 + word.count
            }
            return false
        }
    }

    private static func matches(_ word: UnsafeBufferPointer<UInt8>, _ key: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        for byte in key where !byte.isSeparator {
            guard place < word.count, word[place] == byte.lowercased else { return false }
            place += 1
        }
        return place == word.count
    }
}

/// Which keys are secret: those that are known to be, and what a user adds and takes away.
struct KeyRules: Sendable {
    var masksKnownKeys: Bool
    var added: KeyList
    var removed: KeyList

    func masks(_ key: UnsafeRawBufferPointer) -> Bool {
        if masksKnownKeys, SecretKeys.contains(key) { return removed.isEmpty || !removed.contains(key) }
        return !added.isEmpty && added.contains(key) && !removed.contains(key)
    }
}
