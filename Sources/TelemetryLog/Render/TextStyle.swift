public import Telemetry

/// How text is shown: its width, its colours, its times.
public struct TextStyle: Sendable, Hashable {
    /// How many columns there are.
    public var width: Int
    /// Whether colours may be used.
    public var hasColor: Bool
    /// Whether times are in UTC instead of local time.
    public var isUTC: Bool

    /// Plain text in 80 columns and local time, unless told otherwise.
    public init(width: Int = 80, hasColor: Bool = false, isUTC: Bool = false) {
        self.width = max(40, width)
        self.hasColor = hasColor
        self.isUTC = isUTC
    }

    /// The moment at which a clock on the wall shows what `local` says in UTC.
    public static func moment(ofLocal local: Timestamp) -> Timestamp {
        let seconds = Int(local.microseconds / 1_000_000)
        let guess = seconds - Platform.secondsAheadOfUTC(at: seconds)
        return local - .seconds(Platform.secondsAheadOfUTC(at: guess))
    }

    /// What a part of a text is.
    enum Role: String {
        case plain = ""
        case heading = "1"
        case faint = "2"
        case error = "31"
        case good = "32"
        case warning = "33"
        case accent = "36"
    }

    func paint(_ text: String, _ role: Role) -> String {
        hasColor && role != .plain && !text.isEmpty ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// `2026-01-15 10:30:00`, with `decimals` digits after the seconds.
    func time(_ time: Timestamp, decimals: Int = 0) -> String {
        let seconds = Int(time.microseconds / 1_000_000)
        let offset = isUTC ? 0 : Platform.secondsAheadOfUTC(at: seconds)
        let local = Timestamp(microseconds: time.microseconds &+ Int64(offset) * 1_000_000).description
        let text = local.replacing("T", with: " ")
        return String(text.prefix(decimals > 0 ? 20 + decimals : 19))
    }

    /// `2026-01-15 10:30:00`, or `01-15 10:30` where there is little room.
    func shortTime(_ time: Timestamp) -> String {
        let text = self.time(time)
        return width < 60 ? String(text.dropFirst(5).dropLast(3)) : text
    }

    /// `10:30:00` of the day of `other`, and the date too on another day.
    func time(_ time: Timestamp, after other: Timestamp) -> String {
        let (a, b) = (self.time(other), self.time(time))
        return a.prefix(10) == b.prefix(10) ? String(b.dropFirst(11)) : b
    }

    /// The name of the zone that times are in.
    var zone: String { isUTC ? " UTC" : "" }
}

/// Text measured in the columns of a terminal.
enum TextWidth {
    static func columns(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns($1) }
    }

    private static func columns(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.properties.isEmojiPresentation { return 2 }
        if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        switch first.value {
        // Unicode Standard Annex 11: the wide and full-width blocks.
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            switch first.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: return 0
            default: return 1
            }
        }
    }

    /// The text in at most `width` columns, with `…` where it is cut.
    static func fit(_ text: String, _ width: Int) -> String {
        guard columns(text) > width else { return text }
        var result = ""
        var used = 1
        for character in text {
            used += columns(character)
            if used > width { break }
            result.append(character)
        }
        return width > 0 ? result + "…" : ""
    }

    /// The text's end in at most `width` columns, with `…` where it is cut: of a path, what tells it from others.
    static func fitEnd(_ text: String, _ width: Int) -> String {
        columns(text) > width ? "…" + String(fit(String(text.reversed()), width).dropLast().reversed()) : text
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - columns(text))) + text
    }
}
