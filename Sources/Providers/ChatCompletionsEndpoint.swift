import Basics
import Fetch
import Model

/// A server of the Chat Completions API and what it wants to be spoken to like.
struct ChatCompletionsEndpoint {
  /// Which member bounds the answer's tokens.
  enum TokenLimitField: String {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  var base: FetchURL
  var fields: [(name: String, value: String)] = []
  var limitField = TokenLimitField.maxTokens
  /// Used when the call names none.
  var defaultLimit: Int?
  /// Strict servers refuse members they do not know, so this is only sent where it is known.
  var asksForUsage = false
  /// OpenAI pads chunks against eavesdroppers unless told not to; TLS records are what they are here.
  var refusesPadding = false
  /// Reasoning models refuse sampling members.
  var takesSampling = true
  var takesStop = true
  var timeouts: FetchTimeouts
  var allowsPlainHTTP = true

  /// Writes the request.
  func request(_ completion: CompletionRequest) -> FetchRequest {
    let fixed: [(name: String, value: String)] = [
      ("Content-Type", "application/json"), ("Accept", "text/event-stream"),
    ]
    return FetchRequest(
      url: base.appending(path: "chat/completions"), fields: fixed + fields, body: body(completion),
      timeouts: timeouts,
      allowsPlainHTTP: allowsPlainHTTP)
  }

  private func body(_ completion: CompletionRequest) -> [UInt8] {
    var writer = JSONWriter(capacity: 256 + completion.turns.reduce(0) { $0 + $1.text.utf8.count + 32 })
    writer.beginObject()
    writer.member("model", completion.model)
    writer.turns(completion.turns)
    if let limit = completion.maxTokens ?? defaultLimit {
      writer.key(named: limitField.rawValue)
      writer.integer(limit)
    }
    if takesSampling {
      writer.optional("temperature", completion.temperature)
      writer.optional("top_p", completion.topP)
    }
    if takesStop, !completion.stop.isEmpty {
      writer.member("stop", json: .array(completion.stop.map { .string($0) }))
    }
    writer.member("stream", true)
    if asksForUsage { writer.member("stream_options", json: options) }
    writer.endObject()
    return writer.bytes
  }

  private var options: JSON {
    refusesPadding ? ["include_usage": true, "include_obfuscation": false] : ["include_usage": true]
  }
}

extension JSONWriter {
  /// The `messages` of OpenAI and Ollama.
  mutating func turns(_ turns: [CompletionRequest.Turn]) {
    key("messages")
    beginArray()
    for turn in turns {
      beginObject()
      member("role", turn.role.rawValue)
      member("content", turn.text)
      endObject()
    }
    endArray()
  }

  /// Whole numbers go without a fraction, as people write them.
  mutating func optional(_ name: StaticString, _ value: Double?) {
    guard let value else { return }
    key(name)
    if let whole = Int64(exactly: value) { integer(whole) } else { number(value) }
  }
}
