/// A chart of latency against prompt length, as an SVG that needs nothing else.
struct Chart {
    var series: [(name: String, color: String, calls: [Call])]

    private let width = 640.0
    private let height = 400.0
    private let margin = 60.0

    var svg: String {
        let calls = series.flatMap(\.calls)
        let most = (calls.map(\.prompt).max() ?? 1, calls.map(\.milliseconds).max() ?? 1)
        func x(_ tokens: Double) -> Int { Int(margin + tokens / most.0 * (width - 2 * margin)) }
        func y(_ milliseconds: Double) -> Int { Int(height - margin - milliseconds / most.1 * (height - 2 * margin)) }
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" font-family="sans-serif" font-size="12">"#,
            #"<rect width="100%" height="100%" fill="white"/>"#,
            #"<path d="M\#(x(0)) \#(y(most.1))V\#(y(0))H\#(x(most.0))" fill="none" stroke="black"/>"#,
            #"<text x="\#(x(most.0))" y="\#(y(0) + 40)" text-anchor="end">prompt tokens</text>"#,
            #"<text x="\#(x(0))" y="\#(y(most.1) - 12)">latency (ms)</text>"#,
        ]
        for quarter in 0...4 {
            let (tokens, milliseconds) = (most.0 * Double(quarter) / 4, most.1 * Double(quarter) / 4)
            lines.append(#"<text x="\#(x(tokens))" y="\#(y(0) + 18)" text-anchor="middle">\#(Int(tokens))</text>"#)
            lines.append(
                #"<text x="\#(x(0) - 8)" y="\#(y(milliseconds) + 4)" text-anchor="end">\#(Int(milliseconds))</text>"#
            )
        }
        for (place, one) in series.enumerated() {
            for call in one.calls {
                lines.append(
                    #"<circle cx="\#(x(call.prompt))" cy="\#(y(call.milliseconds))" r="3" fill="\#(one.color)"/>"#
                )
            }
            lines.append(
                #"<text x="\#(x(0) + 20)" y="\#(y(most.1) + 10 + 16 * place)" fill="\#(one.color)">\#(one.name)</text>"#
            )
        }
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }
}
