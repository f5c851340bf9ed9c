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
        body["messages"] = .array(messages.enumerated().map { json(of: $1, at: $0) })
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

    private func json(of message: Message, at place: Int) -> JSONValue {
        var object: JSONObject = ["role": .string(message.role.rawValue), "content": .string(message.content)]
        // Servers that check the format require an id.
        if message.role == .tool { object["tool_call_id"] = .string("call_\(place)") }
        return .object(object)
    }
}
