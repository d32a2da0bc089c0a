import Basics
import Model

// Why a conversation could not go on in another way.

extension RunError {
  /// No conversation has the id.
  static func conversationNotFound(_ id: Identifier<Conversation>) -> Self {
    Self(
      code: "conversation_not_found", message: "There is no conversation \(id).",
      hint: "GET /api/conversations lists those there are.")
  }

  /// The conversation has no such message.
  static func messageNotFound(_ id: Identifier<Message>, in conversation: Identifier<Conversation>) -> Self {
    Self(
      code: "message_not_found", message: "The conversation has no message \(id).",
      hint: "GET /api/conversations/\(conversation)/messages?branch=all lists those there are.")
  }

  /// Nothing was asked that the message could be another answer to.
  static func messageNotAnswer(_ id: Identifier<Message>) -> Self {
    Self(
      code: "message_not_answer", message: "The message \(id) answers no question.",
      hint: "Name an answer of an agent, or the question itself.")
  }

  /// Only what a person asked can be edited.
  static func messageNotQuestion(_ id: Identifier<Message>) -> Self {
    Self(
      code: "message_not_question", message: "The message \(id) is no question, so it cannot be edited.",
      hint: "Name a message of role \"user\"; an answer can be regenerated.")
  }

  /// The question was answered elsewhere.
  static let agentUnknown = Self(
    code: "missing_field", message: "No agent of this hub has answered that question.",
    hint: "Send agentId.")

  static let tooManyBranches = Self(
    code: "too_many_branches", message: "The conversation has \(Branch.most) branches.",
    hint: "Fork it, and go on in the copy.")

  /// What is to come before the branch is not yet known.
  static let branchBusy = Self(
    code: "conversation_busy", message: "A run of this conversation is still working.",
    hint: "Wait for it, stop it, or send onBusy \"interrupt\".")
}
