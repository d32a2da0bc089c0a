import Basics
import Model

/// The rules that turn the events of Anthropic's stream into ours.
struct AnthropicAssembler: AnswerAssembler {
  private let origin: ProviderOrigin
  private let request: String?
  private var hasStarted = false
  private var blocks = AnthropicBlocks()
  private var stopReason: String?
  private var counts: JSONObject = [:]
  private(set) var isOver = false

  init(origin: ProviderOrigin, request: String?) {
    self.origin = origin
    self.request = request
  }

  var isComplete: Bool { stopReason != nil }

  mutating func receive(chunk: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    let index = Int(clamping: chunk["index"]?.integer ?? 0)
    switch chunk["type"]?.string {
    case "message_start": start(chunk["message"] ?? [:], into: &events)
    case "content_block_start": blocks.start(chunk["content_block"] ?? [:], at: index, into: &events)
    case "content_block_delta": blocks.receive(chunk["delta"] ?? [:], at: index, into: &events)
    case "content_block_stop": blocks.stop(at: index, into: &events)
    case "message_delta":
      count(chunk["usage"])
      stop(chunk["delta"] ?? [:], into: &events)
    case "message_stop": isOver = true
    case "ping": events.append(.keepAlive)
    case "error": try fail(chunk)
    case let type:
      if let error = chunk["error"], !error.isNull { try fail(chunk) }
      events.append(.raw(name: type ?? "event", json: chunk))
    }
  }

  mutating func receive(document: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    guard document["type"]?.string == "message" else { return try fail(document) }
    start(document, into: &events)
    for (index, block) in (document["content"]?.array ?? []).enumerated() {
      blocks.start(block, at: index, into: &events)
      blocks.stop(at: index, into: &events)
    }
    stop(document, into: &events)
  }

  mutating func receive(stray: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    try receive(document: stray, into: &events)
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let stopReason else { throw origin.truncated() }
    abandon(into: &events)
    events.append(.finish(Self.reason(stopReason), raw: stopReason))
  }

  mutating func abandon(into events: inout [ProviderEvent]) {
    blocks.end(into: &events)
    addUsage(to: &events)
    counts = [:]
  }

  func fail(_ json: JSON) throws(ProviderError) {
    var error = ErrorClassifier(origin).inStream(json)
    error.request = json["request_id"]?.string ?? request
    throw error
  }

  private mutating func start(_ message: JSON, into events: inout [ProviderEvent]) {
    count(message["usage"])
    guard !hasStarted else { return }
    hasStarted = true
    events.append(
      .started(
        ProviderStart(
          provider: origin.provider, model: message["model"]?.string ?? origin.model,
          response: message["id"]?.string, request: request)))
  }

  /// Later counts replace earlier ones; those that are missing still hold.
  private mutating func count(_ usage: JSON?) {
    for member in usage?.object?.members ?? [] where !member.value.isNull {
      counts[member.name] = member.value
    }
  }

  private mutating func stop(_ delta: JSON, into events: inout [ProviderEvent]) {
    if let reason = delta["stop_reason"]?.string { stopReason = reason }
    for name in ["stop_sequence", "stop_details"] {
      if let detail = delta[name], !detail.isNull { events.append(.raw(name: name, json: detail)) }
    }
  }

  private func addUsage(to events: inout [ProviderEvent]) {
    guard !counts.isEmpty else { return }
    let written = Usage.count(counts["cache_creation_input_tokens"])
    let read = Usage.count(counts["cache_read_input_tokens"])
    events.append(
      .usage(
        Usage(
          inputTokens: Usage.count(counts["input_tokens"]) + written + read,
          outputTokens: Usage.count(counts["output_tokens"]), cachedTokens: read, cacheWriteTokens: written,
          reasoningTokens: Usage.count(counts["output_tokens_details"]?["thinking_tokens"]))))
  }

  private static func reason(_ raw: String) -> FinishReason {
    switch raw {
    case "end_turn": .stop
    case "stop_sequence": .stopSequence
    case "tool_use": .toolCalls
    case "max_tokens": .length
    case "model_context_window_exceeded": .contextLength
    case "refusal": .refusal
    case "pause_turn": .pause
    default: .other
    }
  }
}
