package import Basics

/// What somebody thinks of an answer, with whoever gave it.
package struct Rating: Equatable, Sendable {
  /// Which way it goes.
  package enum Direction: String, Sendable, CaseIterable {
    case up, down
  }

  package let message: Identifier<Message>
  package let conversation: Identifier<Conversation>
  package let agent: Identifier<Agent>
  package let agentVersion: Int
  /// Who gave the answer at last.
  package let provider: String
  package let model: String
  package let direction: Direction

  package init(
    message: Identifier<Message>, conversation: Identifier<Conversation>, agent: Identifier<Agent>,
    agentVersion: Int, provider: String, model: String, direction: Direction
  ) {
    self.message = message
    self.conversation = conversation
    self.agent = agent
    self.agentVersion = agentVersion
    self.provider = provider
    self.model = model
    self.direction = direction
  }
}

/// The ratings of an agent's version with one model, counted.
package struct RatingSum: Equatable, Sendable {
  package let agent: Identifier<Agent>
  package let agentVersion: Int
  package let provider: String
  package let model: String
  package let up: Int64
  package let down: Int64

  package init(
    agent: Identifier<Agent>, agentVersion: Int, provider: String, model: String, up: Int64, down: Int64
  ) {
    self.agent = agent
    self.agentVersion = agentVersion
    self.provider = provider
    self.model = model
    self.up = up
    self.down = down
  }
}
