import Telemetry

/// The body of a chat completion's request.
///
/// The format is that of [OpenAI's API reference](https://platform.openai.com/docs/api-reference/chat/create).
struct ChatRequest {
    var model: String?
    var messages: [Message]
    var options: GenerationOptions
    /// Whether the server knows `top_k` and `min_p`.
    var sendsTopKAndMinP: Bool
    /// Members that come on top of ours, or in their place; `null` takes one away.
    var extra: JSONObject

    var json: JSONObject {
        var body: JSONObject = [:]
        if let model { body["model"] = .string(model) }
        body["messages"] = .array(conversation.map(JSONValue.object))
        body["stream"] = .bool(true)
        body["stream_options"] = ["include_usage": true] as JSONValue
        body["max_tokens"] = .integer(options.maxTokens)
        body["temperature"] = .number(options.temperature)
        // Greedy decoding has no use for them, and some servers refuse some.
        if options.temperature > 0 {
            body["top_p"] = .number(options.topP)
            if sendsTopKAndMinP {
                body["top_k"] = .integer(options.topK)
                body["min_p"] = .number(options.minP)
            }
            // To llama.cpp, the largest one means a random seed.
            body["seed"] = .integer(Int(min(options.seed, .max - 1)))
        }
        if !options.stop.isEmpty { body["stop"] = .array(options.stop.map(JSONValue.string)) }
        if let schema = options.schema {
            body["response_format"] =
                [
                    "type": "json_schema",
                    "json_schema": ["name": "answer", "strict": true, "schema": schema.jsonSchema],
                ] as JSONValue
        }
        for (key, value) in extra { body[key] = value == .null ? JSONValue?.none : value }
        return body
    }

    /// The messages as servers want them, to which a tool's message is the result of a call that an earlier message made.
    ///
    /// A tool's message right after the request for a tool is that request's result. The call stands beside the request's
    /// text, not in its place: the templates of many models leave calls out. What a tool says unasked, as memory does,
    /// follows the next user's message, as the result of a call of `lookup`: there every template takes it.
    private var conversation: [JSONObject] {
        var entries: [JSONObject] = []
        var unasked: [Message] = []
        var request: ToolRequest?
        func answer(_ request: ToolRequest, _ result: Message) {
            // The same in every later call of a conversation that grows, so that the server's cache goes on to fit.
            let id = "call_\(entries.count - 1)"
            let function: JSONValue = [
                "name": .string(request.tool), "arguments": .string(request.arguments.description),
            ]
            entries[entries.count - 1]["tool_calls"] =
                [["id": .string(id), "type": "function", "function": function]] as JSONValue
            entries.append(["role": "tool", "content": .string(result.content), "tool_call_id": .string(id)])
        }
        func answerUnasked() {
            for result in unasked {
                entries.append(["role": "assistant", "content": .null])
                answer(ToolRequest(tool: "lookup"), result)
            }
            unasked = []
        }
        for message in messages {
            if message.role == .tool {
                if let request { answer(request, message) } else { unasked.append(message) }
                request = nil
                continue
            }
            entries.append(["role": .string(message.role.rawValue), "content": .string(message.content)])
            if message.role == .user { answerUnasked() }
            request = message.role == .assistant ? ToolRequest(parsing: message.content) : nil
        }
        answerUnasked()
        return entries
    }
}

extension ToolRequest {
    fileprivate init?(parsing text: String) {
        guard let json = try? JSONValue(parsing: text) else { return nil }
        self.init(json: json)
    }
}
