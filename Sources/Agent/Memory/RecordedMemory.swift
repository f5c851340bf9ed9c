import Synchronization
import Telemetry

/// A memory whose every operation is a `memory` span.
///
/// It is safe to use from several tasks at once.
public final class RecordedMemory: Sendable {
    private let memory: Mutex<Memory>
    private let telemetry: Telemetry

    init(_ memory: Memory, telemetry: Telemetry) {
        self.memory = Mutex(memory)
        self.telemetry = telemetry
    }

    /// What is remembered, oldest first.
    ///
    /// Looking at everything isn't recorded.
    public var items: [Memory.Item] { memory.withLock { $0.items } }

    /// Remembers `text`.
    ///
    /// The span's data is the text.
    @discardableResult
    public func add(_ text: String) -> Memory.Item {
        record(.add, .string(text)) { _ in memory.withLock { $0.add(text) } }
    }

    /// The item with that id; `nil` if there was none or it was forgotten.
    ///
    /// The span's data is the id and what is there.
    public func get(_ id: Int) -> Memory.Item? {
        record(.get, ["id": .integer(id)]) { span in
            let item = memory.withLock { $0[id: id] }
            span["data"] = ["id": .integer(id), "text": item.map { .string($0.text) } ?? .null]
            return item
        }
    }

    /// The items that share words with `query`, best first.
    ///
    /// The span's data is the query and what was found.
    public func search(_ query: String, limit: Int = 5) -> [Memory.Item] {
        record(.search, ["query": .string(query)]) { span in
            let items = memory.withLock { $0.search(query, limit: limit) }.map(\.item)
            span["data"] = ["query": .string(query), "found": .array(items.map { .string($0.text) })]
            return items
        }
    }

    /// Forgets everything.
    ///
    /// The span's data is how many items went.
    public func clear() {
        record(.clear, ["count": 0]) { span in
            let count = memory.withLock { memory in
                defer { memory.clear() }
                return memory.items.count
            }
            span["data"] = ["count": .integer(count)]
        }
    }

    private func record<Result>(
        _ operation: MemoryOperation,
        _ data: JSONValue,
        _ body: (ActiveSpan) -> Result
    ) -> Result {
        telemetry.withSpan(
            .memory,
            name: operation.rawValue,
            data: ["operation": .string(operation.rawValue), "data": data],
            body
        )
    }
}
