import Telemetry
import Testing

struct RedactedValuesTests {
    private let token: String = {
        var fakes = FakeSecrets(seed: 9)
        return fakes.webToken()
    }()

    @Test func `values at secret keys are masked at every depth, and the rest stays in order`() {
        let object: JSONObject = [
            "model": "m", "headers": ["Authorization": "whatever", "Accept": "*/*"],
            "list": [["password": 1234], ["a": "b"], 1.5], "credentials": ["user": "ann", "x": 1], "prompt_tokens": 12,
        ]
        let expected: JSONObject = [
            "model": "m", "headers": ["Authorization": "[redacted]", "Accept": "*/*"],
            "list": [["password": "[redacted]"], ["a": "b"], 1.5], "credentials": "[redacted]", "prompt_tokens": 12,
        ]
        let masked = Redaction().masked(object)
        #expect(masked == expected)
        #expect(masked?.keys == object.keys)
    }

    @Test func `what says nothing stays`() {
        #expect(Redaction().masked(["password": nil, "token": true, "secret": false]) == nil)
        #expect(Redaction().masked(["a": "b", "c": [1, 2, ["d": 1.5]]]) == nil)
        #expect(Redaction().masked([:]) == nil)
    }

    @Test func `secrets within texts are masked, those of keys too`() {
        let masked = Redaction().masked(["prompt": .string("use \(token)"), "list": [.string(token)], token: 1])
        #expect(
            masked == ["prompt": "use [redacted:jwt]", "list": ["[redacted:jwt]"], "[redacted:jwt]": 1]
        )
    }

    @Test func `a rule of one's own sees every member, after the others`() {
        let redaction = Redaction { key, value -> JSONValue in
            switch key {
            case "user_name": "someone"
            case "prompt": value == "use [redacted:jwt]" ? "seen" : "missed"
            case "password": value == "[redacted]" ? "masked" : "missed"
            case "deep": JSONValue.null
            default: value
            }
        }
        let object: JSONObject = [
            "user_name": "Ann", "prompt": .string("use \(token)"), "password": "x", "a": ["b": [["deep": 1, "c": 2]]],
        ]
        let expected: JSONObject = [
            "user_name": "someone", "prompt": "seen", "password": "masked", "a": ["b": [["deep": nil, "c": 2]]],
        ]
        #expect(redaction.masked(object) == expected)
        #expect(redaction.masked(["c": 1]) == nil)
    }

    @Test func `what is nested deeper than a line can be is cut, not passed by`() {
        var value: JSONValue = .string(token)
        for _ in 0..<2000 { value = [value] }
        let masked = Redaction().masked(value, at: "a")
        #expect(masked?.description.contains(token) == false)
    }

    @Test(arguments: [
        ("write to ann@example.com.", "write to [redacted:email]."),
        ("<ann.b+c%d@mail.example.co.uk>", "<[redacted:email]>"), ("a@b.de", "[redacted:email]"),
        ("ä@ö.com x@y.zz", "[redacted:email] [redacted:email]"),
        ("mailto:a_b-c@x-y.org?subject=z", "mailto:[redacted:email]?subject=z"),
    ])
    func `e-mail addresses are masked when asked for`(text: String, expected: String) {
        #expect(Redaction(masksEmailAddresses: true).masked(text) == expected)
        #expect(Redaction(masksEmailAddresses: true).masked(" " + text) == " " + expected)
        #expect(Redaction().masked(text) == nil)
    }

    @Test(arguments: [
        "@", "a@", "@b.de", "a@b", "a@b.", "a@.de", "@State var x", "user@1.2.3.4", "a @ b.de",
        "a@b..de",
    ])
    func `what only looks like an address stays`(text: String) {
        #expect(Redaction(masksEmailAddresses: true).masked(text) == nil)
    }

    /// A number with these first digits, as long as given, with the right last digit.
    private static func card(_ prefix: String, length: Int, right: Bool = true) -> String {
        var digits = prefix.compactMap(\.wholeNumberValue)
        while digits.count < length - 1 { digits.append((digits.count * 7 + 3) % 10) }
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let value = digit.offset % 2 == 0 ? digit.element * 2 : digit.element
            return sum + (value > 9 ? value - 9 : value)
        }
        digits.append(((10 - sum % 10) + (right ? 0 : 1)) % 10)
        return digits.map(String.init).joined()
    }

    @Test(arguments: [("4", 16), ("4", 13), ("4", 19), ("51", 16), ("34", 15), ("37", 15), ("6011", 16), ("36", 14)])
    func `card numbers are masked when asked for and right`(prefix: String, length: Int) {
        let number = Self.card(prefix, length: length)
        let wrong = Self.card(prefix, length: length, right: false)
        let redaction = Redaction(masksCardNumbers: true)
        for (before, after) in [("", ""), ("card: ", ", thanks"), ("a ", "."), ("(", ")")] {
            #expect(redaction.masked(before + number + after) == before + "[redacted:card]" + after)
            #expect(redaction.masked(before + wrong + after) == nil)
            #expect(Redaction().masked(before + number + after) == nil)
        }
        #expect(redaction.masked("x" + number) == nil)
        #expect(redaction.masked("0." + number) == nil)
    }

    @Test(arguments: [" ", "-"])
    func `card numbers are masked in groups`(separator: String) {
        let number = Self.card("4", length: 16)
        let groups = stride(from: 0, to: 16, by: 4).map { String(number.dropFirst($0).prefix(4)) }
        let redaction = Redaction(masksCardNumbers: true)
        let grouped = groups.joined(separator: separator)
        #expect(redaction.masked("pay \(grouped) now") == "pay [redacted:card] now")
        #expect(redaction.masked("pay \(grouped) 12/27") == "pay [redacted:card] 12/27")
        let american = Self.card("37", length: 15)
        let parts = [american.prefix(4), american.dropFirst(4).prefix(6), american.dropFirst(10)].map(String.init)
        #expect(redaction.masked(parts.joined(separator: separator)) == "[redacted:card]")
        #expect(redaction.masked(["n": .integer(Int(number) ?? 0)]) == ["n": "[redacted:card]"])
    }
}
