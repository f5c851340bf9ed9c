import AgentTesting
import Telemetry
import Testing

@testable import Agent

@Suite struct RecordedMemoryTests {
    private let bench = TestBench()
    private var memory: RecordedMemory { bench.agent.memory }

    private func recorded() throws -> Span { try #require(bench.spans(.memory).last) }

    @Test func `adding is recorded with the text`() throws {
        let item = memory.add("The user's name is Ada.")
        #expect(item.id == 1 && memory.items == [item])
        let span = try recorded()
        #expect(span.name == "add" && span.error == nil && span.duration != nil)
        #expect(span.data == ["operation": "add", "data": "The user's name is Ada."])
        #expect(span.data.keys == ["operation", "data"])
    }

    @Test func `getting is recorded with what is there`() throws {
        memory.add("tea")
        #expect(memory.get(1)?.text == "tea")
        #expect(try recorded().data == ["operation": "get", "data": ["id": 1, "text": "tea"]])
        #expect(memory.get(2) == nil)
        #expect(try recorded().data == ["operation": "get", "data": ["id": 2, "text": nil]])
    }

    @Test func `searching is recorded with the query and what was found`() throws {
        for text in ["green tea", "milk", "black tea"] { memory.add(text) }
        #expect(memory.search("tea").map(\.text) == ["black tea", "green tea"])
        #expect(
            try recorded().data
                == ["operation": "search", "data": ["query": "tea", "found": ["black tea", "green tea"]]]
        )
        #expect(memory.search("tea", limit: 1).count == 1 && memory.search("?").isEmpty)
        #expect(try recorded().data["data"] == ["query": "?", "found": []])
    }

    @Test func `clearing is recorded with how much went`() throws {
        for text in ["tea", "milk"] { memory.add(text) }
        memory.clear()
        #expect(memory.items.isEmpty)
        #expect(try recorded().data == ["operation": "clear", "data": ["count": 2]])
        memory.clear()
        #expect(try recorded().data["data"] == ["count": 0])
    }

    @Test func `looking at everything isn't an operation`() {
        _ = memory.items
        #expect(bench.sink.spans.isEmpty)
    }

    @Test func `operations count, and belong to the span that the task is in`() {
        bench.telemetry.withTrace { _ in
            memory.add("tea")
            _ = memory.get(1)
            _ = memory.search("tea")
            memory.clear()
        }
        #expect(bench.outline == "agent_run(memory memory memory memory)")
        #expect(bench.telemetry.metrics.memoryOperations == 4)
    }

    @Test func `many tasks may remember at once, and nothing is lost or cleared twice`() async {
        await withTaskGroup(of: Void.self) { group in
            for task in 1...8 {
                group.addTask {
                    for number in 1...50 {
                        memory.add("task \(task) number \(number)")
                        if number % 10 == 0 { memory.clear() }
                    }
                }
            }
        }
        let spans = bench.spans(.memory)
        let cleared = spans.filter { $0.name == "clear" }.compactMap { $0.data["data"]?["count"]?.integer }
        #expect(cleared.reduce(0, +) + memory.items.count == 400)
        #expect(spans.filter { $0.name == "add" }.count == 400)
    }
}
