package import Basics
package import Model

// A conversation that goes on in a copy of its own.

extension WriteTransaction {
  /// Messages that are copied at once: the whole hub waits for the one who writes.
  package static let mostForked = 10_000

  /// Copies a conversation's path up to a message into a new conversation, which goes on by itself; the original stays as it is.
  ///
  /// The copies have ids of their own. Runs are not copied: what they took is counted once.
  ///
  /// - Parameters:
  ///   - message: the last one that is copied, of whatever branch; nil copies the whole path.
  ///   - title: nil takes over the original's.
  /// - Throws: `conversation_not_found`, `message_not_found`, `conversation_too_long`, `conversation_empty`.
  package func fork(
    _ id: Identifier<Conversation>, upTo message: Identifier<Message>? = nil, title: String? = nil
  ) throws -> Conversation {
    guard let original = try conversations.get(id) else {
      throw StoreError.notFound(noun: "conversation", id: id.text)
    }
    let copied = try messages(of: original, upTo: message)
    guard let last = copied.last else { throw StoreError.nothingToFork(conversation: id.text) }
    let outcome = try take(
      ImportedConversation(
        id: newIdentifier(), title: title ?? original.title, createdAt: now, updatedAt: now, messages: copied,
        forkedFrom: ForkOrigin(conversation: id, message: message ?? last.id)))
    if let dataset = try datasets.dataset(of: id) { try datasets.link(outcome.conversation, to: dataset) }
    guard let fork = try conversations.get(outcome.conversation) else {
      throw StoreError.notFound(noun: "conversation", id: outcome.conversation.text)
    }
    return fork
  }

  private func messages(
    of original: Conversation, upTo id: Identifier<Message>?
  ) throws -> [Message] {
    let last = try id.map { id in
      guard let message = try messages.get(id), message.conversation == original.id else {
        throw StoreError.notFound(noun: "message", id: id.text)
      }
      return message
    }
    let path = try branches.tree(of: original.id).path(
      to: last.map { $0.branch ?? 0 } ?? original.branch ?? 0)
    let page = try messages.page(of: original.id, on: path, after: 0, limit: Self.mostForked)
    let until = last?.seq ?? .max
    guard page.next.map({ $0 >= until }) ?? true else {
      throw StoreError.tooLongToFork(most: Self.mostForked)
    }
    let run = try last.flatMap { try root(of: $0) }
    return try page.items.filter { message in
      guard message.seq <= until else { return false }
      // What was queued behind it stands before it.
      guard let run, let other = try root(of: message) else { return true }
      return other <= run
    }.map { message in
      var copy = message
      copy.branch = nil
      return copy
    }
  }

  private func root(of message: Message) throws -> Identifier<Run>? {
    try message.run.map { try messages.root(of: $0) ?? $0 }
  }
}
