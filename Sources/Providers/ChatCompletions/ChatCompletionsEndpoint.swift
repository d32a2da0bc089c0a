import Basics
import Fetch
import Model

/// A server of the Chat Completions API, and the requests that it takes.
struct ChatCompletionsEndpoint {
  let base: FetchURL
  let server: ChatServer
  let timeouts: FetchTimeouts
  /// The fields that say who asks.
  var fields: [(name: String, value: String)] = []

  /// Writes the request.
  func request(_ completion: CompletionRequest, provider: String) -> FetchRequest {
    post(
      "chat/completions", accept: "text/event-stream",
      body: completion.bytes(of: body(completion, provider: provider)))
  }

  /// A request to one of the API's paths.
  func post(_ path: String, accept: String, body: [UInt8]) -> FetchRequest {
    let fixed: [(name: String, value: String)] = [("Content-Type", "application/json"), ("Accept", accept)]
    return FetchRequest(
      url: url(path), fields: fixed + fields, body: body, timeouts: timeouts,
      allowsPlainHTTP: !server.isHosted)
  }

  /// Azure's older addresses name a deployment in their path and want the API's version in the query.
  private func url(_ path: String) -> FetchURL {
    let isDeployment = base.text.contains("/openai/deployments/")
    return base.appending(path: isDeployment ? "\(path)?api-version=2024-10-21" : path)
  }

  private func body(_ completion: CompletionRequest, provider: String) -> JSONObject {
    var body: JSONObject = ["model": .string(completion.model)]
    body["messages"] = .array(
      ChatMessages(request: completion, provider: provider, server: server).messages)
    body.set(server.limitField.rawValue, completion.maxTokens ?? server.defaultLimit)
    addSampling(of: completion, to: &body)
    body.set("reasoning_effort", completion.reasoningEffort?.rawValue)
    addTools(of: completion, to: &body)
    body.set("response_format", completion.format.map(Self.format))
    body["stream"] = true
    if server.asksForUsage {
      body["stream_options"] =
        server.refusesPadding
        ? ["include_usage": true, "include_obfuscation": false] : ["include_usage": true]
    }
    return body
  }

  private func addSampling(of completion: CompletionRequest, to body: inout JSONObject) {
    body.set(server.seedMember, completion.seed)
    guard !server.reasons(completion.model) else { return }
    body.set("temperature", completion.temperature)
    body.set("top_p", completion.topP)
    if server.takesTopK { body.set("top_k", completion.topK) }
    body.set("frequency_penalty", completion.frequencyPenalty)
    body.set("presence_penalty", completion.presencePenalty)
    body.set("stop", completion.stop)
  }

  private func addTools(of completion: CompletionRequest, to body: inout JSONObject) {
    guard !completion.tools.isEmpty else { return }
    body["tools"] = .array(
      completion.tools.map { tool in
        var function: JSONObject = ["name": .string(tool.name)]
        function.set("description", tool.description)
        function["parameters"] = tool.parameters
        function.set("strict", tool.isStrict)
        return ["type": "function", "function": .object(function)]
      })
    body.set("tool_choice", completion.toolChoice.map(choice))
    body.set("parallel_tool_calls", completion.allowsParallelCalls)
  }

  private func choice(_ choice: ToolChoice) -> JSON {
    switch choice {
    case .auto: "auto"
    case .never: "none"
    case .required: .string(server.requiredChoice)
    case .tool(let name): ["type": "function", "function": ["name": .string(name)]]
    }
  }

  private static func format(_ format: AnswerFormat) -> JSON {
    switch format {
    case .json: return ["type": "json_object"]
    case .schema(let answer):
      var schema: JSONObject = ["name": .string(answer.name)]
      schema.set("description", answer.description)
      schema["schema"] = answer.schema
      schema.set("strict", answer.isStrict)
      return ["type": "json_schema", "json_schema": .object(schema)]
    }
  }
}
