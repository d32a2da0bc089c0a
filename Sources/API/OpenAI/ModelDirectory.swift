import Basics
import Model
import Pipelines
import Storage
import Wire

// Agents and pipelines as models.

extension Agent {
  /// The agent as a model of OpenAI's API, with the hub's own name beside it.
  var modelJSON: JSON {
    [
      "id": .string(id.text), "object": "model", "created": .integer(createdAt.milliseconds / 1000),
      "owned_by": "agenthub", "name": .string(name),
    ]
  }
}

extension Transaction {
  /// The agent that a caller names as its model: by its id, or by its name where no other active one has it. Paused agents take no
  /// work, so they are no models.
  ///
  /// - Throws: `OpenAIFault`.
  func model(called name: String) throws -> Agent {
    let id = Identifier<Agent>(name)
    if let agent = try BuiltInAgents.agent(id) ?? agents.get(id) {
      guard agent.status != .paused else { throw OpenAIFault.pausedModel(agent) }
      return agent
    }
    let found = try agents.active().filter { $0.name == name }
    guard found.count < 2 else { throw OpenAIFault.ambiguousModel(name, found) }
    if let agent = found.first { return agent }
    if let paused = try agents.named(name) { throw OpenAIFault.pausedModel(paused) }
    throw OpenAIFault.noModel(name)
  }
}

extension OpenAIFault {
  fileprivate static func noModel(_ name: String) -> Self {
    Self(
      "The model '\(name.prefix(200))' does not exist. Models are the hub's agents; GET /v1/models lists those there are.",
      status: 404,
      param: "model", code: "model_not_found")
  }

  fileprivate static func pausedModel(_ agent: Agent) -> Self {
    Self(
      "The model '\(agent.id)' (\(agent.name)) is paused: POST /api/agents/\(agent.id)/resume first.",
      status: 404,
      param: "model", code: "model_not_found")
  }

  fileprivate static func ambiguousModel(_ name: String, _ agents: [Agent]) -> Self {
    let ids = agents.prefix(10).map(\.id.text).joined(separator: ", ")
    return Self(
      "Several agents are called '\(name.prefix(200))'; name one by its id: \(ids).", param: "model",
      code: "model_ambiguous")
  }
}
