/// Streams as servers send them, each with the start of its kind.
enum Samples {
  static let text = [
    #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    #"{"id":"c1","choices":[{"index":0,"delta":{"content":"Héllo 🦙"},"finish_reason":null}],"usage":null,"obfuscation":"x9"}"#,
    #"{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":" world"},"finish_reason":null}]}"#,
    #"{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
    #"{"id":"c1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}"#,
    "[DONE]",
  ]

  static let toolCalls = [
    #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"get_weather","arguments":""}}]},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"get_time","arguments":"{}"}}]},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ty\":\"Rome\"}"}}]},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    "[DONE]",
  ]

  static let errorAfterText = [
    #"{"choices":[{"index":0,"delta":{"content":"Hal"},"finish_reason":null}]}"#,
    #"{"error":{"message":"Upstream stopped","type":"server_error","param":null,"code":"server_error"}}"#,
    "[DONE]",
  ]

  static let ollama = [
    #"{"model":"qwen3:8b","created_at":"2026-01-01T00:00:00.1Z","message":{"role":"assistant","content":"","thinking":"Let me"},"done":false}"#,
    #"{"model":"qwen3:8b","created_at":"x","message":{"role":"assistant","content":"Hé 🦙","images":null},"done":false}"#,
    #"{"model":"qwen3:8b","created_at":"x","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"f","arguments":{"a":1}}}]},"done":false}"#,
    #"{"model":"qwen3:8b","created_at":"x","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":4883583458,"prompt_eval_count":26,"eval_count":282}"#,
  ]
}
