import Basics

/// The blocks of an answer: each begins, grows by deltas and stops. Blocks of one answer have different indexes.
struct AnthropicBlocks: Sendable {
  private enum Block: Sendable {
    case text
    case reasoning
    case toolCall(call: Int, input: JSON?, arguments: String)
    /// Of a kind that only the provider understands, tools that it runs itself for example; it goes back whole.
    case foreign(JSONObject, input: String)
  }

  private var open: [Int: Block] = [:]
  private var calls = 0

  /// A block begins; what is in it already counts.
  mutating func start(_ block: JSON, at index: Int, into events: inout [ProviderEvent]) {
    stop(at: index, into: &events)
    switch block["type"]?.string {
    case "text":
      open[index] = .text
      receive(["type": "text_delta", "text": block["text"] ?? ""], at: index, into: &events)
      for citation in block["citations"]?.array ?? [] {
        events.append(.raw(name: "citation", json: citation))
      }
    case "thinking":
      open[index] = .reasoning
      receive(["type": "thinking_delta", "thinking": block["thinking"] ?? ""], at: index, into: &events)
      receive(["type": "signature_delta", "signature": block["signature"] ?? ""], at: index, into: &events)
    case "redacted_thinking":
      open[index] = .reasoning
      events.append(.replay(name: "redacted_thinking", json: block["data"] ?? "", of: .reasoning))
    case "tool_use":
      open[index] = .toolCall(call: calls, input: block["input"], arguments: "")
      events.append(
        .toolCallStart(
          index: calls, id: block["id"]?.string ?? "call_\(calls)", name: block["name"]?.string ?? "",
          isSynthetic: block["id"]?.string == nil))
      calls += 1
    default: open[index] = .foreign(block.object ?? [:], input: "")
    }
  }

  /// A block grows.
  mutating func receive(_ delta: JSON, at index: Int, into events: inout [ProviderEvent]) {
    func text(_ name: String) -> String? { delta[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    switch (delta["type"]?.string, open[index]) {
    case ("text_delta", _): if let text = text("text") { events.append(.text(text)) }
    case ("thinking_delta", _): if let text = text("thinking") { events.append(.reasoning(text)) }
    case ("signature_delta", _):
      if let signature = text("signature") {
        events.append(.replay(name: "signature", json: .string(signature), of: .reasoning))
      }
    case ("input_json_delta", .toolCall(let call, let input, let arguments)):
      guard let piece = text("partial_json") else { return }
      open[index] = .toolCall(call: call, input: input, arguments: arguments + piece)
      events.append(.toolCallArguments(index: call, fragment: piece))
    case ("input_json_delta", .foreign(let block, let input)):
      open[index] = .foreign(block, input: input + (text("partial_json") ?? ""))
    case ("citations_delta", _): events.append(.raw(name: "citation", json: delta["citation"] ?? delta))
    case (let type, _): events.append(.raw(name: type ?? "delta", json: delta))
    }
  }

  /// A block is whole.
  mutating func stop(at index: Int, into events: inout [ProviderEvent]) {
    switch open.removeValue(forKey: index) {
    case nil: break
    case .text, .reasoning: events.append(.partEnd)
    case .toolCall(let call, let input, let arguments):
      // A document has the whole input at once, a stream an empty one.
      let text = arguments.isEmpty ? (input ?? [:]).text : arguments
      if arguments.isEmpty { events.append(.toolCallArguments(index: call, fragment: text)) }
      let isValid = (try? JSON.parse(text))?.object != nil
      events.append(.toolCallEnd(index: call, arguments: text, isValid: isValid))
    case .foreign(var block, let input):
      if let input = try? JSON.parse(input) { block["input"] = input }
      events.append(.foreign(.object(block)))
    }
  }

  /// The answer is over: blocks that did not stop are not whole.
  mutating func end(into events: inout [ProviderEvent]) {
    for index in open.keys.sorted() {
      if case .toolCall(let call, _, let arguments) = open[index] {
        events.append(.toolCallEnd(index: call, arguments: arguments, isValid: false))
      }
    }
    open = [:]
  }
}
