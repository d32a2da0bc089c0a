import Basics

/// Everything one client has seen, held against the promises: offsets ascend, no seq is missing, nothing but a delta comes twice, texts are
/// exact.
struct Ledger: Sendable {
  struct Breach: Error, CustomStringConvertible {
    let description: String
  }

  /// The newest offset: where to resume.
  private(set) var offset: Int64 = 0
  /// What came last.
  private(set) var newest: JSON?
  /// Everything but deltas, which differ between readers: who lagged got several of them as one.
  private(set) var durable: [JSON] = []
  /// How many deltas covered more than one seq.
  private(set) var merged = 0
  private var byConversation: [String: [JSON]] = [:]
  /// The newest seq of each conversation.
  private var reached: [String: Int64] = [:]
  /// What the deltas of each message add up to.
  private(set) var texts: [String: [UInt8]] = [:]
  private var lengths: [String: Int64] = [:]
  /// Whole texts as `message.completed` told them.
  private(set) var completed: [String: [UInt8]] = [:]
  /// How each run ended.
  private(set) var ends: [String: String] = [:]
  /// Whether what came was filtered, so that seqs may be missing.
  private let hasGaps: Bool

  init(hasGaps: Bool = false) { self.hasGaps = hasGaps }

  /// Takes the next event.
  mutating func take(_ event: JSON) throws(Breach) {
    guard let next = event["offset"]?.integer, next > offset else {
      throw breach("an offset above \(offset) expected", event)
    }
    offset = next
    newest = event
    guard try isNew(event) else { return }
    if event["type"] != "message.delta" { durable.append(event) }
    try takeText(of: event)
    if let run = event["run"]?.string, let end = Self.end(event) {
      guard ends.updateValue(end, forKey: run) == nil else { throw breach("a run ended twice", event) }
    }
  }

  /// Whoever was cut off among merged deltas gets some of what they hold again, and knows it by the seq.
  private mutating func isNew(_ event: JSON) throws(Breach) -> Bool {
    guard let conversation = event["conversation"]?.string else { return true }
    let known = reached[conversation, default: 0]
    let count = event["count"]?.integer ?? 1
    guard let seq = event["seq"]?.integer else { throw breach("a seq expected", event) }
    if seq <= known, event["type"] == "message.delta" { return false }
    guard hasGaps ? seq - count >= known : seq - count == known else {
      throw breach("a seq behind \(known) expected", event)
    }
    if count > 1 { merged += 1 }
    reached[conversation] = seq
    byConversation[conversation, default: []].append(event)
    return true
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
      let isWithoutDeltas = hasGaps && texts[message] == nil
      guard isWithoutDeltas || texts[message, default: []].elementsEqual(text.utf8) else {
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

  /// How what was seen of a conversation differs from its stored events, which count from 1 without gaps; nil when it does not.
  func disagreement(with stored: [JSON], of conversation: String) -> String? {
    for seen in byConversation[conversation] ?? [] {
      let seq = Int(seen["seq"]?.integer ?? 0)
      let count = Int(seen["count"]?.integer ?? 1)
      guard seq <= stored.count else { return "seq \(seq) is missing" }
      let covered = stored[(seq - count)..<seq]
      if count == 1, covered.first == seen { continue }
      guard count > 1,
        covered.allSatisfy({ $0["message"] == seen["message"] && $0["channel"] == seen["channel"] }),
        covered.first?["position"] == seen["position"],
        covered.compactMap({ $0["text"]?.string }).joined() == seen["text"]?.string
      else { return "\(seen.text) is not \(covered.map(\.text))" }
    }
    return nil
  }

  /// The newest seq of a conversation; 0 when nothing of it was seen.
  func seq(of conversation: String) -> Int { Int(reached[conversation] ?? 0) }
}
