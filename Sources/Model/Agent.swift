package import Basics

/// Something that answers: a provider, a model and how to use them. Every change is a new immutable version.
package struct Agent: Equatable, Sendable {
  /// Whether an agent takes work.
  package enum Status: String, Sendable, CaseIterable {
    case active, paused, error
  }

  package var id: Identifier<Agent>
  package var name: String
  package var description: String?
  /// A row of the provider table, `openai` for example.
  package var provider: String
  package var model: String
  package var emoji: String
  package var workspace: String
  package var status: Status
  /// Per-agent settings as the client gave them; nil when none were given.
  package var config: JSONObject?
  /// Counts up from 1 with every change; runs remember which version they used.
  package var version: Int
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  /// What an agent wears when nothing was chosen.
  package static let defaultEmoji = "🤖"
  /// Where an agent belongs when nothing was chosen.
  package static let defaultWorkspace = "default"

  package init(
    id: Identifier<Agent>, name: String, description: String? = nil, provider: String, model: String,
    emoji: String = Agent.defaultEmoji, workspace: String = Agent.defaultWorkspace, status: Status = .active,
    config: JSONObject? = nil, version: Int = 1, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.provider = provider
    self.model = model
    self.emoji = emoji
    self.workspace = workspace
    self.status = status
    self.config = config
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// What an event says about the agent it belongs to.
package struct AgentReference: Equatable, Sendable {
  package var id: Identifier<Agent>
  package var name: String

  package init(id: Identifier<Agent>, name: String) {
    self.id = id
    self.name = name
  }
}

extension Agent {
  /// The agent as events name it.
  package var reference: AgentReference { AgentReference(id: id, name: name) }
}
