internal import Foundation

/// A server's base URL, checked.
struct ServerAddress: Sendable {
    /// Where chat completions are asked for.
    let endpoint: URL
    /// The endpoint as it may be shown: without the query, which may hold secrets.
    let shown: String
    /// The host and the port, if one is given.
    let host: String

    /// Checks a base URL such as `http://127.0.0.1:8080/v1`.
    ///
    /// - Throws: ``ModelError/Code/invalidServer``; the message shows neither user info nor the query.
    init(_ text: String) throws(ModelError) {
        guard !text.contains(where: \.isWhitespace) else {
            throw Self.invalid(Self.safe(text), "not a URL. Write one such as http://127.0.0.1:8080/v1.")
        }
        let separator = text.firstRange(of: "://")
        let scheme = separator.map { text[..<$0.lowerBound].lowercased() }
        guard let scheme, scheme == "http" || scheme == "https" else {
            let rest = separator.map { String(text[$0.upperBound...]) } ?? text
            throw Self.invalid(Self.safe(text), "has no scheme that we know. Write http://\(Self.safe(rest)).")
        }
        guard var parts = URLComponents(string: text) else {
            throw Self.invalid(Self.safe(text), "not a URL. Write one such as http://127.0.0.1:8080/v1.")
        }
        guard parts.user == nil, parts.password == nil else {
            throw Self.invalid(
                Self.safe(text),
                "a URL with a user or password in it ends up in logs. Take it out, and give a key in the environment."
            )
        }
        guard let name = parts.host, !name.isEmpty else {
            throw Self.invalid(Self.safe(text), "has no host. Write one such as http://127.0.0.1:8080/v1.")
        }
        while parts.path.hasSuffix("/") { parts.path.removeLast() }
        guard !parts.path.isEmpty else {
            let port = parts.port.map { ":\($0)" } ?? ""
            throw Self.invalid(Self.safe(text), "the path is missing. Write \(scheme)://\(name)\(port)/v1.")
        }
        guard !parts.path.hasSuffix("/chat/completions"), parts.fragment == nil else {
            throw Self.invalid(
                Self.safe(text),
                "the base URL is wanted, up to /v1: leave out /chat/completions and what follows a #."
            )
        }
        parts.path += "/chat/completions"
        guard let endpoint = parts.url else {
            throw Self.invalid(Self.safe(text), "not a URL. Write one such as http://127.0.0.1:8080/v1.")
        }
        self.endpoint = endpoint
        parts.query = nil
        shown = parts.string ?? name
        host = parts.port.map { "\(name):\($0)" } ?? name
    }

    private static func invalid(_ text: String, _ reason: String) -> ModelError {
        ModelError(.invalidServer, "\(text): \(reason)")
    }

    /// A URL as it may be shown, whatever is wrong with it: without user info and query.
    static func safe(_ text: String) -> String {
        var rest = text[...]
        var scheme = ""
        if let separator = rest.firstRange(of: "://") {
            scheme = String(rest[..<separator.upperBound])
            rest = rest[separator.upperBound...]
        }
        if let query = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<query] }
        // A password may hold a slash.
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        return "\(scheme)\(rest)".excerpt(200)
    }
}
