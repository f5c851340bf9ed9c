/// Tokens by their bytes: what a vocabulary can write next, found by following a ``DecodingState``.
///
/// The nodes stand in preorder, so that a walk is a loop that skips the subtrees whose beginning isn't allowed.
struct TokenTrie: Sendable {
    /// The byte that leads to each node; that of the root means nothing.
    private var bytes: [UInt8] = [0]
    /// How many bytes lead to each node.
    private var depths: [UInt16] = [0]
    /// Behind the last node of each subtree.
    private var ends: [Int32] = [1]
    /// Where the tokens of each node begin in ``tokens``; they end where the next node's begin.
    private var firstTokens: [Int32] = [0, 0]
    private var tokens: [LlamaToken] = []

    /// A trie of these tokens; `texts` has the bytes of all, token *n*'s from `offsets[n]` to `offsets[n + 1]`.
    ///
    /// Tokens without bytes are left out, and what is longer than 65535 bytes.
    init(_ members: [LlamaToken], texts: [UInt8], offsets: [Int32]) {
        // Linked in the order of insertion first. Unsafe buffers, because this takes 20 times as long with arrays in
        // builds for debugging, where a first structured call waits for it.
        let length = members.reduce(0) { $0 + Int(offsets[Int($1) + 1] - offsets[Int($1)]) }
        var count = 1
        var child = [Int32](repeating: -1, count: length + 1)
        var sibling = child
        var firstToken = child
        var byte = [UInt8](repeating: 0, count: length + 1)
        var nextToken = [Int32](repeating: -1, count: offsets.count)
        var rootChildren = [Int32](repeating: -1, count: 256)
        child.withUnsafeMutableBufferPointer { child in
            sibling.withUnsafeMutableBufferPointer { sibling in
                byte.withUnsafeMutableBufferPointer { byte in
                    texts.withUnsafeBufferPointer { texts in
                        for token in members.reversed() {
                            let start = Int(offsets[Int(token)])
                            let end = Int(offsets[Int(token) + 1])
                            if start == end || end - start > Int(UInt16.max) { continue }
                            var node = 0
                            var place = start
                            while place < end {
                                let wanted = texts[place]
                                var next = node == 0 ? Int(rootChildren[Int(wanted)]) : Int(child[node])
                                while next >= 0, byte[next] != wanted { next = Int(sibling[next]) }
                                if next < 0 {
                                    next = count
                                    count += 1
                                    byte[next] = wanted
                                    if node == 0 {
                                        rootChildren[Int(wanted)] = Int32(next)
                                    } else {
                                        sibling[next] = child[node]
                                        child[node] = Int32(next)
                                    }
                                }
                                node = next
                                place += 1
                            }
                            nextToken[Int(token)] = firstToken[node]
                            firstToken[node] = token
                        }
                    }
                }
            }
        }
        flatten(count, rootChildren, child, sibling, byte, firstToken, nextToken)
    }

    private mutating func flatten(
        _ count: Int,
        _ rootChildren: [Int32],
        _ child: [Int32],
        _ sibling: [Int32],
        _ byte: [UInt8],
        _ firstToken: [Int32],
        _ nextToken: [Int32]
    ) {
        bytes.reserveCapacity(count)
        depths.reserveCapacity(count)
        ends.reserveCapacity(count)
        firstTokens = [0]
        firstTokens.reserveCapacity(count + 1)
        firstTokens.append(0)
        // The linked nodes on the way to the newest one, and their places in preorder.
        var path: [(node: Int32, place: Int)] = []
        for root in rootChildren where root >= 0 {
            var next = root
            while next >= 0 || !path.isEmpty {
                if next < 0 {
                    let (node, place) = path.removeLast()
                    ends[place] = Int32(bytes.count)
                    next = path.isEmpty ? -1 : sibling[Int(node)]
                    continue
                }
                path.append((next, bytes.count))
                bytes.append(byte[Int(next)])
                depths.append(UInt16(path.count))
                ends.append(0)
                var token = firstToken[Int(next)]
                while token >= 0 {
                    tokens.append(token)
                    token = nextToken[Int(token)]
                }
                firstTokens.append(Int32(tokens.count))
                next = child[Int(next)]
            }
        }
        ends[0] = Int32(bytes.count)
    }

    /// How many nodes there are.
    var count: Int { bytes.count }

    /// Appends the tokens whose bytes, all of them, are a way to go on from `state`.
    ///
    /// - Complexity: Linear in the tokens that are found, and those that differ from them in the last byte.
    func appendTokens(allowedBy state: DecodingState, to result: inout [LlamaToken]) {
        walk(below: 0, from: state, &result)
    }

    /// Appends the tokens that begin with `prefix`, are longer, and whose rest is a way to go on from `state`.
    func appendTokens(
        extending prefix: some Sequence<UInt8>,
        allowedBy state: DecodingState,
        to result: inout [LlamaToken]
    ) {
        var node = 0
        for wanted in prefix {
            let end = Int(ends[node])
            var next = node + 1
            while next < end, bytes[next] != wanted { next = Int(ends[next]) }
            guard next < end else { return }
            node = next
        }
        walk(below: node, from: state, &result)
    }

    /// The tokens that make up `text`, each the longest that fits; `nil` if there are no such.
    func longestTokens(of text: [UInt8]) -> [LlamaToken]? {
        var result: [LlamaToken] = []
        var place = 0
        while place < text.count {
            var found: (token: LlamaToken, end: Int)?
            var node = 0
            var position = place
            while position < text.count {
                let end = Int(ends[node])
                var next = node + 1
                while next < end, bytes[next] != text[position] { next = Int(ends[next]) }
                guard next < end else { break }
                node = next
                position += 1
                if firstTokens[node] < firstTokens[node + 1] { found = (tokens[Int(firstTokens[node])], position) }
            }
            guard let found else { return nil }
            result.append(found.token)
            place = found.end
        }
        return result
    }

    private func walk(below root: Int, from state: DecodingState, _ result: inout [LlamaToken]) {
        // The state at each depth below the root.
        var states = [state]
        let rootDepth = Int(depths[root])
        let end = Int(ends[root])
        var node = root + 1
        while node < end {
            let depth = Int(depths[node]) - rootDepth
            if states.count > depth { states.removeLast(states.count - depth) }
            var next = states[depth - 1]
            guard next.advance(bytes[node]) else {
                node = Int(ends[node])
                continue
            }
            states.append(next)
            for index in Int(firstTokens[node])..<Int(firstTokens[node + 1]) { result.append(tokens[index]) }
            node += 1
        }
    }
}
