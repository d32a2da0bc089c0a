import Basics
import Model

/// `presence`: who watches a conversation now, and who writes there; of large rooms the counts alone.
enum PresenceCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.presence)
    let conversation = try ConversationField.conversation(of: command)
    try command.refuseIfTooOften(session)
    session.reply(command.id) { hub in
      let (watching, typing) = await hub.presence(in: conversation)
      var ok: JSONObject = [
        "conversation": .string(conversation.text), "count": .integer(Int64(watching.count)),
      ]
      ok["present"] = watching.list
      ok["typing"] = typing.list
      return ok
    }
  }
}

/// `typing`: tells those who follow a conversation that somebody writes there, until it is taken back, or for six seconds.
enum TypingCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.typing)
    let conversation = try ConversationField.conversation(of: command)
    guard let isTyping = try command.flag("state") else {
      throw command.error(
        "missing_field", "typing needs state.", "Send true while somebody writes, every few seconds.")
    }
    try command.refuseIfTooOften(session)
    session.attend().types(in: conversation, isTyping)
    session.reply(command.id, ok: ["conversation": .string(conversation.text), "state": .bool(isTyping)])
  }
}

/// The conversation that a command is about.
private enum ConversationField {
  /// Ids of the hub have 36 characters; what is not stored anywhere must not be large either.
  private static let maximumLength = 64

  static func conversation(of command: Command) throws(CommandError) -> Identifier<Conversation> {
    guard let id = try command.text("conversation") else {
      throw command.error(
        "missing_field", "\(command.name ?? "") needs conversation.",
        "Every event of a conversation names it.")
    }
    guard id.utf8.count <= maximumLength else {
      throw command.error("invalid_field", "conversation is longer than \(maximumLength) bytes.")
    }
    return Identifier(id)
  }
}

extension Command {
  /// Refuses what comes faster than people write.
  fileprivate func refuseIfTooOften(_ session: Session) throws(CommandError) {
    guard let wait = session.attend().wait() else { return }
    throw CommandError(
      code: "rate_limited", message: "\(name ?? "") was sent too often.",
      hint: "Send it when something changes.",
      id: id, retryAfterMilliseconds: wait)
  }
}
