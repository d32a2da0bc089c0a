import Basics
import Model

/// The rules that turn the events of Converse into ours. An answer is a row of numbered blocks; each is of one kind and ends by itself.
struct ConverseAssembler: Sendable {
  /// The events that say something.
  static let events: Set = [
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata",
  ]

  private let origin: ProviderOrigin
  private let request: String?
  private(set) var hasStarted = false
  private var blocks: [Int: ConverseBlock] = [:]
  private var calls = 0
  private var stopReason: String?
  private var usage: Usage?
  /// The metadata came, which are the last thing that does.
  private(set) var isOver = false

  init(origin: ProviderOrigin, request: String?) {
    self.origin = origin
    self.request = request
  }

  /// Whether the server said why the answer ends.
  var isComplete: Bool { stopReason != nil }

  /// Takes one of `events`.
  mutating func receive(
    _ type: String, _ json: JSON, into events: inout [ProviderEvent]
  ) throws(ProviderError) {
    start(into: &events)
    let index = json["contentBlockIndex"]?.integer.map { Int(clamping: $0) } ?? 0
    switch type {
    case "contentBlockStart": begin(index, json["start"] ?? .null, into: &events)
    case "contentBlockDelta": receive(delta: json["delta"] ?? .null, at: index, into: &events)
    case "contentBlockStop": end(index, into: &events)
    case "messageStop":
      stopReason = json["stopReason"]?.string ?? ""
      tell("additionalModelResponseFields", json["additionalModelResponseFields"], into: &events)
    case "metadata":
      usage = Self.usage(json["usage"]) ?? usage
      tell("trace", json["trace"], into: &events)
      isOver = isComplete
    default: break
    }
  }

  /// A whole answer in one document, as if each of its blocks had come in one piece.
  mutating func receive(document: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let content = document["output"]?["message"]?["content"]?.array else {
      return try fail(document["__type"]?.string ?? "", document)
    }
    start(into: &events)
    for (index, block) in content.enumerated() {
      let parts = ConverseBlock.parts(of: block)
      if let start = parts.start { begin(index, start, into: &events) }
      for delta in parts.deltas { receive(delta: delta, at: index, into: &events) }
      end(index, into: &events)
    }
    tell("additionalModelResponseFields", document["additionalModelResponseFields"], into: &events)
    tell("trace", document["trace"], into: &events)
    stopReason = document["stopReason"]?.string
    usage = Self.usage(document["usage"])
  }

  /// Ends the answer with what was held back.
  ///
  /// - Throws: `provider_truncated` when the server did not say why the answer ends.
  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let stopReason else { throw origin.truncated() }
    for index in blocks.keys.sorted() { end(index, into: &events) }
    if let usage { events.append(.usage(usage)) }
    events.append(.finish(reason(stopReason), raw: stopReason))
  }

  /// Throws the failure that the server put into the answer.
  func fail(_ type: String, _ json: JSON) throws(ProviderError) {
    var object = json.object ?? ["message": json]
    object["type"] = .string(type)
    throw ErrorClassifier(origin).inStream(.object(object))
  }

  /// Appends what is known of an answer that broke: the ends of open calls, which must not be executed, and the tokens. Once.
  mutating func abandon(into events: inout [ProviderEvent]) {
    for index in blocks.keys.sorted() { blocks[index]?.abandon(into: &events) }
    blocks = [:]
    if let usage { events.append(.usage(usage)) }
    usage = nil
  }

  private mutating func start(into events: inout [ProviderEvent]) {
    guard !hasStarted else { return }
    hasStarted = true
    events.append(
      .started(ProviderStart(provider: origin.provider, model: origin.model, response: nil, request: request))
    )
  }

  private func tell(_ name: String, _ json: JSON?, into events: inout [ProviderEvent]) {
    guard let json, !json.isNull, json.object?.isEmpty != true else { return }
    events.append(.raw(name: name, json: json))
  }

  // MARK: Blocks

  private mutating func begin(_ index: Int, _ start: JSON, into events: inout [ProviderEvent]) {
    end(index, into: &events)
    let block = ConverseBlock(start: start, call: calls)
    if case .call(let call) = block?.content {
      calls += 1
      events.append(
        .toolCallStart(index: call.index, id: call.id, name: call.name, isSynthetic: call.isSynthetic))
    }
    blocks[index] = block
  }

  /// Texts and reasoning begin with their first piece.
  private mutating func receive(delta: JSON, at index: Int, into events: inout [ProviderEvent]) {
    // Taken out while it grows, so that its texts have one owner and are not copied.
    var block = blocks.removeValue(forKey: index) ?? ConverseBlock()
    block.receive(delta, into: &events)
    blocks[index] = block
  }

  private mutating func end(_ index: Int, into events: inout [ProviderEvent]) {
    blocks.removeValue(forKey: index)?.end(into: &events)
  }

  // MARK: What members mean

  /// Tokens of the cache are not among the input's here, but are with us.
  private static func usage(_ json: JSON?) -> Usage? {
    guard let json, json.object != nil else { return nil }
    func count(_ name: String) -> Int { Int(clamping: max(0, json[name]?.integer ?? 0)) }
    let (read, written) = (count("cacheReadInputTokens"), count("cacheWriteInputTokens"))
    return Usage(
      inputTokens: count("inputTokens") + read + written, outputTokens: count("outputTokens"),
      cachedTokens: read, cacheWriteTokens: written)
  }

  private func reason(_ raw: String) -> FinishReason {
    switch raw {
    // Some models end their turn although they ask for tools.
    case "end_turn": calls > 0 ? .toolCalls : .stop
    case "stop_sequence": .stopSequence
    case "tool_use": .toolCalls
    case "max_tokens": .length
    case "model_context_window_exceeded": .contextLength
    case "guardrail_intervened", "content_filtered": .contentFilter
    case "malformed_tool_use", "malformed_model_output": .malformedToolCall
    default: .other
    }
  }
}
