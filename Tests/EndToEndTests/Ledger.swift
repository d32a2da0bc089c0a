import Basics

/// Everything one client has seen, held against the promises: no offset or seq twice or missing, texts exact.
struct Ledger: Sendable {
  struct Breach: Error, CustomStringConvertible {
    let description: String
  }

  /// Events by offset, which counts from 1 without gaps.
  private(set) var events: [JSON] = []
  private var byConversation: [String: [JSON]] = [:]
  /// What the deltas of each message add up to.
  private(set) var texts: [String: [UInt8]] = [:]
  private var lengths: [String: Int64] = [:]
  /// Whole texts as `message.completed` told them.
  private(set) var completed: [String: [UInt8]] = [:]
  /// How each run ended.
  private(set) var ends: [String: String] = [:]

  /// The newest offset.
  var offset: Int64 { Int64(events.count) }

  /// Takes the next event.
  mutating func take(_ event: JSON) throws(Breach) {
    guard event["offset"]?.integer == offset + 1 else { throw breach("offset \(offset + 1) expected", event) }
    events.append(event)
    if let conversation = event["conversation"]?.string {
      let expected = byConversation[conversation, default: []].count + 1
      guard event["seq"]?.integer == Int64(expected) else { throw breach("seq \(expected) expected", event) }
      byConversation[conversation, default: []].append(event)
    }
    try takeText(of: event)
    if let run = event["run"]?.string, let end = Self.end(event) {
      guard ends.updateValue(end, forKey: run) == nil else { throw breach("a run ended twice", event) }
    }
  }

  private mutating func takeText(of event: JSON) throws(Breach) {
    guard let message = event["message"]?.string, let text = event["text"]?.string else { return }
    switch event["type"]?.string {
    case "message.delta":
      let length = lengths[message, default: 0]
      guard event["position"]?.integer == length else { throw breach("position \(length) expected", event) }
      guard completed[message] == nil else { throw breach("a delta after the end", event) }
      texts[message, default: []] += text.utf8
      lengths[message] = length + Int64(text.utf16.count)
    case "message.completed":
      guard texts[message, default: []].elementsEqual(text.utf8) else {
        throw breach("deltas gave \(String(decoding: texts[message, default: []], as: UTF8.self))", event)
      }
      completed[message] = Array(text.utf8)
    default: break
    }
  }

  private static func end(_ event: JSON) -> String? {
    let ends = ["run.completed", "run.failed", "run.stopped", "run.interrupted"]
    return event["type"]?.string.flatMap { ends.contains($0) ? $0 : nil }
  }

  private func breach(_ what: String, _ event: JSON) -> Breach {
    Breach(description: "\(what), but there came \(event.text)")
  }

  /// The conversations there are.
  var conversations: [String] { Array(byConversation.keys) }

  /// The events of one conversation, whose seq counts from 1 without gaps.
  func events(of conversation: String) -> [JSON] { byConversation[conversation] ?? [] }
}
