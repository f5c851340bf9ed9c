import Agent
import AgentTesting
import Telemetry

/// An agent on a scripted model, with all that it records: ids counted from 1, and a clock that stands still.
struct TestBench {
    let model: ScriptedModel
    let agent: Agent
    let telemetry: Telemetry
    let sink = InMemorySink()
    let clock = ManualTimeSource()

    init(
        _ model: ScriptedModel,
        tools: ToolBox = [],
        memory: Memory = Memory(),
        configuration: Agent.Configuration = .init()
    ) {
        self.model = model
        telemetry = Telemetry(sink: sink, configuration: .deterministic(clock: clock))
        agent = Agent(
            model: model,
            telemetry: telemetry,
            tools: tools,
            memory: memory,
            configuration: configuration
        )
    }

    init(_ answers: ScriptedModel.Answer..., tools: ToolBox = []) {
        self.init(ScriptedModel(answers), tools: tools)
    }

    /// What was recorded of that type, in the order in which it ended.
    func spans(_ type: EventType) -> [Span] { sink.spans.filter { $0.eventType == type } }

    /// What was recorded, as nested types: `agent_step(llm_call llm_call!)`, failures with a `!`.
    var outline: String { SpanTree(sink.spans).outline }
}
