import Basics

/// The body of `POST /api/chat/stream` and `POST /api/agents/chat`.
struct InsightXRequest: Equatable, Sendable {
  /// Why a body cannot be read, in the words of the replaced system.
  enum Refusal: String, Error, Equatable {
    case invalid = "Invalid request"
    case missing = "Missing required fields: session_id, chat_id, message"

    var json: JSON { ["error": .string(rawValue), "detail": .string(rawValue)] }
  }

  /// One turn of what was said before.
  struct Turn: Equatable, Sendable {
    let isUser: Bool
    let text: String
  }

  /// The data set's.
  let session: String
  /// The conversation's.
  let chat: String
  let message: String
  /// What the page remembers; counts only where the hub has no conversation.
  let history: [Turn]

  init(_ bytes: [UInt8]) throws(Refusal) {
    guard let body = (try? JSON.parse(bytes))?.object else { throw .invalid }
    guard let session = Self.text(body["session_id"]), let chat = Self.text(body["chat_id"]),
      let message = Self.text(body["message"])
    else { throw .missing }
    self.session = session
    self.chat = chat
    self.message = message
    history = (body["history"]?.array ?? []).compactMap(Self.turn)
  }

  private static func text(_ value: JSON?) -> String? {
    guard let text = value?.string, !text.isEmpty else { return nil }
    return text
  }

  /// The pages send roles of their own, and answers as objects: nothing of that is a reason to refuse a question.
  private static func turn(_ json: JSON) -> Turn? {
    let content = json["content"]
    let text = content?.string ?? content?["text"]?.string ?? content.flatMap { $0.isNull ? nil : $0.text }
    guard let text, !text.isEmpty else { return nil }
    return Turn(isUser: json["role"] == "user", text: text)
  }

  /// What was said before as lines of a prompt; empty when nothing was.
  var historyText: String {
    history.map { "\($0.isUser ? "User" : "Assistant"): \($0.text)" }.joined(separator: "\n")
  }
}
