package import Basics
package import Model

/// What is told of an answer that is kept; its events stand beside it.
package struct CachedAnswer: Equatable, Sendable {
  /// In the order in which answers were kept.
  package var id: Int64 = 0
  /// Names all that determines the answer.
  package var digest: String
  /// Who answered, by the name in the provider table.
  package var provider: String
  package var model: String
  /// What it took when it was asked for; nil when nobody knows.
  package var usage: Usage?
  /// What it cost then; nil when nobody knows.
  package var cost: Cost?
  /// What keeping it takes.
  package var bytes: Int64 = 0
  /// How often it was given again.
  package var hits: Int64 = 0
  package var hitAt: Timestamp?
  package var createdAt: Timestamp
  package var expiresAt: Timestamp

  package init(
    digest: String, provider: String, model: String, usage: Usage?, cost: Cost?, createdAt: Timestamp,
    expiresAt: Timestamp
  ) {
    self.digest = digest
    self.provider = provider
    self.model = model
    self.usage = usage
    self.cost = cost
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// Which of the answers that are kept; nil for any.
package struct CachedAnswerSelection: Equatable, Sendable {
  /// Those that this agent asked for or got.
  package var agent: Identifier<Agent>?
  package var provider: String?
  package var model: String?

  package init(agent: Identifier<Agent>? = nil, provider: String? = nil, model: String? = nil) {
    self.agent = agent
    self.provider = provider
    self.model = model
  }
}
