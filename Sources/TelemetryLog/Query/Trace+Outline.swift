extension Trace {
    /// The places of all spans in the order in which they are shown, and how deep each stands: spans within their parent,
    /// by when they began, and a retry below the first try of its call.
    var outline: [(node: Int, depth: Int)] {
        func visible(_ group: [Int]) -> [Int] { group.filter { nodes[$0].retryOf == nil } }
        var outline: [(node: Int, depth: Int)] = []
        // The stack is our own: a log may be nested as deeply as it likes.
        var stack = visible(roots).reversed().map { (node: $0, depth: 0) }
        while let (place, depth) = stack.popLast() {
            outline.append((place, depth))
            let within = nodes[place].retries + visible(nodes[place].children)
            stack += within.reversed().map { (node: $0, depth: depth + 1) }
        }
        return outline
    }
}
