public import Telemetry

/// What came of a run of the agent's loop.
public struct RunResult: Sendable, Hashable {
    /// Why a run ended.
    public enum StopReason: String, Sendable, Hashable {
        /// The model gave its answer.
        case answered
        /// The model had not answered when all steps were used up.
        case stepLimit = "step_limit"
    }

    /// What was done in one step.
    public struct Step: Sendable, Hashable {
        /// The tool that the model asked for.
        public var request: ToolRequest
        /// What it returned; `nil` if it failed.
        public var result: JSONValue?
        /// What went wrong; `nil` if nothing did.
        public var error: String?
    }

    /// The answer; `nil` if there was none when the run ended.
    public var answer: String?
    /// Why the run ended.
    public var stopReason: StopReason
    /// The tools that were used, in order.
    public var steps: [Step]
    /// The run's trace.
    public var traceID: TraceID
}

extension Agent {
    /// Works towards a goal: lets the model use tools, one in each step, until it answers.
    ///
    /// The span is an `agent_run`, the root of a trace of its own unless the task is in one already. Each step is an
    /// `agent_step` in which the model is called and its tool executed. A tool that fails doesn't end the run: the model
    /// is told what went wrong. What tools return reaches the model in messages of their own, never as instructions.
    ///
    /// - Parameters:
    ///   - goal: What is to be done or answered.
    ///   - maxSteps: How many times the model is called at most; less than 1 counts as 1.
    /// - Throws: ``AgentError`` when the model fails; `CancellationError` when the task was cancelled.
    public func run(_ goal: String, maxSteps: Int = 8) async throws -> RunResult {
        let maxSteps = max(1, maxSteps)
        return try await telemetry.withSpan(.agentRun, name: goal, data: ["max_steps": .integer(maxSteps)]) { span in
            var conversation = Prompts.loop(goal, tools: tools, instructions: configuration.instructions)
            var result = RunResult(answer: nil, stopReason: .stepLimit, steps: [], traceID: span.traceID)
            for number in 1...maxSteps {
                try Task.checkCancellation()
                let answer = try await step("step \(number)") { span in
                    try await takeStep(in: span, &conversation, &result.steps)
                }
                if let answer {
                    result.answer = answer
                    result.stopReason = .answered
                    break
                }
            }
            span["steps"] = result.steps.count
            span["stop_reason"] = result.stopReason.rawValue
            span["answer"] = result.answer
            return result
        }
    }

    /// Lets the model use one tool or answer; returns the answer.
    private func takeStep(
        in span: ActiveSpan,
        _ conversation: inout [Message],
        _ steps: inout [RunResult.Step]
    ) async throws -> String? {
        let answer = Schema.object([.required("answer", .string)])
        let schema = tools.requestSchema.map { Schema.anyOf([$0, answer]) } ?? answer
        let action = try await generate(conversation, schema: schema, in: span)
        guard let request = ToolRequest(json: action) else { return action["answer"]?.string ?? action.description }
        telemetry.logToolRequest(request.tool, arguments: request.arguments)
        conversation.append(.assistant(action.text))
        do {
            let result = try await execute(request)
            steps.append(RunResult.Step(request: request, result: result))
            conversation.append(.tool(result.text))
        } catch let error as AgentError {
            steps.append(RunResult.Step(request: request, error: error.message))
            conversation.append(.tool("error: \(error.message)"))
        }
        return nil
    }
}
