internal import Foundation

/// A key that stands in a request's header and nowhere else.
///
/// Printing or dumping it, or what holds it, doesn't show it.
struct APIKey: Sendable, CustomStringConvertible, CustomReflectable {
    let value: String

    /// The key in an environment variable.
    ///
    /// - Parameter name: The variable's name; with `nil` it is `OPENAI_API_KEY`, which needn't be set.
    /// - Returns: `nil` where there is no key.
    static func read(_ name: String?, from environment: [String: String]) throws(ModelError) -> APIKey? {
        let variable = name ?? "OPENAI_API_KEY"
        guard let value = environment[variable], !value.isEmpty else {
            guard name != nil else { return nil }
            throw ModelError(.invalidServer, "\(variable): not set. Set it to the server's API key, or name none.")
        }
        guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), value.utf8.count <= 4096 else {
            throw ModelError(
                .invalidServer,
                "\(variable): holds what no API key can: a space, a line break, or more than 4096 characters. Set it anew."
            )
        }
        return APIKey(value: value)
    }

    var description: String { "[API key]" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// The text without the key, in the forms in which a server may send it back.
    ///
    /// A beginning of it at the very end is masked, too: the text may have been cut there.
    func masked(_ text: String) -> String {
        var text = text
        let escaped = value.replacing("/", with: #"\/"#)
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        let encoded = value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? value
        for form in Set([value, escaped, encoded]).sorted(by: { $0.count > $1.count }) {
            text = text.replacing(form, with: description)
        }
        for count in stride(from: value.count - 1, through: 4, by: -1) where text.hasSuffix(value.prefix(count)) {
            return text.dropLast(count) + description
        }
        return text
    }
}
