import Basics
import Testing

/// What a reader makes of the events it is sent: it resumes after `offset` or a conversation's seq, drops what it knows already by the seq,
/// and adds up the text. Records an issue when anything is missing, doubled or out of order.
struct Reading {
  /// The newest offset.
  private(set) var offset: Int64 = 0
  /// The newest seq of each conversation.
  private(set) var seqs: [String: Int64] = [:]
  /// The text of each conversation's one message.
  private(set) var texts: [String: String] = [:]
  /// How many events came, and how many of them were merged.
  private(set) var events = 0
  private(set) var merged = 0

  mutating func take(_ message: JSON) {
    guard message["type"] != nil, let next = message["offset"]?.integer else { return }
    events += 1
    #expect(next > offset, "\(message.text) after offset \(offset)")
    offset = next
    guard let conversation = message["conversation"]?.string, let seq = message["seq"]?.integer else {
      return
    }
    let count = message["count"]?.integer ?? 1
    let known = seqs[conversation, default: 0]
    if count > 1 { merged += 1 }
    if seq <= known, message["type"] == "message.delta" { return }
    #expect(seq - count == known, "\(message.text) after seq \(known)")
    seqs[conversation] = seq
    guard message["type"] == "message.delta" else { return }
    let text = texts[conversation, default: ""]
    #expect(
      message["position"]?.integer == Int64(text.utf16.count), "\(message.text) behind '\(text.suffix(40))'")
    texts[conversation] = text + (message["text"]?.string ?? "")
  }
}
