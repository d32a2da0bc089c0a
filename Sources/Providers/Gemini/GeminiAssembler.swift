import Basics
import Model

/// The rules that turn the chunks of Gemini's stream into events. A chunk and a whole answer have the same shape, and the stream ends
/// without a word once a reason was given.
struct GeminiAssembler: AnswerAssembler {
  private let origin: ProviderOrigin
  private let request: String?
  private var hasStarted = false
  private var calls = 0
  private var usage: Usage?
  private var finishReason: String?
  /// The prompt was not let through, so that there is no candidate.
  private var isBlocked = false

  init(origin: ProviderOrigin, request: String?) {
    self.origin = origin
    self.request = request
  }

  var isComplete: Bool { finishReason != nil }
  var isOver: Bool { false }

  mutating func receive(chunk: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    if let error = chunk["error"], !error.isNull { try fail(chunk) }
    start(chunk, into: &events)
    // Counts add up over the stream, so the last ones are those of the answer.
    if let counts = chunk["usageMetadata"], counts.object != nil { usage = Self.usage(counts) }
    if let feedback = chunk["promptFeedback"], let reason = feedback["blockReason"]?.string {
      events.append(.raw(name: "promptFeedback", json: feedback))
      finishReason = reason
      isBlocked = true
    }
    guard let candidate = chunk["candidates"]?[0] else { return }
    for part in candidate["content"]?["parts"]?.array ?? [] { take(part, into: &events) }
    for name in Self.annotations {
      if let annotation = candidate[name], !annotation.isNull {
        events.append(.raw(name: name, json: annotation))
      }
    }
    if let reason = candidate["finishReason"]?.string, !reason.isEmpty { finishReason = reason }
  }

  /// Without `alt=sse` a stream is an array of chunks, and an error is an array of one.
  mutating func receive(document: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    for chunk in document.array ?? [document] {
      guard chunk["candidates"] != nil || chunk["promptFeedback"] != nil || chunk["usageMetadata"] != nil
      else {
        return try fail(chunk)
      }
      try receive(chunk: chunk, into: &events)
    }
  }

  mutating func receive(stray: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    try receive(document: stray, into: &events)
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let finishReason else { throw origin.truncated() }
    abandon(into: &events)
    let reason = isBlocked ? .contentFilter : Self.reason(finishReason, hasCalls: calls > 0)
    events.append(.finish(reason, raw: finishReason))
  }

  func fail(_ json: JSON) throws(ProviderError) { throw ErrorClassifier(origin).inStream(json) }

  mutating func abandon(into events: inout [ProviderEvent]) {
    if let usage { events.append(.usage(usage)) }
    usage = nil
  }

  private mutating func start(_ chunk: JSON, into events: inout [ProviderEvent]) {
    guard !hasStarted else { return }
    hasStarted = true
    events.append(
      .started(
        ProviderStart(
          provider: origin.provider, model: chunk["modelVersion"]?.string ?? origin.model,
          response: chunk["responseId"]?.string, request: request)))
  }

  private mutating func take(_ part: JSON, into events: inout [ProviderEvent]) {
    let signature = part["thoughtSignature"]?.unlessNull
    if let text = part["text"]?.string {
      take(text, isThought: part["thought"]?.bool == true, signature, into: &events)
    } else if let call = part["functionCall"] {
      take(call: call, signature, into: &events)
    } else if let data = part["inlineData"], let type = data["mimeType"]?.string, type.hasPrefix("image/"),
      let base64 = data["data"]?.string
    {
      events.append(.image(.data(mediaType: type, base64: base64)))
      if let signature { events.append(.replay(name: "thoughtSignature", json: signature, of: .image)) }
    } else if let signature, part.object?.members.count == 1 {
      take("", isThought: false, signature, into: &events)
    } else {
      events.append(.foreign(part))
    }
  }

  /// A part with a signature goes back as it came, apart from its neighbours; others are pieces of one text.
  private func take(
    _ text: String, isThought: Bool, _ signature: JSON?, into events: inout [ProviderEvent]
  ) {
    if signature != nil { events.append(.partEnd) }
    if !text.isEmpty { events.append(isThought ? .reasoning(text) : .text(text)) }
    guard let signature else { return }
    events.append(.replay(name: "thoughtSignature", json: signature, of: isThought ? .reasoning : .text))
    events.append(.partEnd)
  }

  /// A call comes whole, its arguments as an object.
  private mutating func take(call: JSON, _ signature: JSON?, into events: inout [ProviderEvent]) {
    let index = calls
    calls += 1
    let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let arguments = call["args"]?.unlessNull ?? [:]
    events += [
      .toolCallStart(
        index: index, id: id ?? "call_\(index)", name: call["name"]?.string ?? "", isSynthetic: id == nil),
      .toolCallArguments(index: index, fragment: arguments.text),
    ]
    if let id { events.append(.replay(name: "id", json: .string(id), of: .toolCall(index: index))) }
    if let signature {
      events.append(.replay(name: "thoughtSignature", json: signature, of: .toolCall(index: index)))
    }
    events.append(
      .toolCallEnd(index: index, arguments: arguments.text, isValid: arguments.object != nil))
  }
}

// MARK: What members mean

extension GeminiAssembler {
  private static let annotations = [
    "finishMessage", "citationMetadata", "groundingMetadata", "urlContextMetadata",
  ]

  private static func usage(_ counts: JSON) -> Usage {
    func count(_ name: String) -> Int { Usage.count(counts[name]) }
    return Usage(
      inputTokens: count("promptTokenCount") + count("toolUsePromptTokenCount"),
      outputTokens: count("candidatesTokenCount") + count("thoughtsTokenCount"),
      cachedTokens: count("cachedContentTokenCount"), reasoningTokens: count("thoughtsTokenCount"))
  }

  private static func reason(_ raw: String, hasCalls: Bool) -> FinishReason {
    switch raw {
    case "STOP": hasCalls ? .toolCalls : .stop
    case "MAX_TOKENS": .length
    case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII": .contentFilter
    case "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER": .contentFilter
    case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS": .malformedToolCall
    default: .other
    }
  }
}
