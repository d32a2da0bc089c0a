import Basics
import Model

/// The rules that turn chunks of a Chat Completions stream into events; every member of a chunk may be missing or null.
struct ChatCompletionsAssembler: AnswerAssembler {
  private let origin: ProviderOrigin
  private let request: String?
  private var hasStarted = false
  private var hasRefused = false
  private var finishReason: String?
  private var usage: Usage?
  private var toolCalls = ToolCallAssembler()
  /// OpenRouter's sealed reasoning, all items of all chunks in their order, as it wants them back.
  private var details: [JSON] = []
  private var thinkTags: ThinkTags?

  init(origin: ProviderOrigin, request: String?) {
    self.origin = origin
    self.request = request
    thinkTags = origin.readsThinkTags ? ThinkTags() : nil
  }

  var isComplete: Bool { finishReason != nil }
  var isOver: Bool { false }

  mutating func receive(chunk: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    if Self.isError(chunk) { return try fail(chunk) }
    start(chunk, into: &events)
    try receiveChoice(chunk, member: "delta", into: &events)
  }

  /// As if it had been one chunk.
  mutating func receive(document: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    if Self.isError(document) || document["choices"]?.array?.isEmpty != false {
      return try fail(document)
    }
    start(document, into: &events)
    try receiveChoice(document, member: "message", into: &events)
  }

  mutating func receive(stray json: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    if json["choices"]?[0]?["message"] != nil {
      try receive(document: json, into: &events)
    } else {
      try fail(json)
    }
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let finishReason else { throw origin.truncated() }
    let hasToolCalls = close(isWhole: true, into: &events)
    events.append(
      .finish(
        Self.reason(finishReason, hasToolCalls: hasToolCalls, hasRefused: hasRefused), raw: finishReason))
  }

  func fail(_ json: JSON) throws(ProviderError) {
    throw ErrorClassifier(origin).inStream(Self.errorBody(json))
  }

  mutating func abandon(into events: inout [ProviderEvent]) { _ = close(isWhole: false, into: &events) }

  /// Gives out what was held back, and says whether there were calls of tools.
  private mutating func close(isWhole: Bool, into events: inout [ProviderEvent]) -> Bool {
    events += thinkTags?.end() ?? []
    if !details.isEmpty {
      events.append(.replay(name: "reasoning_details", json: .array(details), of: .reasoning))
      details = []
    }
    let hasToolCalls = toolCalls.end(isWhole: isWhole, into: &events)
    if let usage { events.append(.usage(usage)) }
    usage = nil
    return hasToolCalls
  }

