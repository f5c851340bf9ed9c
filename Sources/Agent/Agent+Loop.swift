public import Telemetry

/// How long a run of the agent's loop may go on.
///
/// For example: `agent.run(goal, limits: RunLimits(steps: 20, tokens: 10_000, time: .seconds(30)))`.
public struct RunLimits: Sendable, Hashable {
    /// How many times the model may use a tool or answer, retries not counted; less than 1 counts as 1.
    ///
    /// When all were used for tools, the model is asked once more, and can then only answer.
    public var steps: Int
    /// How many tokens prompts and answers may have together; `nil` for no limit.
    ///
    /// Answers are cut off there; only the last prompt can go beyond.
    public var tokens: Int?
    /// How long the run may take; `nil` for no limit.
    ///
    /// Then the task in which the run works is cancelled: the model, or the tool, that is running stops as soon as it
    /// observes that.
    public var time: Duration?
    /// How often the model may ask for the same tool with the same arguments; less than 1 counts as 1.
    ///
    /// Once more, and it is asked again, and can then only answer.
    public var identicalActions: Int

    /// Eight steps, and three identical actions, unless told otherwise.
    public init(steps: Int = 8, tokens: Int? = nil, time: Duration? = nil, identicalActions: Int = 3) {
        self.steps = steps
        self.tokens = tokens
        self.time = time
        self.identicalActions = identicalActions
    }
}

/// What came of a run of the agent's loop.
public struct RunResult: Sendable, Hashable {
    /// Why a run ended.
    public enum StopReason: String, Sendable, Hashable, CaseIterable {
        /// The model gave its answer.
        case answered
        /// The model had not answered when all steps were used up.
        case stepLimit = "step_limit"
        /// The calls of the model had used all tokens.
        case tokenLimit = "token_limit"
        /// The time was over; what ran then was cancelled.
        case timeLimit = "time_limit"
        /// The model asked for the same tool with the same arguments once more than it may.
        case repeatedAction = "repeated_action"
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
    ///
    /// Behind a limit of steps or of repeated actions, it is what the model made of what it had learnt by then.
    public var answer: String?
    /// Why the run ended.
    public var stopReason: StopReason
    /// The tools that were used, in order.
    public var steps: [Step]
    /// The tokens of prompts and answers of all the run's calls of the model.
    public var tokens: Int
    /// The run's trace.
    public var traceID: TraceID
}

extension Agent {
    /// Works towards a goal: lets the model use tools, one in each step, until it answers or reaches a limit.
    ///
    /// The span is an `agent_run`, the root of a trace of its own unless the task is in one already; it has the limits, and
    /// says which one ended the run at `stop_reason`. Each step is an `agent_step` in which the model is called and its
    /// tool executed; a small model seldom ends by itself, so that behind the last one comes an `agent_step` named `answer`
    /// in which it can do nothing else. A tool that fails doesn't end the run: the model is told what went wrong. What tools return reaches
    /// the model in messages of their own, never as instructions.
    ///
    /// - Parameters:
    ///   - goal: What is to be done or answered.
    ///   - limits: How long to go on.
    /// - Throws: ``AgentError`` when the model fails; `CancellationError` when the task was cancelled. Reaching a limit is
    ///   no error.
    public func run(_ goal: String, limits: RunLimits = RunLimits()) async throws -> RunResult {
        try await telemetry.withSpan(.agentRun, name: goal, data: limits.json) { span in
            let traceID = span.traceID
            let (outcome, isLate) = await cancelling(after: limits.time) {
                await self.drive(goal, limits, traceID)
            }
            var (result, error) = outcome
            if isLate, error != nil {
                result.stopReason = .timeLimit
                error = nil
            }
            span["steps"] = result.steps.count
            span["tokens"] = result.tokens
            if let error { throw error }
            span["stop_reason"] = result.stopReason.rawValue
            span["answer"] = result.answer
            return result
        }
    }

