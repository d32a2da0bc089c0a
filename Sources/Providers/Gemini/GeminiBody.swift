import Basics
import Model

/// The body of `generateContent`.
struct GeminiBody {
  let request: CompletionRequest

  var bytes: [UInt8] { request.bytes(of: body) }

  private var body: JSONObject {
    var body = JSONObject()
    let system = request.systemText
    if !system.isEmpty { body["systemInstruction"] = ["parts": [["text": .string(system)]]] }
    body["contents"] = .array(GeminiContents(request: request).contents)
    addTools(to: &body)
    let configuration = configuration
    if !configuration.isEmpty { body["generationConfig"] = .object(configuration) }
    return body
  }

  private func addTools(to body: inout JSONObject) {
    guard !request.tools.isEmpty else { return }
    let declarations = request.tools.map { tool -> JSON in
      var json: JSONObject = ["name": .string(tool.name)]
      json.set("description", tool.description)
      // JSON Schema; `parameters` would be the smaller language of OpenAPI.
      json["parametersJsonSchema"] = tool.parameters
      return .object(json)
    }
    body["tools"] = [["functionDeclarations": .array(declarations)]]
    let choice: JSON? =
      switch request.toolChoice {
      case nil: nil
      case .auto: ["mode": "AUTO"]
      case .required: ["mode": "ANY"]
      case .never: ["mode": "NONE"]
      case .tool(let name): ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
      }
    body.set("toolConfig", choice.map { ["functionCallingConfig": $0] })
  }

  private var configuration: JSONObject {
    var configuration = JSONObject()
    configuration.set("temperature", request.temperature)
    configuration.set("topP", request.topP)
    configuration.set("topK", request.topK)
    configuration.set("maxOutputTokens", request.maxTokens)
    configuration.set("stopSequences", request.stop)
    configuration.set("seed", request.seed)
    configuration.set("frequencyPenalty", request.frequencyPenalty)
    configuration.set("presencePenalty", request.presencePenalty)
    if let format = request.format {
      configuration["responseMimeType"] = "application/json"
      if case .schema(let answer) = format { configuration["responseJsonSchema"] = answer.schema }
    }
    configuration.set("thinkingConfig", request.reasoningEffort.map(thinking))
    return configuration
  }

  /// Models up to 2.5 take a number of tokens, later ones a level, and neither takes the other's.
  private func thinking(_ effort: ReasoningEffort) -> JSON {
    let budgets: [ReasoningEffort: Int64] = [
      .off: 0, .minimal: 512, .low: 1024, .medium: 8192, .high: 16_384, .xhigh: 24_576, .max: 24_576,
    ]
    if GeminiModel(request.model).takesThinkingBudget {
      return ["includeThoughts": .bool(effort != .off), "thinkingBudget": .integer(budgets[effort] ?? -1)]
    }
    let level: JSON =
      switch effort {
      case .off, .minimal: "MINIMAL"
      case .low: "LOW"
      case .medium: "MEDIUM"
      case .high, .xhigh, .max: "HIGH"
      }
    return ["includeThoughts": .bool(effort != .off), "thinkingLevel": level]
  }
}

/// What a model's name tells.
struct GeminiModel {
  /// Of `gemini-2.5-flash` it is 2; nil for names that tell none.
  private let generation: Int?

  init(_ name: String) {
    let words = (name.split(separator: "/").last ?? "").split(separator: "-")
    let isGemini = words.first == "gemini" && words.count > 1
    generation = isGemini ? words[1].split(separator: ".").first.flatMap { Int($0) } : nil
  }

  var takesThinkingBudget: Bool { generation.map { $0 < 3 } ?? false }
  /// Whether a call of a tool is refused when it comes back without the signature it was made with.
  var wantsSignatures: Bool { generation.map { $0 >= 3 } ?? false }
}
