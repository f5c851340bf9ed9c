import Telemetry

extension Agent {
    /// Makes a plan of the agent's tools, without doing anything.
    ///
    /// The model is held to the tools and their parameters; steps can depend on earlier ones only, so that there are no
    /// cycles. A plan that fails its checks all the same is asked for again. The span is a `plan` with the goal and the
    /// steps; each attempt is an `llm_call` within it.
    ///
    /// - Parameters:
    ///   - goal: What is to be reached.
    ///   - maxSteps: How many steps there are at most; less than 1 counts as 1, and more than 20 as 20.
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func plan(_ goal: String, maxSteps: Int = 5) async throws -> Plan {
        try await telemetry.withSpan(.plan, name: "make", data: ["goal": .string(goal)]) { span in
            guard !tools.tools.isEmpty else {
                throw AgentError(.tool, "the agent has no tools to plan with. Pass some when it is made.", in: span)
            }
            let schema = PlanForm.schema(tools, maxSteps: min(max(1, maxSteps), 20))
            let messages = Prompts.plan(goal, tools: tools)
            let plan = try await ask(messages, schema: schema, in: span) { value in
                let plan = PlanForm.plan(goal, value)
                do {
                    _ = try plan.graph(with: tools)
                } catch {
                    throw UnusableAnswer(reason: .rejected, message: "\(error)", text: value.text)
                }
                return plan
            }
            span["steps"] = plan.json["steps"]
            return plan
        }
    }

    /// Carries out a plan: steps that don't depend on each other at the same time, each as soon as it can.
    ///
    /// A step that fails stops only those that depend on it. Before anything runs, all is checked that can be: ids,
    /// dependencies, actions and inputs; a result that doesn't fit as an input fails its step before the tool is called.
    ///
    /// The span is a `plan` with the goal, and how many steps were done, failed and were skipped. Each step is an `action`
    /// within it with its `step` and what it `depends_on`; one that was skipped is an instant with its `reason`.
    ///
    /// - Parameters:
    ///   - plan: What is to be done.
    ///   - limit: How many steps are worked on at once; less than 1 counts as 1.
    /// - Throws: ``AgentError`` of code ``AgentError/Code/invalidPlan`` when a check fails, with the ``DependencyError`` or
    ///   ``ToolError`` behind it; `CancellationError` when the task was cancelled. Not when steps fail.
    public func execute(_ plan: Plan, atMost limit: Int = .max) async throws -> PlanResult {
        try await telemetry.withSpan(.plan, name: "execute", data: ["goal": .string(plan.goal)]) { span in
            let graph = try await failing(.invalidPlan, in: span) { try plan.graph(with: tools) }
            let steps = Dictionary(plan.steps.map { ($0.id, $0) }) { first, _ in first }
            let outcomes = try await graph.run(atMost: limit) { id, results in
                guard let step = steps[id] else { throw CancellationError() }
                return try await self.execute(step, graph.dependencies(of: id), results)
            }
            var (failed, skipped): ([String], Int) = ([], 0)
            for step in plan.steps {
                switch outcomes[step.id] {
                case .failed: failed.append(step.id)
                case .skipped(let cause):
                    skipped += 1
                    var data = Self.data(of: step, graph.dependencies(of: step.id))
                    data["outcome"] = "skipped"
                    data["reason"] = "needs \(cause), which \(failed.contains(cause) ? "failed" : "wasn't done")"
                    telemetry.log(.action, name: step.action, data: data)
                case .succeeded, nil: break
                }
            }
            span["steps"] = plan.steps.count
            span["succeeded"] = plan.steps.count - failed.count - skipped
            span["failed"] = failed.count
            span["skipped"] = skipped
            if !failed.isEmpty { span.fail("failed: \(failed.joined(separator: ", ")); \(skipped) skipped") }
            return PlanResult(outcomes: outcomes, traceID: span.traceID)
        }
    }

    /// Performs a step with the results of those that it depends on.
    private func execute(
        _ step: Plan.Step,
        _ dependencies: [String],
        _ results: [String: JSONValue]
    ) async throws -> JSONValue {
        try await telemetry.withSpan(.action, name: step.action, data: Self.data(of: step, dependencies)) { span in
            let inputs = step.inputs(with: results)
            span["inputs"] = inputs
            let result = try await failing(.tool, in: span) {
                let action = try Action(step.action, inputs: inputs, of: tools)
                return try await execute(ToolRequest(tool: action.name, arguments: action.inputs))
            }
            span["result"] = result
            return result
        }
    }

    private static func data(of step: Plan.Step, _ dependencies: [String]) -> JSONObject {
        var data: JSONObject = ["step": .string(step.id), "depends_on": dependencies.json]
        if !step.description.isEmpty { data["description"] = step.description }
        data["inputs"] = step.inputs
        return data
    }
}
