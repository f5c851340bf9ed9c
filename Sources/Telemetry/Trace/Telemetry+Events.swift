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
    ///   - prompt: The prompt, which is content: ``ContentCapture`` says how much of it is stored.
    ///   - response: The answer, likewise.
    ///   - promptLength: The prompt's length in characters; that of `prompt` unless given.
    ///   - responseLength: The answer's length in characters; that of `response` unless given.
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
        prompt: String? = nil,
        response: String? = nil,
        promptLength: Int? = nil,
        responseLength: Int? = nil,
        duration: Duration,
        promptTokens: Int? = nil,
        cachedTokens: Int? = nil,
        completionTokens: Int? = nil,
        attempt: Int = 1,
        success: Bool = true,
        error: String? = nil,
        data: JSONObject = JSONObject()
    ) -> SpanID {
        let promptLength = promptLength ?? prompt?.count
        let responseLength = responseLength ?? response?.count
        guard data.isEmpty, !looksAtAllMembers else {
            // Some of the keys may be the same: the object sorts that out. And a redaction of the user's own is to see all.
            var all: JSONObject = [:]
            all["model"] = model
            all["prompt_length"] = promptLength
            all["response_length"] = responseLength
            all["prompt_tokens"] = promptTokens
            all["cached_tokens"] = cachedTokens
            all["completion_tokens"] = completionTokens
            all["attempt"] = attempt
            all["success"] = success && error == nil
            all["prompt"] = prompt
            all["response"] = response
            all.merge(data)
            return log(.llmCall, name: model, duration: duration, data: all, error: error)
        }
        let event = Event(self, duration)
        var facts = SpanFacts(nanoseconds: event.head.nanoseconds)
        facts.isFailure = error != nil || !success
        facts.attempt = attempt
        facts.promptTokens = promptTokens ?? 0
        facts.cachedTokens = cachedTokens ?? 0
        facts.completionTokens = completionTokens ?? 0
        @inline(__always)
        func write(_ line: inout LineWriter, _: inout SpanFacts) {
            event.appendRootMembers(to: &line)
            if let model { line.member("model", name: model) }
            line.counts { counts in
                counts.member("prompt_length", promptLength)
                counts.member("response_length", responseLength)
                counts.member("prompt_tokens", promptTokens)
                counts.member("cached_tokens", cachedTokens)
                counts.member("completion_tokens", completionTokens)
                counts.member("attempt", attempt)
                counts.member("success", success && error == nil)
            }
            if let prompt { line.member(named: "prompt", .string(prompt)) }
            if let response { line.member(named: "response", .string(response)) }
        }
        record(event.head, .llmCall, name: model, event.ending(error), facts, write)
        return event.head.id
    }

    /// Records that a model asked for a tool.
    ///
    /// - Returns: The span's id.
    @discardableResult
    public func logToolRequest(_ tool: String, arguments: JSONObject = JSONObject(), error: String? = nil) -> SpanID {
        record(.toolRequest, name: tool, duration: nil, error: error) { line in
            line.member("tool", name: tool)
            line.member(named: "arguments", .object(arguments))
        }
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
        arguments: JSONObject = JSONObject(),
        result: JSONValue? = nil,
        duration: Duration,
        error: String? = nil
    ) -> SpanID {
        record(.toolCall, name: tool, duration: duration, error: error) { line in
            line.member("tool", name: tool)
            line.member(named: "arguments", .object(arguments))
            if let result { line.member(named: "result", result) }
        }
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
        record(.memory, name: operation.rawValue, duration: duration, error: error) { line in
            line.member("operation", name: operation.rawValue)
            if data != .null { line.member(named: "data", data) }
        }
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
        record(.decision, name: selected, duration: nil, error: error) { line in
            line.member(named: "choices", choices.json)
            if let selected { line.member(named: "selected", .string(selected)) }
        }
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
    @inline(never)
    @discardableResult
    public func log(
        _ type: EventType,
        name: String? = nil,
        duration: Duration? = nil,
        data: JSONObject = JSONObject(),
        error: String? = nil
    ) -> SpanID {
        let event = Event(self, duration)
        let data = event.owner.map { $0.adding(data) } ?? data
        let facts = SpanFacts(nanoseconds: event.head.nanoseconds, isFailure: error != nil)
        record(event.head, type, name: name, event.ending(error), facts) { line, facts in
            line.members(data, counting: &facts)
        }
        return event.head.id
    }

    /// Records an event whose data has keys of the package's own, and which the metrics count by its type alone.
    @inline(__always)
    private func record(
        _ type: EventType,
        name: String?,
        duration: Duration?,
        error: String?,
        _ data: (inout LineWriter) -> Void
    ) -> SpanID {
        let event = Event(self, duration)
        let facts = SpanFacts(nanoseconds: event.head.nanoseconds, isFailure: error != nil)
        record(event.head, type, name: name, event.ending(error), facts) { line, _ in
            event.appendRootMembers(to: &line)
            data(&line)
        }
        return event.head.id
    }
}

/// An event that has just ended, and the trace that it is in.
private struct Event: ~Copyable {
    let head: SpanHead
    /// Whose trace it is, if the event is a root of one that is somebody's.
    let owner: TraceOwner?
    /// When it ended, by the monotonic clock.
    let end: UInt64

    @inline(__always)
    func ending(_ error: String?) -> SpanEnding {
        SpanEnding(isRoot: head.parentID == nil, error: error, moment: end)
    }

    @inline(__always)
    init(_ telemetry: Telemetry, _ duration: Duration?) {
        let (trace, parent, owner) = telemetry.surroundings()
        // A century is longer than any operation; what is outside comes from a mistake, and must not overflow sums.
        let nanoseconds = duration.map { min($0.wholeNanoseconds, 3_155_760_000 * 1_000_000_000) }
        self.owner = owner
        let now = telemetry.clock.now()
        end = now.monotonic
        head = SpanHead(
            id: telemetry.nextSpanID(),
            traceID: trace,
            parentID: parent,
            timestamp: now.wall.earlier(byNanoseconds: nanoseconds ?? 0),
            nanoseconds: nanoseconds
        )
    }

    @inline(__always)
    func appendRootMembers(to line: inout LineWriter) {
        guard let owner else { return }
        if let userID = owner.userID { line.member("user_id", userID) }
        if let sessionID = owner.sessionID { line.member("session_id", sessionID) }
    }
}
