package import Basics
package import Model
package import Storage

/// A wish to go on with a conversation in a copy of its own.
package struct ForkOrder: Sendable {
  package let conversation: Identifier<Conversation>
  /// The last message that is copied; nil copies the whole path.
  package let message: Identifier<Message>?
  /// nil takes over the original's.
  package let title: String?
  /// The client's idempotency key: the same key gives the same copy.
  package let key: String?

  package init(
    conversation: Identifier<Conversation>, message: Identifier<Message>?, title: String?, key: String?
  ) {
    self.conversation = conversation
    self.message = message
    self.title = title
    self.key = key
  }

  /// Makes the copy, or gives the one that the key has made.
  ///
  /// - Throws: `conversation_not_found`, `message_not_found`, `conversation_too_long`, `conversation_empty`, `idempotency_key_reused`.
  package func enter(in store: WriteTransaction) throws -> Conversation {
    guard let key else { return try store.fork(conversation, upTo: message, title: title) }
    let fingerprint = KeyClaim.fingerprint(of: [conversation.text, message?.text ?? "", title ?? ""])
    if let record = try store.idempotency.find(route: "fork", key: key) {
      guard record.fingerprint == fingerprint else { throw RunError.keyReused }
      let copy = Identifier<Conversation>(record.resource ?? "")
      // One that was deleted is not made a second time.
      guard let fork = try store.conversations.get(copy) else { throw RunError.conversationNotFound(copy) }
      return fork
    }
    let fork = try store.fork(conversation, upTo: message, title: title)
    try store.idempotency.insert(
      IdempotencyRecord(
        route: "fork", key: key, fingerprint: fingerprint, resource: fork.id.text, createdAt: store.now))
    return fork
  }
}
