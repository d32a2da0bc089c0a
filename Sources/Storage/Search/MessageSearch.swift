package import Basics
package import Model

/// What is looked for in messages, and among which.
package struct MessageSearch: Equatable, Sendable {
  /// Which of the found messages come first.
  package enum Sort: String, Sendable, CaseIterable {
    /// Those that are most about the words.
    case best
    case newest
  }

  package var query: MessageQuery
  /// What people said and were answered, or visible thoughts; actions cannot be looked for.
  package var type = Message.Kind.message
  package var role: Message.Role?
  /// Whose answers; of agents that are deleted, too.
  package var agent: Identifier<Agent>?
  package var conversation: Identifier<Conversation>?
  /// The first moment.
  package var since: Timestamp?
  /// The last moment.
  package var until: Timestamp?
  package var sort = Sort.best
  package var limit = 50
  /// Where the page before ended.
  package var cursor: SearchCursor?

  package init(_ query: MessageQuery) { self.query = query }

  /// What the full-text search is asked: the words, and the marks of the messages that are wanted.
  func expression(tenant: String) -> String {
    var marks = [FullTextTerm.mark("k\(type.rawValue)t", tenant)]
    if let role { marks.append(FullTextTerm.quoted("r\(role.rawValue)")) }
    if let conversation { marks.append(FullTextTerm.mark("c", conversation.text)) }
    if let agent { marks.append(FullTextTerm.mark("a", agent.text)) }
    return "text : (\(query.terms.map(\.expression).joined(separator: " AND ")))"
      + " AND marks : (\(marks.joined(separator: " AND ")))"
  }

  /// The numbers of the messages of the span of time, down from where the first page began.
  var numbers: ClosedRange<Int64>? {
    let first = since.map { Self.moment($0) << Self.shift } ?? 0
    let last = until.map { (Self.moment($0) + 1) << Self.shift - 1 } ?? .max
    let top = min(last, cursor?.top ?? .max)
    return first <= top ? first...top : nil
  }

  /// Bits of a number below those that are the moment.
  private static let shift: Int64 = 20

  /// What of a moment stands in a number.
  private static func moment(_ moment: Timestamp) -> Int64 {
    min(max(moment.milliseconds, 0), 8_000_000_000_000)
  }
}

/// Where a page of found messages ended. Messages that come later stand before the first page and change no page behind it.
package struct SearchCursor: Equatable, Sendable {
  /// The newest message that the search knows.
  package let top: Int64
  /// The last message of the page.
  package let number: Int64
  /// How good it was; 0 where the newest come first.
  package let score: Double

  init(top: Int64, number: Int64, score: Double) {
    self.top = top
    self.number = number
    self.score = score
  }

  /// Reads what `text` gave; nil for anything else.
  package init?(text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let top = Int64(parts[0], radix: 36), let number = Int64(parts[1], radix: 36),
      let bits = UInt64(parts[2], radix: 36), top >= number, number >= 0, Double(bitPattern: bits).isFinite
    else { return nil }
    self.init(top: top, number: number, score: Double(bitPattern: bits))
  }

  /// The place as an opaque text.
  package var text: String {
    [String(top, radix: 36), String(number, radix: 36), String(score.bitPattern, radix: 36)].joined(
      separator: ".")
  }
}

/// A message that was found.
package struct FoundMessage: Equatable, Sendable {
  package let message: Message
  /// Of its conversation.
  package let title: String?
  package let text: MarkedText
}
