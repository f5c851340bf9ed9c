public import Telemetry

extension SpanTree {
    /// The trees on one line, to compare with in a test: types, what is within them in parentheses, failures with a `!`.
    ///
    /// For example:
    /// ```swift
    /// #expect(SpanTree(sink.spans).outline == "agent_step(llm_call! llm_call)")
    /// ```
    public var outline: String { Self.outline(roots) }

    private static func outline(_ nodes: [Node]) -> String {
        nodes.map { node in
            let type = node.span.eventType.rawValue + (node.span.isFailure ? "!" : "")
            return node.children.isEmpty ? type : "\(type)(\(outline(node.children)))"
        }.joined(separator: " ")
    }
}
