package import Basics

/// How one call wants its agent, for that call alone: the stored agent stays as it is.
///
/// A pipeline's step says it of the agent that works for it, a caller of the agent that answers it.
package struct AgentOverrides: Equatable, Sendable {
  /// A name or alias of the provider table; settings that were meant for the agent's own provider do not go along to another one.
  package var provider: String?
  package var model: String?
  /// Members of `config` in the place of the agent's own.
  package var config: JSONObject = [:]
  /// What stands behind the agent's own system prompt.
  package var instructions: String?
  /// Tools that the caller has: the model may ask for them, and when it does, the run ends and the caller calls them.
  package var tools: [ToolDefinition] = []
  /// What the model's first answer must do about tools; nil leaves it to the provider.
  package var toolChoice: ToolChoice?
  /// Whether the model may ask for several tools at once; nil leaves it to the provider.
  package var allowsParallelCalls: Bool?
  /// How many messages the caller brought along before its own: they are read beyond those that the hub would read of a conversation.
  /// The agent's own limit holds all the same.
  package var earlierMessages: Int?

  package init() {}

  /// Whether nothing is wanted in another way.
  package var isEmpty: Bool { self == AgentOverrides() }
}

extension AgentOverrides {
  /// The overrides as they are kept with a run.
  package var json: JSON {
    var object = JSONObject()
    object["provider"] = provider.map { .string($0) }
    object["model"] = model.map { .string($0) }
    if !config.isEmpty { object["config"] = .object(config) }
    object["instructions"] = instructions.map { .string($0) }
    if !tools.isEmpty { object["tools"] = .array(tools.map(\.json)) }
    object["toolChoice"] = toolChoice?.json
    object["parallelCalls"] = allowsParallelCalls.map { .bool($0) }
    object["earlierMessages"] = earlierMessages.map { .integer(Int64($0)) }
    return .object(object)
  }

  /// Reads what `json` wrote; what is missing is not wanted.
  package init(json: JSON) {
    self.init()
    provider = json["provider"]?.string
    model = json["model"]?.string
    config = json["config"]?.object ?? [:]
    instructions = json["instructions"]?.string
    tools = json["tools"]?.array?.compactMap { ToolDefinition(json: $0) } ?? []
    toolChoice = json["toolChoice"].flatMap { ToolChoice(json: $0) }
    allowsParallelCalls = json["parallelCalls"]?.bool
    earlierMessages = json["earlierMessages"]?.integer.map { Int($0) }
  }
}

extension ToolDefinition {
  fileprivate var json: JSON {
    var object: JSONObject = ["name": .string(name)]
    object["description"] = description.map { .string($0) }
    object["parameters"] = parameters
    object["strict"] = isStrict.map { .bool($0) }
    return .object(object)
  }

  fileprivate init?(json: JSON) {
    guard let name = json["name"]?.string, let parameters = json["parameters"] else { return nil }
    self.init(
      name: name, description: json["description"]?.string, parameters: parameters,
      isStrict: json["strict"]?.bool)
  }
}

extension ToolChoice {
  fileprivate var json: JSON {
    switch self {
    case .auto: "auto"
    case .required: "required"
    case .never: "never"
    case .tool(let name): ["tool": .string(name)]
    }
  }

  fileprivate init?(json: JSON) {
    switch json.string {
    case "auto"?: self = .auto
    case "required"?: self = .required
    case "never"?: self = .never
    default:
      guard let name = json["tool"]?.string else { return nil }
      self = .tool(name)
    }
  }
}
