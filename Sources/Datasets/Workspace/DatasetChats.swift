package import Basics
package import Model
import Storage

/// Chats: conversations that are about a data set.
package struct DatasetChats: Sendable {
  private let datasets: DatasetService

  /// What a chat is called that has no title.
  package static let standardTitle = "New Chat"

  init(_ datasets: DatasetService) { self.datasets = datasets }

  /// Begins a chat.
  ///
  /// - Parameter dataset: any id that was not deleted; one that was never uploaded stands for the sample.
  /// - Throws: `dataset_not_found`.
  package func create(
    about dataset: Identifier<Dataset>, title: String?, tenant: String = "default"
  ) async throws -> Conversation {
    _ = try await datasets.resolve(dataset, tenant: tenant)
    return try await datasets.store.write { store in
      let chat = try store.conversations.create(title: title ?? Self.standardTitle)
      try store.datasets.link(chat.id, to: dataset, tenant: tenant)
      return chat
    }
  }

  /// The chats about a data set, the newest first.
  package func chats(
    about dataset: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> [Conversation] {
    try await datasets.store.read { try $0.datasets.conversations(about: dataset, tenant: tenant) }
  }

  /// The conversation that an id of a client stands for, about a data set; it is made when it is not there.
  ///
  /// - Returns: the id, or another one when a conversation of that id was deleted: ids are not used twice.
  package func conversation(
    _ chat: Identifier<Conversation>, about dataset: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> Identifier<Conversation> {
    try await datasets.store.write { store in
      var id = chat
      if try store.conversations.get(chat) == nil {
        do {
          try store.conversations.create(chat, title: Self.standardTitle)
        } catch let error as StoreError where error.code == "already_exists" {
          id = try store.conversations.create(title: Self.standardTitle).id
        }
      }
      try store.datasets.link(id, to: dataset, tenant: tenant)
      return id
    }
  }

  /// Stores a message that a client sent.
  ///
  /// - Throws: `chat_not_found`.
  package func add(
    role: String, content: String, to chat: Identifier<Conversation>
  ) async throws -> ChatMessage {
    try await datasets.store.write { store in
      guard try store.conversations.get(chat) != nil else { throw DatasetError.chatNotFound(chat.text) }
      return try store.chats.add(role: role, content: content, to: chat)
    }
  }

  /// The messages of a chat, the oldest first; none for a chat that is not there.
  package func messages(of chat: Identifier<Conversation>) async throws -> [ChatMessage] {
    try await datasets.store.read { try $0.chats.messages(of: chat) }
  }

  /// The newest messages of all chats about a data set, the oldest of them first.
  package func messages(
    about dataset: Identifier<Dataset>, limit: Int, tenant: String = "default"
  ) async throws -> [ChatMessage] {
    try await datasets.store.read { try $0.chats.messages(about: dataset, limit: limit, tenant: tenant) }
  }

  /// Keeps an answer as clients of chats get it: the object with the text and what belongs to it. Call it before the client is told that the
  /// answer is final, since pages read their messages anew then.
  ///
  /// - Parameters:
  ///   - message: the run's answer, whose own text the hub's other surfaces go on to show; nil when no run wrote one.
  /// - Throws: what the store throws.
  package func storeAnswer(
    _ answer: JSON, as message: Identifier<Message>?, in chat: Identifier<Conversation>
  ) async throws {
    try await datasets.store.write { store in
      if let message, try store.messages.get(message) != nil {
        try store.chats.keep(answer.text, of: message)
      } else {
        try store.chats.add(role: "assistant", content: answer.text, to: chat)
      }
    }
  }
}
