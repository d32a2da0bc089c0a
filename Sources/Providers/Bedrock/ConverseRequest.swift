import Basics
import Model

/// A request in Converse's words.
struct ConverseRequest {
  private let completion: CompletionRequest

  init(_ completion: CompletionRequest) { self.completion = completion }

  /// The body.
  var bytes: [UInt8] {
    var body: JSONObject = [:]
    let system = completion.systemText
    if !system.isEmpty { body["system"] = [["text": .string(system)]] }
    body["messages"] = .array(ConverseMessages(completion).json)
    body.set("inferenceConfig", inference)
    body.set("toolConfig", toolConfiguration)
    body.set("outputConfig", output)
    body.set("additionalModelRequestFields", modelFields)
    return completion.bytes(of: body)
  }

  private var inference: JSON? {
    var object: JSONObject = [:]
    object.set("maxTokens", completion.maxTokens)
    object.set("temperature", completion.temperature)
    object.set("topP", completion.topP)
    object.set("stopSequences", completion.stop)
    return object.isEmpty ? nil : .object(object)
  }

  private var output: JSON? {
    var object: JSONObject = [:]
    if case .schema(let schema) = completion.format {
      var definition: JSONObject = ["name": .string(schema.name)]
      definition.set("description", schema.description)
      // The schema is a text, not an object.
      definition["schema"] = .string(schema.schema.text)
      object["textFormat"] = [
        "type": "json_schema", "structure": ["jsonSchema": .object(definition)],
      ]
    }
    if family != .nova, family != .gptOSS, let effort = completion.reasoningEffort, effort != .none {
      object["effort"] = .string(effort.rawValue)
    }
    return object.isEmpty ? nil : .object(object)
  }
}

// MARK: Tools

extension ConverseRequest {
  /// A conversation in which tools were used is refused without their definitions, whether they may be used again or not.
  private var toolConfiguration: JSON? {
    let isAllowed = completion.toolChoice != ToolChoice.none
    guard isAllowed && !completion.tools.isEmpty || !usedTools.isEmpty else { return nil }
    let tools = completion.tools.isEmpty ? usedTools : completion.tools
    var object: JSONObject = ["tools": .array(tools.map(Self.specification))]
    if !completion.tools.isEmpty { object.set("toolChoice", choice) }
    return .object(object)
  }

  /// There is no word for "none".
  private var choice: JSON? {
    switch completion.toolChoice {
    case .auto: ["auto": [:]]
    case .required: ["any": [:]]
    case .tool(let name): ["tool": ["name": .string(name)]]
    case .some(.none), nil: nil
    }
  }

  /// What the conversation tells of its tools: their names.
  private var usedTools: [ToolDefinition] {
    completion.turns.flatMap(\.parts.toolCalls).reduce(into: []) { tools, call in
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

extension ConverseRequest {
  private enum Family { case nova, gptOSS, claude, other }

  private var family: Family {
    let model = completion.model.lowercased()
    if model.contains("amazon.nova") { return .nova }
    if model.contains("openai.gpt") { return .gptOSS }
    return model.contains("anthropic.claude") ? .claude : .other
  }

  private var modelFields: JSON? {
    var object: JSONObject = [:]
    switch family {
    case .nova:
      if let topK = completion.topK { object["inferenceConfig"] = ["topK": .integer(Int64(topK))] }
      object.set("reasoningConfig", novaReasoning)
    case .gptOSS: object.set("reasoning_effort", completion.reasoningEffort?.rawValue)
    case .claude: object.set("top_k", completion.topK)
    case .other: break
    }
    return object.isEmpty ? nil : .object(object)
  }

  private var novaReasoning: JSON? {
    guard let effort = completion.reasoningEffort else { return nil }
    guard effort != .none else { return ["type": "disabled"] }
    return ["type": "enabled", "maxReasoningEffort": .string(effort.rawValue)]
  }
}
