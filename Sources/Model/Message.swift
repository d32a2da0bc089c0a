package import Basics

/// One stored message of a conversation; messages form a tree by `parent`.
package struct Message: Equatable, Sendable {
  /// Whose voice a message is.
  package enum Role: String, Sendable, CaseIterable {
    case user, agent, tool, system
  }

  /// What a message is: said, thought, or done.
  package enum Kind: String, Sendable, CaseIterable {
    case message, thought, action
  }

  package var id: Identifier<Message>
  package var conversation: Identifier<Conversation>
  /// The position of the event that created it; orders the messages of a conversation.
  package var seq: Int64
  package var parent: Identifier<Message>?
  package var run: Identifier<Run>?
  package var agent: Identifier<Agent>?
  package var role: Role
  /// `type` on the wire and in SQL.
  package var type: Kind
  package var text: String
  /// Structured content beside the text (images, tool calls), as JSON; nil when there is none.
  package var parts: JSON?
  /// The pipeline's step that said it on the way to an answer; nil for what is said in the conversation itself.
  package var step: String?
  /// The branch of its conversation; nil for the trunk.
  package var branch: Int?
  package var createdAt: Timestamp

  package init(
    id: Identifier<Message>, conversation: Identifier<Conversation>, seq: Int64 = 0,
    parent: Identifier<Message>? = nil, run: Identifier<Run>? = nil, agent: Identifier<Agent>? = nil,
    role: Role,
    type: Kind = .message, text: String, parts: JSON? = nil, step: String? = nil, branch: Int? = nil,
    createdAt: Timestamp
  ) {
    self.id = id
    self.conversation = conversation
    self.seq = seq
    self.parent = parent
    self.run = run
    self.agent = agent
    self.role = role
    self.type = type
    self.text = text
    self.parts = parts
    self.step = step
    self.branch = branch
    self.createdAt = createdAt
  }
}
