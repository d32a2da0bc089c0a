package import Basics

/// A thread of messages that everybody who watches sees grow.
package struct Conversation: Equatable, Sendable {
  package var id: Identifier<Conversation>
  package var title: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  /// The position of its newest event; 0 before the first.
  package var seq: Int64
  /// The branch at the end of its path; nil when it never branched.
  package var branch: Int?
  /// Of which conversation it is a copy; nil when it is none.
  package var forkedFrom: ForkOrigin?

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

/// Where a conversation was copied from. What it names may be deleted.
package struct ForkOrigin: Equatable, Sendable {
  package var conversation: Identifier<Conversation>
  /// The last message that was copied.
  package var message: Identifier<Message>

  package init(conversation: Identifier<Conversation>, message: Identifier<Message>) {
    self.conversation = conversation
    self.message = message
  }
}

extension Conversation {
  /// The branch in which something that is said now is stored; nil for the trunk.
  package var openBranch: Int? { branch == 0 ? nil : branch }

  /// The title of a conversation that starts with a message: its first 50 characters.
  package static func title(fromFirstMessage text: String) -> String { String(text.prefix(50)) }
}
