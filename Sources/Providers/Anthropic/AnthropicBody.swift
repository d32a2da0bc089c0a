import Basics
import Model

/// The body of `/v1/messages`.
struct AnthropicBody {
  let request: CompletionRequest

  /// The API wants a limit; every model takes this one.
  private static let defaultLimit = 4096

  var bytes: [UInt8] { request.bytes(of: body) }

  private var body: JSONObject {
    var body: JSONObject = ["model": .string(request.model)]
    body["max_tokens"] = .integer(Int64(request.maxTokens ?? Self.defaultLimit))
    let system = request.systemText
    if !system.isEmpty { body["system"] = .string(system) }
    body["messages"] = .array(AnthropicContent(request: request).messages)
    addTools(to: &body)
    addReasoning(to: &body)
    addSampling(to: &body)
    body["stream"] = true
    return body
  }

  private func addTools(to body: inout JSONObject) {
    guard !request.tools.isEmpty else { return }
    body["tools"] = .array(
      request.tools.map { tool in
        var json: JSONObject = ["name": .string(tool.name)]
        json.set("description", tool.description)
        json["input_schema"] = tool.parameters
        json.set("strict", tool.isStrict)
        return .object(json)
      })
    guard var choice = choice else { return }
    if choice["type"] != "none" {
      choice.set("disable_parallel_tool_use", request.allowsParallelCalls.map { !$0 })
    }
    body["tool_choice"] = .object(choice)
  }

  private var choice: JSONObject? {
    switch request.toolChoice {
    // What the word for parallel calls hangs on.
    case nil: request.allowsParallelCalls == nil ? nil : ["type": "auto"]
    case .auto: ["type": "auto"]
    case .required: ["type": "any"]
    case .never: ["type": "none"]
    case .tool(let name): ["type": "tool", "name": .string(name)]
    }
  }

  /// Models that know budgets only want `config.providerOptions` with `thinking` of their kind and `output_config` null.
  private func addReasoning(to body: inout JSONObject) {
    var output = JSONObject()
    if let effort = request.reasoningEffort {
      body["thinking"] = ["type": effort == .off ? "disabled" : "adaptive"]
      if effort != .off { output["effort"] = .string(effort == .minimal ? "low" : effort.rawValue) }
    }
    if case .schema(let answer) = request.format {
      output["format"] = ["type": "json_schema", "schema": answer.schema]
    }
    if !output.isEmpty { body["output_config"] = .object(output) }
  }

  private func addSampling(to body: inout JSONObject) {
    // Thinking goes with none of these but a high `top_p`.
    if request.reasoningEffort == nil || request.reasoningEffort == .off {
      // Elsewhere it goes to 2.
      body.set("temperature", request.temperature.map { min($0, 1) })
      body.set("top_p", request.topP)
      body.set("top_k", request.topK)
    }
    body.set("stop_sequences", request.stop)
  }
}