  private mutating func start(_ chunk: JSON, into events: inout [ProviderEvent]) {
    guard !hasStarted else { return }
    hasStarted = true
    let model = chunk["model"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? origin.model
    let response = chunk["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    events.append(
      .started(ProviderStart(provider: origin.provider, model: model, response: response, request: request)))
  }

  private mutating func receiveChoice(
    _ chunk: JSON, member: String, into events: inout [ProviderEvent]
  ) throws(ProviderError) {
    // Groq hides it; the last one that is not null counts.
    if let counted = Self.counted(chunk["usage"]) ?? Self.counted(chunk["x_groq"]?["usage"]) {
      usage = counted
    }
    receiveOthers(chunk, chunk["choices"]?[0]?[member], into: &events)
    guard let choice = chunk["choices"]?[0] else { return }
    if let delta = choice[member] { receive(delta: delta, into: &events) }
    // The delta goes first: many servers send the last text and the reason together.
    guard let reason = choice["finish_reason"]?.string, !reason.isEmpty else { return }
    if Self.failureReasons.contains(reason) {
      return try fail(["error": ["code": .string(reason)]])
    }
    finishReason = reason
  }

  private mutating func receive(delta: JSON, into events: inout [ProviderEvent]) {
    if let text = Self.text(delta["reasoning_content"]) ?? Self.text(delta["reasoning"]) {
      events.append(.reasoning(text))
    }
    details += delta["reasoning_details"]?.array ?? []
    receive(content: delta["content"], into: &events)
    if let text = Self.text(delta["refusal"]) {
      hasRefused = true
      events.append(.refusal(text))
    }
    toolCalls.receive(delta["tool_calls"]?.array ?? [], into: &events)
  }

  /// A string, or (Mistral) an array of typed parts.
  private mutating func receive(content: JSON?, into events: inout [ProviderEvent]) {
    if let text = Self.text(content) { return give(text, to: &events) }
    for part in content?.array ?? [] {
      switch part["type"]?.string {
      case "text": if let text = Self.text(part["text"]) { give(text, to: &events) }
      case "thinking":
        for piece in part["thinking"]?.array ?? [] {
          if let text = Self.text(piece["text"]) { events.append(.reasoning(text)) }
        }
      default: events.append(.raw(name: "content", json: part))
      }
    }
  }

  private mutating func give(_ text: String, to events: inout [ProviderEvent]) {
    if let sorted = thinkTags?.receive(text) { events += sorted } else { events.append(.text(text)) }
  }

  /// Pictures (OpenRouter), and what has no other place: sources, sound, the verdicts of Azure's filter.
  private func receiveOthers(
    _ chunk: JSON, _ delta: JSON?, into events: inout [ProviderEvent]
  ) {
    for image in delta?["images"]?.array ?? [] {
      let source = image["image_url"]?["url"]?.string.flatMap { ImageSource(url: $0) }
      events.append(source.map { .image($0) } ?? .raw(name: "image", json: image))
    }
    for name in ["annotations", "audio"] {
      if let json = delta?[name]?.unlessNull { events.append(.raw(name: name, json: json)) }
    }
    for name in ["prompt_filter_results", "citations"] {
      if let json = chunk[name]?.unlessNull { events.append(.raw(name: name, json: json)) }
    }
  }

  private static func text(_ json: JSON?) -> String? { json?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

// MARK: What members mean

extension ChatCompletionsAssembler {
  private static let failureReasons: Set<String> = ["error", "insufficient_system_resource", "abort"]

  private static func isError(_ chunk: JSON) -> Bool {
    if let error = chunk["error"], !error.isNull { return true }
    if let error = chunk["choices"]?[0]?["error"], !error.isNull { return true }
    return chunk["object"]?.string == "error"
  }

  /// The object that holds `error`: the chunk itself or its choice.
  private static func errorBody(_ chunk: JSON) -> JSON {
    if let error = chunk["error"], !error.isNull { return chunk }
    if let choice = chunk["choices"]?[0], choice["error"] != nil { return choice }
    return chunk
  }

  private static func reason(_ raw: String, hasToolCalls: Bool, hasRefused: Bool) -> FinishReason {
    switch raw {
    case "stop", "eos", "end_turn": hasToolCalls ? .toolCalls : hasRefused ? .refusal : .stop
    case "tool_calls", "function_call": .toolCalls
    case "length", "model_length": .length
    case "content_filter": .contentFilter
    default: .other
    }
  }

  private static func counted(_ json: JSON?) -> Usage? {
    json.flatMap { $0.object == nil ? nil : usage($0) }
  }

  /// Tokens as the API counts them.
  static func usage(_ json: JSON) -> Usage {
    let input = json["prompt_tokens_details"]
    return Usage(
      inputTokens: Usage.count(json["prompt_tokens"]), outputTokens: Usage.count(json["completion_tokens"]),
      cachedTokens: Usage.count(input?["cached_tokens"] ?? json["prompt_cache_hit_tokens"]),
      // OpenRouter's, for models whose vendor bills it.
      cacheWriteTokens: Usage.count(input?["cache_write_tokens"]),
      reasoningTokens: Usage.count(json["completion_tokens_details"]?["reasoning_tokens"]))
  }
}

extension Usage {
  /// A count as servers give it: missing or negative is 0.
  static func count(_ json: JSON?) -> Int { Int(clamping: max(0, json?.integer ?? 0)) }
}