    /// Takes steps until there is an answer, a limit is reached, or something fails.
    private func drive(
        _ goal: String,
        _ limits: RunLimits,
        _ traceID: TraceID
    ) async -> (result: RunResult, error: (any Error)?) {
        var conversation = Prompts.loop(goal, tools: tools, instructions: configuration.instructions)
        var result = RunResult(answer: nil, stopReason: .stepLimit, steps: [], tokens: 0, traceID: traceID)
        let budget = TokenBudget(limit: limits.tokens)
        var requests: [ToolRequest: Int] = [:]
        func finished(_ error: (any Error)? = nil) -> (RunResult, (any Error)?) {
            result.tokens = budget.used
            return (result, error)
        }
        do {
            for number in 1...max(1, limits.steps) {
                try Task.checkCancellation()
                let ending = try await step("step \(number)") { span -> RunResult.StopReason? in
                    switch try await choose(in: span, conversation, budget) {
                    case .answer(let answer):
                        result.answer = answer
                        return .answered
                    case .use(let request):
                        requests[request, default: 0] += 1
                        if requests[request, default: 0] > max(1, limits.identicalActions) { return .repeatedAction }
                        conversation.append(.assistant(request.json.text))
                        result.steps.append(try await carryOut(request, &conversation))
                        return nil
                    }
                }
                if let ending {
                    result.stopReason = ending
                    break
                }
            }
            if result.answer == nil { result.answer = try await lastAnswer(conversation, budget) }
            return finished()
        } catch is TokenBudget.UsedUp {
            result.stopReason = .tokenLimit
            return finished()
        } catch {
            return finished(error)
        }
    }

    private enum Choice {
        case answer(String)
        case use(ToolRequest)
    }

    /// Lets the model choose a tool or answer.
    private func choose(
        in span: ActiveSpan,
        _ conversation: [Message],
        _ budget: TokenBudget
    ) async throws -> Choice {
        let schema = tools.requestSchema.map { Schema.anyOf([$0, Self.answerSchema]) } ?? Self.answerSchema
        let action = try await ask(conversation, schema: schema, in: span, budget: budget)
        guard let request = ToolRequest(json: action) else {
            return .answer(action["answer"]?.string ?? action.description)
        }
        telemetry.logToolRequest(request.tool, arguments: request.arguments)
        return .use(request)
    }

    private static var answerSchema: Schema { .object([.required("answer", .string)]) }

    /// Lets the model do nothing but answer; `nil` if it comes to no end.
    private func lastAnswer(_ conversation: [Message], _ budget: TokenBudget) async throws -> String? {
        do {
            return try await step("answer") { span in
                try await ask(conversation, schema: Self.answerSchema, in: span, budget: budget)["answer"]?.string
            }
        } catch let error as AgentError where [.cutOff, .structuredOutput].contains(error.code) {
            return nil  // Reaching a limit is no error, and the log has this one.
        }
    }

    /// Executes a tool, and tells the model what came of it.
    private func carryOut(_ request: ToolRequest, _ conversation: inout [Message]) async throws -> RunResult.Step {
        do {
            let result = try await execute(request)
            conversation.append(.tool(result.text))
            return RunResult.Step(request: request, result: result)
        } catch let error as AgentError {
            // As JSON, what the tool said is data to the last character, where a template sets messages apart by lines, too.
            conversation.append(.tool((["error": .string(error.message)] as JSONValue).text))
            return RunResult.Step(request: request, error: error.message)
        }
    }
}

extension RunLimits {
    /// The limits as a run's span has them.
    fileprivate var json: JSONObject {
        var data: JSONObject = ["max_steps": .integer(max(1, steps))]
        data["max_tokens"] = tokens
        data["max_time_ms"] = time?.milliseconds
        data["max_identical_actions"] = max(1, identicalActions)
        return data
    }
}

/// Runs `body`, and cancels it when `limit` has passed.
///
/// - Returns: What `body` returned, and whether it was cancelled for being late.
private func cancelling<Result: Sendable>(
    after limit: Duration?,
    _ body: @escaping @Sendable () async -> Result
) async -> (Result, isLate: Bool) {
    guard let limit else { return (await body(), false) }
    let timer = Task { try await Task.sleep(for: limit) }
    defer { timer.cancel() }
    let work = Task { await body() }
    let watch = Task { () -> Bool in
        guard case .success = await timer.result else { return false }
        work.cancel()
        return true
    }
    let result = await withTaskCancellationHandler {
        await work.value
    } onCancel: {
        work.cancel()
    }
    timer.cancel()
    return (result, await watch.value && !Task.isCancelled)
}
