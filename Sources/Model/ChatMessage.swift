package import Basics

/// A message as clients of chats about data sets see it: who said what, in their words.
package struct ChatMessage: Equatable, Sendable {
  package let id: Identifier<Message>
  package let chat: Identifier<Conversation>
  /// The role that the client gave; `user` or `assistant` for messages of the hub's own.
  package var role: String
  /// A text, or the JSON of an object.
  package var content: String
  /// The run that the message belongs to, or that answers it.
  package var run: Identifier<Run>?
  package var createdAt: Timestamp

  package init(
    id: Identifier<Message>, chat: Identifier<Conversation>, role: String, content: String,
    run: Identifier<Run>? = nil, createdAt: Timestamp
  ) {
    self.id = id
    self.chat = chat
    self.role = role
    self.content = content
    self.run = run
    self.createdAt = createdAt
  }

  /// Whether a person said it.
  package var isQuestion: Bool { role == "user" }

  /// What of the content a person reads: the `text` of an answer that is an object, else all of it.
  package var readableText: String { Self.readableText(of: content) }

  /// The readable part of a content.
  package static func readableText(of content: String) -> String {
    guard content.utf8.first == UInt8(ascii: "{"),
      let text = (try? JSON.parse(content))?["text"]?.string
    else { return content }
    return text
  }
}
