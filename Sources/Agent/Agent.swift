public import Telemetry

/// An agent that records itself: whatever it does is a span, and so is every call of its model.
///
/// ```swift
/// let telemetry = try Telemetry()
/// let model = try await LlamaModel(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf")
/// let agent = Agent(model: model, telemetry: telemetry, tools: [Calculator()])
///
/// let answer = try await agent.generateStructured("What is Python?", schema: #"{"answer": string}"#)
/// let product = try await agent.useTool("What is 42 times 7?")
/// telemetry.printSummary()
/// ```
///
/// What the agent does belongs to the trace that the task is in (`telemetry.withTrace`), to the one that
/// `telemetry.startTrace()` began, or is a trace of its own.
///
/// An agent is safe to use from several tasks at once; its memory is shared by them.
public final class Agent: Sendable {
    /// How an agent works.
    public struct Configuration: Sendable {
        /// What the model is told before anything else.
        public var instructions: String
        /// How the model generates; the shape of structured answers is set by the agent.
        public var options: GenerationOptions
        /// How often a structured answer is asked for before the agent gives up.
        ///
        /// Less counts as 1.
        public var maxAttempts: Int
        /// How many memories a reply is given at most; none, if less than 1.
        public var recalledMemories: Int

        /// Whether the agent chooses by comparing with examples, where there are some of each choice and the model is an
        /// ``EmbeddingModel``, rather than by letting the model write its choice.
        ///
        /// A large model may do better without.
        public var comparesExamples: Bool

        /// Greedy decoding, three attempts, three memories, and choices by examples, unless told otherwise.
        public init(
            instructions: String = "You are a helpful assistant. You answer briefly.",
            options: GenerationOptions = GenerationOptions(maxTokens: 256),
            maxAttempts: Int = 3,
            recalledMemories: Int = 3,
            comparesExamples: Bool = true
        ) {
            self.instructions = instructions
            self.options = options
            self.maxAttempts = maxAttempts
            self.recalledMemories = recalledMemories
            self.comparesExamples = comparesExamples
        }
    }

    /// The model; it records every call.
    public let model: RecordedModel
    /// The recorder.
    public let telemetry: Telemetry
    /// What the agent can do.
    public let tools: ToolBox
    /// What the agent remembers; it records every operation.
    public let memory: RecordedMemory
    /// How the agent works.
    public let configuration: Configuration

    /// An agent with a model, a recorder and tools.
    ///
    /// - Parameters:
    ///   - model: What answers.
    ///   - telemetry: What records.
    ///   - tools: What the model can ask for.
    ///   - memory: What the agent remembers already.
    ///   - configuration: How the agent works.
    public init(
        model: any LanguageModel,
        telemetry: Telemetry,
        tools: ToolBox = [],
        memory: Memory = Memory(),
        configuration: Configuration = Configuration()
    ) {
        self.model = RecordedModel(model, telemetry: telemetry)
        self.telemetry = telemetry
        self.tools = tools
        self.memory = RecordedMemory(memory, telemetry: telemetry)
        self.configuration = configuration
    }

    /// Replies to a message in the light of what the agent remembers of it.
    ///
    /// The span is an `agent_step` named `reply`. Within it, memory is searched, and the model is called.
    ///
    /// - Parameters:
    ///   - message: What the user says.
    ///   - onPiece: Gets the reply's pieces as they are produced.
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func reply(to message: String, onPiece: (@Sendable (String) -> Void)? = nil) async throws -> String {
        try await step("reply") { span in
            let memories = memory.search(message, limit: configuration.recalledMemories)
            let prompt = Prompts.reply(to: message, instructions: configuration.instructions, memories: memories)
            return try await failing(.model, in: span) {
                try await model.generate(prompt, options: configuration.options, onPiece: onPiece).text
                    .trimmed()
            }
        }
    }
}

extension Agent {
    /// Runs `body` in a span of type `agent_step`.
    func step<Result>(
        _ name: String,
        data: JSONObject = [:],
        _ body: (ActiveSpan) async throws -> Result
    ) async throws -> Result {
        try await telemetry.withSpan(.agentStep, name: name, data: data, body)
    }

    /// Throws what `body` throws as an ``AgentError`` that carries the trace's id; cancellations and agent errors stay
    /// what they are.
    func failing<Result>(
        _ code: AgentError.Code,
        in span: ActiveSpan,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error where error is CancellationError || error is AgentError {
            throw error
        } catch {
            throw AgentError(code, "\(error)", in: span, underlying: error)
        }
    }
}

extension String {
    func trimmed() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
