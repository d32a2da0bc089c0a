import Basics
import Model
import Pipelines

/// The body of `POST /v1/chat/completions`.
struct ChatRequest: Equatable, Sendable {
  /// Id or name of an agent, as the caller wrote it.
  let model: String
  let isStreamed: Bool
  /// Whether the stream ends with a chunk that tells the tokens.
  let includesUsage: Bool
  /// The stored conversation to continue; nil for one of the call's own.
  let conversation: Identifier<Conversation>?
  /// The other metadata, for the steps of pipelines and for tools.
  let parameters: JSONObject
  let transcript: ChatTranscript
  /// How the call wants its agent.
  let overrides: AgentOverrides

  init(_ bytes: [UInt8]) throws(OpenAIFault) {
    let body = try OpenAIBody(bytes)
    model = try body.requiredText("model")
    try Self.refuseUnsupported(body)
    isStreamed = try body.flag("stream")
    includesUsage = try Self.includesUsage(body, isStreamed: isStreamed)
    let metadata = try body.body("metadata")
    let own = try body.text("conversation")
    let name = try metadata?.text("conversation")
    conversation = (own ?? name).flatMap { $0.isEmpty ? nil : Identifier($0) }
    var others = body.value("metadata")?.object ?? [:]
    others["conversation"] = nil
    parameters = others
    transcript = try ChatTranscript(body)
    var overrides = AgentOverrides()
    overrides.config = try Self.config(body)
    let instructions = transcript.instructions.joined(separator: "\n\n")
    overrides.instructions = instructions.isEmpty ? nil : instructions
    let tools = try ChatTools(body)
    overrides.tools = tools.tools
    overrides.toolChoice = tools.choice
    overrides.allowsParallelCalls = tools.allowsParallelCalls
    // All that the caller brings is meant to be read.
    let earlier = transcript.messages.count - 1
    if conversation == nil, earlier > 0 { overrides.earlierMessages = earlier }
    self.overrides = overrides
  }

  /// The call as the hub makes it.
  func invocation(of agent: Agent) -> Invocation {
    let question = transcript.messages.last
    var invocation = Invocation(agent: agent.id, text: question?.text ?? "")
    let isText = question?.parts.allSatisfy { if case .text = $0.content { true } else { false } } ?? true
    if !isText { invocation.parts = question?.parts ?? [] }
    invocation.conversation = conversation
    if conversation == nil { invocation.earlier = transcript.messages.dropLast() }
    invocation.parameters = parameters
    invocation.overrides = overrides
    invocation.keyScope = "chat completions"
    return invocation
  }

  // MARK: Members

  private static func includesUsage(_ body: OpenAIBody, isStreamed: Bool) throws(OpenAIFault) -> Bool {
    guard let options = try body.body("stream_options") else { return false }
    guard isStreamed else {
      throw body.wrongValue("stream_options", "It is only allowed when 'stream' is enabled.")
    }
    return try options.flag("include_usage")
  }

  /// What would change the answer, or add to it, and cannot. What only helps or counts elsewhere (`user`, `store`, `service_tier`,
  /// `prediction`, …) passes.
  private static func refuseUnsupported(_ body: OpenAIBody) throws(OpenAIFault) {
    if let count = try body.integer("n"), count != 1 {
      throw OpenAIFault(
        "'n' must be 1: a run of the hub has one answer. Ask several times instead.", param: "n",
        code: "unsupported_value")
    }
    if try body.flag("logprobs") {
      throw body.unsupported("logprobs", "The hub does not keep probabilities of tokens.")
    }
    if let bias = body.value("logit_bias"), bias.object?.isEmpty != true {
      throw body.unsupported("logit_bias", "The hub's providers count tokens in different ways.")
    }
    if let modalities = try body.array("modalities"), modalities.contains(where: { $0 != "text" }) {
      throw body.unsupported("modalities", "Agents answer with text.")
    }
    for name in ["audio", "web_search_options"] where body.value(name) != nil {
      throw body.unsupported(name, "Agents have the tools that their config lists.")
    }
  }

  /// The hub's names for members that say how to answer.
  private static let settings: [(theirs: String, ours: String)] = [
    ("temperature", "temperature"), ("top_p", "topP"), ("top_k", "topK"), ("max_tokens", "maxTokens"),
    ("max_completion_tokens", "maxTokens"), ("frequency_penalty", "frequencyPenalty"),
    ("presence_penalty", "presencePenalty"), ("seed", "seed"), ("stop", "stop"),
    ("reasoning_effort", "reasoningEffort"),
  ]

  /// The members that say how to answer as an agent's `config` has them.
  private static func config(_ body: OpenAIBody) throws(OpenAIFault) -> JSONObject {
    var config = JSONObject()
    var names: [String: String] = ["responseFormat": "response_format"]
    for (theirs, ours) in settings {
      guard let value = body.value(theirs) else { continue }
      config[ours] = value
      names[ours] = theirs
    }
    config["responseFormat"] = try format(body)
    do throws(AgentConfigurationError) {
      _ = try AgentConfiguration(config)
    } catch {
      let name = String(error.field.dropFirst("config.".count))
      throw body.wrongValue(names[name] ?? name, "It must be \(error.expected).")
    }
    return config
  }

  private static func format(_ body: OpenAIBody) throws(OpenAIFault) -> JSON? {
    guard let format = try body.body("response_format") else { return nil }
    switch try format.requiredText("type") {
    case "text": return "text"
    case "json_object": return "json"
    case "json_schema":
      guard let schema = try format.body("json_schema") else { throw format.missing("json_schema") }
      var answer: JSONObject = ["name": .string(try schema.requiredText("name"))]
      answer["schema"] = schema.value("schema") ?? ["type": "object"]
      answer["description"] = try schema.text("description").map { .string($0) }
      if schema.value("strict") != nil { answer["strict"] = .bool(try schema.flag("strict")) }
      return .object(answer)
    default:
      throw format.wrongValue("type", "It must be 'text', 'json_object' or 'json_schema'.")
    }
  }
}
