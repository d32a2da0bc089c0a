package import Basics

/// A thread of messages that everybody who watches sees grow.
package struct Conversation: Equatable, Sendable {
  package var id: Identifier<Conversation>
  package var title: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  /// The position of its newest event; 0 before the first.
  package var seq: Int64

  package init(
    id: Identifier<Conversation>, title: String?, createdAt: Timestamp, updatedAt: Timestamp, seq: Int64
  ) {
    self.id = id
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.seq = seq
  }
}

extension Conversation {
  /// The title of a conversation that starts with a message: its first 50 characters.
  package static func title(fromFirstMessage text: String) -> String { String(text.prefix(50)) }
}
