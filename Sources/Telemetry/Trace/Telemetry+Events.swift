// One method for each kind of event that the lesson's table *What to Log* has, for code that measures by itself.
// The span is a child of the one that the current task is in, like any other.

/// What was done with a memory.
public enum MemoryOperation: String, Sendable, Hashable, CaseIterable {
    /// Something was stored.
    case add
    /// Something was read by its place or id.
    case get
    /// Something was looked for.
    case search
    /// Everything was forgotten.
    case clear
}

extension Telemetry {
    /// Records a finished call of a language model.
    ///
    /// - Parameters:
    ///   - model: The model's name.
    ///   - promptLength: The prompt's length in characters.
    ///   - responseLength: The answer's length in characters.
    ///   - duration: How long the call took; it is taken to have ended now.
    ///   - promptTokens: The prompt's tokens, those found in a cache included.
    ///   - cachedTokens: The prompt's tokens that were found in a cache.
    ///   - completionTokens: The answer's tokens.
    ///   - attempt: 1 for the first try, 2 for its first repetition, and so on.
    ///   - success: Whether the answer was of use. A call with an `error` never was.
    ///   - error: What went wrong.
    ///   - data: What else there is to know about it.
    /// - Returns: The span's id.
    @discardableResult
    public func logLLMCall(
        model: String? = nil,
        promptLength: Int,
        responseLength: Int,
        duration: Duration,
        promptTokens: Int? = nil,
        cachedTokens: Int? = nil,
        completionTokens: Int? = nil,
        attempt: Int = 1,
        success: Bool = true,
        error: String? = nil,
        data: JSONObject = [:]
    ) -> SpanID {
        var all: JSONObject = [:]
        all["model"] = model
        all["prompt_length"] = promptLength
        all["response_length"] = responseLength
        all["prompt_tokens"] = promptTokens
        all["cached_tokens"] = cachedTokens
        all["completion_tokens"] = completionTokens
        all["attempt"] = attempt
        all["success"] = success && error == nil
        all.merge(data)
        return log(.llmCall, name: model, duration: duration, data: all, error: error)
    }

    /// Records that a model asked for a tool.
    ///
    /// - Returns: The span's id.
    @discardableResult
    public func logToolRequest(_ tool: String, arguments: JSONObject = [:], error: String? = nil) -> SpanID {
        log(.toolRequest, name: tool, data: ["tool": .string(tool), "arguments": .object(arguments)], error: error)
    }

    /// Records a finished execution of a tool.
    ///
    /// - Parameters:
    ///   - tool: The tool's name.
    ///   - arguments: What it was called with.
    ///   - result: What it returned; `nil` when it failed.
    ///   - duration: How long it took; it is taken to have ended now.
    ///   - error: What went wrong.
    /// - Returns: The span's id.
    @discardableResult
    public func logToolCall(
        _ tool: String,
        arguments: JSONObject = [:],
        result: JSONValue? = nil,
        duration: Duration,
        error: String? = nil
    ) -> SpanID {
        var data: JSONObject = ["tool": .string(tool), "arguments": .object(arguments)]
        data["result"] = result
        return log(.toolCall, name: tool, duration: duration, data: data, error: error)
    }

    /// Records a memory operation.
    ///
    /// - Parameters:
    ///   - operation: What was done.
    ///   - data: What was stored, read or looked for.
    ///   - duration: How long it took; it is taken to have ended now.
    ///   - error: What went wrong.
    /// - Returns: The span's id.
    @discardableResult
    public func logMemoryOperation(
        _ operation: MemoryOperation,
        data: JSONValue = .null,
        duration: Duration? = nil,
        error: String? = nil
    ) -> SpanID {
        var all: JSONObject = ["operation": .string(operation.rawValue)]
        if data != .null { all["data"] = data }
        return log(.memory, name: operation.rawValue, duration: duration, data: all, error: error)
    }

    /// Records a decision.
    ///
    /// - Parameters:
    ///   - choices: What there was to choose from.
    ///   - selected: What was chosen; `nil` when nothing could be.
    ///   - error: What went wrong.
    /// - Returns: The span's id.
    @discardableResult
    public func logDecision(choices: [String], selected: String?, error: String? = nil) -> SpanID {
        var data: JSONObject = [:]
        data["choices"] = choices
        data["selected"] = selected
        return log(.decision, name: selected, data: data, error: error)
    }

    /// Records anything that has happened.
    ///
    /// - Parameters:
    ///   - type: What kind of operation it was.
    ///   - name: What precisely it was.
    ///   - duration: How long it took; it is taken to have ended now. `nil` for an instant.
    ///   - data: What there is to know about it.
    ///   - error: What went wrong.
    /// - Returns: The span's id.
    @discardableResult
    public func log(
        _ type: EventType,
        name: String? = nil,
        duration: Duration? = nil,
        data: JSONObject = [:],
        error: String? = nil
    ) -> SpanID {
        let (trace, parent) = surroundings()
        let id = configuration.identifiers.nextSpanID()
        // A century is longer than any operation; what is outside comes from a mistake, and must not overflow sums.
        let duration = duration.map { min(max($0, .zero), .seconds(3_155_760_000)) }
        record(
            Span(
                id: id,
                traceID: trace.id,
                parentID: parent,
                eventType: type,
                name: name,
                timestamp: configuration.timeSource.wallTime() - (duration ?? .zero),
                duration: duration,
                data: parent == nil ? trace.rootData(data) : data,
                error: error
            )
        )
        return id
    }
}
