/// A chart of latency against prompt length, as an SVG that needs nothing else.
struct Chart {
    /// What is drawn as points.
    var series: [(name: String, color: String, calls: [Call])]
    /// What is drawn as a dashed line: the latency that is expected for so many prompt tokens.
    var line: (name: String, milliseconds: (Double) -> Double)

    var svg: String {
        let (width, height) = (720.0, 460.0)
        let (left, right, top, bottom) = (70.0, 30.0, 115.0, 60.0)
        let calls = series.flatMap(\.calls)
        let tokens = Axis(upTo: calls.map(\.prompt).max() ?? 1)
        let time = Axis(upTo: calls.map(\.milliseconds).max() ?? 1)
        func x(_ value: Double) -> Int { Int(left + value / tokens.end * (width - left - right)) }
        func y(_ value: Double) -> Int { Int(height - bottom - value / time.end * (height - top - bottom)) }

        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 460" font-family="sans-serif" font-size="12">"#,
            #"<rect width="100%" height="100%" fill="white"/>"#,
            #"<text x="\#(x(0))" y="26" font-size="16">Latency of a call (ms) against the length of its prompt</text>"#,
            #"<text x="\#(x(tokens.end))" y="\#(y(0) + 42)" text-anchor="end">prompt tokens</text>"#,
        ]
        for value in time.ticks {
            let color = value == 0 ? "black" : "lightgray"
            lines.append(#"<path d="M\#(x(0)) \#(y(value))H\#(x(tokens.end))" stroke="\#(color)"/>"#)
            lines.append(#"<text x="\#(x(0) - 8)" y="\#(y(value) + 4)" text-anchor="end">\#(Int(value))</text>"#)
        }
        for value in tokens.ticks {
            lines.append(#"<text x="\#(x(value))" y="\#(y(0) + 20)" text-anchor="middle">\#(Int(value))</text>"#)
        }
        let (start, end) = (line.milliseconds(0), line.milliseconds(tokens.end))
        // The line of a fit may begin below the axis, or leave the chart at its top.
        let visible = [start, end].map { min(max($0, 0), time.end) }
        let ends = visible.map { start == end ? 0 : ($0 - start) / (end - start) * tokens.end }
        lines.append(
            #"<path d="M\#(x(ends[0])) \#(y(visible[0]))L\#(x(ends[1])) \#(y(visible[1]))" stroke="dimgray" stroke-dasharray="6 4"/>"#
        )
        for (place, one) in series.enumerated() {
            let row = 54 + 18 * place
            lines.append(#"<rect x="\#(x(0) + 12)" y="\#(row - 9)" width="9" height="9" fill="\#(one.color)"/>"#)
            lines.append(#"<text x="\#(x(0) + 28)" y="\#(row)">\#(one.name)</text>"#)
            for call in one.calls {
                lines.append(
                    #"<circle cx="\#(x(call.prompt))" cy="\#(y(call.milliseconds))" r="4" fill="\#(one.color)" fill-opacity="0.7"/>"#
                )
            }
        }
        let row = 54 + 18 * series.count
        lines.append(#"<path d="M\#(x(0) + 6) \#(row - 4)h18" stroke="dimgray" stroke-dasharray="6 4"/>"#)
        lines.append(#"<text x="\#(x(0) + 28)" y="\#(row)">\#(line.name)</text>"#)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }
}

/// An axis from 0 with about five round numbers on it.
private struct Axis {
    let step: Double
    let end: Double
    var ticks: [Double] { Array(stride(from: 0, through: end, by: step)) }

    init(upTo most: Double) {
        var (step, place) = (1.0, 0)
        while most / step > 6 {
            step *= [2, 2.5, 2][place % 3]
            place += 1
        }
        self.step = step
        end = (most / step).rounded(.up) * step
    }
}
