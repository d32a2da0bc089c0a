import Basics
import Model
import Wire

/// Reads Ollama's stream: one JSON object a line, the last one with `"done": true`.
struct OllamaDecoder: ProviderDecoder {
  private let origin: ProviderOrigin
  private var lines = LineParser()
  private var opening = AnswerOpening()
  private var hasStarted = false
  private var isOver = false
  private var toolCalls = 0

  init(origin: ProviderOrigin) { self.origin = origin }

  /// The last line completes the answer by itself, so there is nothing to hold back.
  var isComplete: Bool { isOver }

  mutating func receive(_ bytes: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    opening.look(at: bytes)
    guard !opening.isPage else { throw origin.noAnswer(opening) }
    let complete: [[UInt8]]
    do throws(StreamFormatError) {
      complete = try lines.receive(bytes)
    } catch {
      throw origin.failure(.malformed, error.message)
    }
    for line in complete where !isOver { try take(line, into: &events) }
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    if let line = lines.end() { try take(line, into: &events) }
    guard isOver else { throw hasStarted ? origin.truncated() : origin.noAnswer(opening) }
  }

  private mutating func take(_ line: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError) {
    guard let json = try? JSON.parse(line), json.object != nil else {
      // What an older version or a proxy slipped in must not cost the answer; it stays visible as raw.
      return events.append(
        .raw(name: "unreadable_line", json: .string(String(decoding: line.prefix(1024), as: UTF8.self))))
    }
    if let error = json["error"], !error.isNull { throw ErrorClassifier(origin).inStream(json) }
    if !hasStarted {
      hasStarted = true
      let model = json["model"]?.string ?? origin.model
      events.append(.started(ProviderStart(provider: origin.provider, model: model)))
    }
    if let message = json["message"] { take(message: message, into: &events) }
    if json["done"]?.bool == true { finish(json, into: &events) }
  }

  private mutating func take(message: JSON, into events: inout [ProviderEvent]) {
    if let text = message["thinking"]?.string, !text.isEmpty { events.append(.reasoning(text)) }
    if let text = message["content"]?.string, !text.isEmpty { events.append(.text(text)) }
    for call in message["tool_calls"]?.array ?? [] { take(toolCall: call, into: &events) }
  }

  /// A call comes whole, its arguments as an object.
  private mutating func take(toolCall call: JSON, into events: inout [ProviderEvent]) {
    let index = toolCalls
    toolCalls += 1
    let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let arguments = call["function"]?["arguments"] ?? [:]
    let text = arguments.string ?? arguments.text
    events += [
      .toolCallStart(
        index: index, id: id ?? "call_\(index)", name: call["function"]?["name"]?.string ?? "",
        isSynthetic: id == nil),
      .toolCallArguments(index: index, fragment: text),
      .toolCallEnd(index: index, arguments: text, isValid: (try? JSON.parse(text))?.object != nil),
    ]
  }

  private mutating func finish(_ json: JSON, into events: inout [ProviderEvent]) {
    isOver = true
    let raw = json["done_reason"]?.string
    let durations = json.object?.members.filter { $0.name.hasSuffix("_duration") } ?? []
    if !durations.isEmpty {
      // How long the model took to load, above all; in nanoseconds.
      events.append(.raw(name: "durations", json: .object(JSONObject(durations))))
    }
    events.append(
      .usage(
        Usage(
          inputTokens: Usage.count(json["prompt_eval_count"]), outputTokens: Usage.count(json["eval_count"])))
    )
    let reason: FinishReason =
      switch raw {
      // Older versions and lesser servers give no reason.
      case "stop", "", nil: toolCalls > 0 ? .toolCalls : .stop
      case "length": .length
      default: .other
      }
    events.append(.finish(reason, raw: raw))
  }
}
