internal import Telemetry

/// The page: its text, its style, its script, and the data that the script draws.
struct ReportPage {
    private static let pieceBytes = 512 << 10

    let write: (String) -> Void
    private(set) var bytes = 0
    private var piece = PageText()

    init(write: @escaping (String) -> Void) { self.write = write }

    private static let style = PageStyle.text
    private static let script = [
        PageScript.basics, PageScript.charts, PageScript.overview, PageScript.list, PageScript.trace, PageScript.start,
    ].joined()

    private mutating func put(_ text: String) {
        bytes += text.utf8.count
        write(text)
    }

    mutating func begin(title: String) {
        let policy =
            "default-src 'none'; script-src 'sha256-\(SHA256.base64(Self.script))'; "
            + "style-src 'sha256-\(SHA256.base64(Self.style))'; base-uri 'none'; form-action 'none'"
        put(PageMarkup.head(policy: policy, title: Self.escaped(title), style: Self.style))
    }

    /// Adds a trace's spans, which the page reads when they are asked for.
    mutating func add(_ trace: Trace) {
        piece.spans(trace)
        if piece.text.utf8.count >= Self.pieceBytes { endPiece() }
    }

    private mutating func endPiece() {
        guard !piece.text.isEmpty else { return }
        put("<script type=\"application/json\" class=\"spans\">\(piece.text)</script>\n")
        piece = PageText()
    }

    mutating func end(index: PageText, head: JSONValue) {
        endPiece()
        put("<script type=\"application/json\" id=\"index\">\(index.text)</script>\n")
        var text = PageText()
        text.raw(head.description)
        put("<script type=\"application/json\" id=\"head\">\(text.text)</script>\n")
        put("<script>\(Self.script)</script>\n</body>\n</html>\n")
    }

    /// Text as HTML shows it, without what acts on a terminal or on the direction of writing.
    private static func escaped(_ text: String) -> String {
        Escaping.plain(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
