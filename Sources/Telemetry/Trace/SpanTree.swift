/// Spans as the trees that their parents make of them, to print.
///
/// ```text
/// agent_run What is 42 * 7?                 312ms
/// ├─ llm_call SmolLM2-135M-Instruct.Q4_1    310ms
/// ├─ tool_request calculator
/// └─ tool_call calculator                   0.1ms  error: division by zero
/// ```
public struct SpanTree: Sendable, CustomStringConvertible {
    /// A span and those that ran within it, by when they began.
    public struct Node: Sendable {
        /// The span.
        public let span: Span
        /// The spans whose parent it is.
        public let children: [Node]
    }

    private static let maximumDepth = 128

    /// The spans that have no parent among the others, by when they began.
    ///
    /// No span is left out, whatever their parents.
    public let roots: [Node]

    /// The trees that `spans` make.
    public init(_ spans: [Span]) {
        let ordered = spans.enumerated().sorted { a, b in
            (a.element.timestamp, a.offset) < (b.element.timestamp, b.offset)
        }.map(\.element)
        let known = Set(ordered.map(\.id))
        let children = Dictionary(grouping: ordered.filter { $0.parentID.map(known.contains) ?? false }) { $0.parentID }
        var seen: Set<SpanID> = []
        func node(_ span: Span, depth: Int) -> Node {
            // What is nested deeper begins a tree of its own, below with the circles: no log may exhaust the stack.
            guard depth < Self.maximumDepth else { return Node(span: span, children: []) }
            return Node(
                span: span,
                children: (children[span.id] ?? []).filter { seen.insert($0.id).inserted }
                    .map { node($0, depth: depth + 1) }
            )
        }
        func roots(_ candidates: [Span]) -> [Node] {
            candidates.filter { seen.insert($0.id).inserted }.map { node($0, depth: 1) }
        }
        let trees = roots(ordered.filter { $0.parentID.map { !known.contains($0) } ?? true })
        // What is left has parents that lead in a circle: each circle is broken where it began first.
        var circles: [Node] = []
        for span in ordered where seen.insert(span.id).inserted { circles.append(node(span, depth: 1)) }
        self.roots = trees + circles
    }

    /// One line for each span: its type and name, indented, its duration, and its error.
    public var description: String {
        var rows: [(label: String, span: Span)] = []
        func append(_ node: Node, first: String, rest: String) {
            let span = node.span
            rows.append((first + shown(span.eventType.rawValue) + (span.name.map { " " + shown($0) } ?? ""), span))
            for (place, child) in node.children.enumerated() {
                let isLast = place == node.children.count - 1
                append(child, first: rest + (isLast ? "└─ " : "├─ "), rest: rest + (isLast ? "   " : "│  "))
            }
        }
        for root in roots { append(root, first: "", rest: "") }
        let width = rows.map(\.label.count).max() ?? 0
        return rows.map { label, span in
            var line = label
            if let duration = span.duration {
                let text = duration.summary
                line += String(repeating: " ", count: width - label.count + 2 + max(0, 7 - text.count)) + text
            }
            if let error = span.error { line += "  error: " + shown(error, atMost: 100) }
            return line + "\n"
        }.joined()
    }

    /// The text on one line, with whatever could act on a terminal escaped as in JSON.
    private func shown(_ text: String, atMost length: Int = 48) -> String {
        let cut = text.count > length ? text.prefix(length - 1) + "…" : text[...]
        return String(JSONValue.string(String(cut)).description.dropFirst().dropLast())
    }
}
