import Basics
import Model

/// The body of Converse and of ConverseStream; the path names the model.
struct ConverseBody {
  let request: CompletionRequest

  var bytes: [UInt8] {
    var body: JSONObject = [:]
    let system = request.systemText
    if !system.isEmpty { body["system"] = [["text": .string(system)]] }
    body["messages"] = .array(ConverseContent(request: request).messages)
    body.set("inferenceConfig", inference)
    body.set("toolConfig", toolConfiguration)
    body.set("outputConfig", output)
    body.set("additionalModelRequestFields", modelFields)
    return request.bytes(of: body)
  }

  private var inference: JSON? {
    var object: JSONObject = [:]
    object.set("maxTokens", request.maxTokens)
    // Elsewhere it goes to 2.
    object.set("temperature", request.temperature.map { min($0, 1) })
    object.set("topP", request.topP)
    object.set("stopSequences", request.stop)
    return object.isEmpty ? nil : .object(object)
  }

  private var output: JSON? {
    var object: JSONObject = [:]
    if case .schema(let schema) = request.format {
      var definition: JSONObject = ["name": .string(schema.name)]
      definition.set("description", schema.description)
      // The schema is a text, not an object.
      definition["schema"] = .string(schema.schema.text)
      object["textFormat"] = [
        "type": "json_schema", "structure": ["jsonSchema": .object(definition)],
      ]
    }
    if family != .nova, family != .gptOSS, let effort = request.reasoningEffort, effort != .off {
      object["effort"] = .string(effort == .minimal ? "low" : effort.rawValue)
    }
    return object.isEmpty ? nil : .object(object)
  }
}

// MARK: Tools

extension ConverseBody {
  /// A conversation in which tools were used is refused without their definitions, whether they may be used again or not.
  private var toolConfiguration: JSON? {
    let isAllowed = request.toolChoice != .never
    guard isAllowed && !request.tools.isEmpty || !usedTools.isEmpty else { return nil }
    let tools = request.tools.isEmpty ? usedTools : request.tools
    var object: JSONObject = ["tools": .array(tools.map(Self.specification))]
    if !request.tools.isEmpty { object.set("toolChoice", choice) }
    return .object(object)
  }

  /// There is no word for "none".
  private var choice: JSON? {
    switch request.toolChoice {
    case .auto: ["auto": [:]]
    case .required: ["any": [:]]
    case .tool(let name): ["tool": ["name": .string(name)]]
    case .never, nil: nil
    }
  }

  /// What the conversation tells of its tools: their names.
  private var usedTools: [ToolDefinition] {
    request.turns.flatMap(\.parts.toolCalls).reduce(into: []) { tools, call in
      if !tools.contains(where: { $0.name == call.name }) {
        tools.append(ToolDefinition(name: call.name, parameters: ["type": "object"]))
      }
    }
  }

  private static func specification(_ tool: ToolDefinition) -> JSON {
    var object: JSONObject = ["name": .string(tool.name)]
    // Empty ones are refused.
    if let description = tool.description, !description.isEmpty {
      object["description"] = .string(description)
    }
    object["inputSchema"] = ["json": tool.parameters]
    object.set("strict", tool.isStrict)
    return ["toolSpec": .object(object)]
  }
}

// MARK: What each family of models has its own words for

extension ConverseBody {
  private enum Family { case nova, gptOSS, claude, other }

  private var family: Family {
    let model = request.model.lowercased()
    if model.contains("amazon.nova") { return .nova }
    if model.contains("openai.gpt") { return .gptOSS }
    return model.contains("anthropic.claude") ? .claude : .other
  }

  private var modelFields: JSON? {
    var object: JSONObject = [:]
    switch family {
    case .nova:
      if let topK = request.topK { object["inferenceConfig"] = ["topK": .integer(Int64(topK))] }
      object.set("reasoningConfig", novaReasoning)
    case .gptOSS: object.set("reasoning_effort", request.reasoningEffort?.rawValue)
    case .claude: object.set("top_k", request.topK)
    case .other: break
    }
    return object.isEmpty ? nil : .object(object)
  }

  private var novaReasoning: JSON? {
    guard let effort = request.reasoningEffort else { return nil }
    guard effort != .off else { return ["type": "disabled"] }
    return ["type": "enabled", "maxReasoningEffort": .string(effort.rawValue)]
  }
}
