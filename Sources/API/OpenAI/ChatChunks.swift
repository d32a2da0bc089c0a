import Basics
import Model

/// An answer in chunks, as a pure function of what happens in its run.
struct ChatChunks: Sendable {
  private let completion: ChatCompletion
  private let includesUsage: Bool
  private var told = ToldAnswer()
  private var isOpen = false

  init(_ completion: ChatCompletion, includesUsage: Bool) {
    self.completion = completion
    self.includesUsage = includesUsage
  }

  /// Whether the reader has something of the answer.
  var hasBegun: Bool { isOpen }

  /// The chunks of an event in the form in which the hub shows it; none for those that are no part of the answer.
  mutating func events(for event: JSON) -> [SurfaceEvent] {
    guard event["type"]?.string == EventType.messageDelta.rawValue,
      event["run"]?.string == completion.run.text, let text = event["text"]?.string, !text.isEmpty
    else { return [] }
    switch event["channel"]?.string {
    case "final": return say(told.add(text, of: event["message"]?.string))
    case "thought": return opening() + [delta(["reasoning_content": .string(text)])]
    default: return []
    }
  }

  /// The last chunks, or the error that takes their place.
  mutating func closing(_ outcome: ChatOutcome) -> [SurfaceEvent] {
    if let fault = outcome.fault { return [SurfaceEvent(fault.json), .done] }
    var events = opening()
    if let refusal = outcome.refusal {
      // What has been said of it went out as content, before anybody could know.
      events.append(delta(["refusal": .string(refusal)]))
    } else if let last = outcome.texts.last {
      events += say(told.rest(of: last))
    }
    for (index, call) in outcome.calls.enumerated() {
      var json = call.openAIJSON.object ?? [:]
      json["index"] = .integer(Int64(index))
      events.append(delta(["tool_calls": [.object(json)]]))
    }
    events.append(chunk([choice([:], finish: .string(outcome.finishReason))]))
    if includesUsage { events.append(chunk([], usage: outcome.usage?.openAIJSON ?? .null)) }
    return events + [.done]
  }

  private mutating func say(_ text: String?) -> [SurfaceEvent] {
    guard let text else { return [] }
    return opening() + [delta(["content": .string(text)])]
  }

  /// The first chunk says who speaks, and which conversation a later call may continue.
  private mutating func opening() -> [SurfaceEvent] {
    guard !isOpen else { return [] }
    isOpen = true
    let choice = choice(["role": "assistant", "content": "", "refusal": .null])
    return [chunk([choice], more: ["conversation": .string(completion.conversation.text)])]
  }

  private func delta(_ delta: JSONObject) -> SurfaceEvent { chunk([choice(delta)]) }

  private func choice(_ delta: JSONObject, finish: JSON = .null) -> JSON {
    ["index": 0, "delta": .object(delta), "logprobs": .null, "finish_reason": finish]
  }

  private func chunk(_ choices: [JSON], usage: JSON = .null, more: JSONObject = [:]) -> SurfaceEvent {
    var object = completion.members("chat.completion.chunk")
    object["choices"] = .array(choices)
    if includesUsage { object["usage"] = usage }
    for member in more.members { object[member.name] = member.value }
    return SurfaceEvent(.object(object))
  }
}
