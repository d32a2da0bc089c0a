import Basics
import Model

/// Puts the agents of `Seeds/agents.json` into the database.
package enum Seeder {
  private static let path = "Seeds/agents.json"

  /// Adds the seeded agents when there is no agent but those of `DeliveredAgents`.
  ///
  /// - Returns: how many were added.
  /// - Throws: `asset_invalid` when the file is not of the form it should have.
  @discardableResult
  package static func seed(_ transaction: WriteTransaction) throws -> Int {
    guard try transaction.agents.count() == DeliveredAgents.count(in: transaction) else { return 0 }
    let agents = try seeds()
    // One moment for all: the list shows the newest first, and keeps the file's order among equals.
    for seed in agents { try transaction.agents.create(try agent(from: seed, transaction)) }
    return agents.count
  }

  /// Deletes all agents but those of `DeliveredAgents` and adds the seeded ones again. Messages stay, without an agent.
  ///
  /// - Returns: how many were added.
  @discardableResult
  package static func reset(_ transaction: WriteTransaction) throws -> Int {
    var page = try transaction.agents.page()
    while true {
      for agent in page.items where !DeliveredAgents.workspaces.contains(agent.workspace) {
        try transaction.agents.delete(agent.id)
      }
      guard let next = page.next else { break }
      page = try transaction.agents.page(after: next)
    }
    return try seed(transaction)
  }

  private static func seeds() throws -> [JSON] {
    guard let file = Assets.file(path), let agents = try JSON.parse(file).array else {
      throw StoreError.badAsset(path: path, detail: "it is not a list")
    }
    return agents
  }

  private static func agent(from seed: JSON, _ transaction: WriteTransaction) throws -> Agent {
    func text(_ name: String) throws(StoreError) -> String {
      guard let text = seed[name]?.string else {
        throw StoreError.badAsset(path: path, detail: "an agent has no \(name)")
      }
      return text
    }
    return Agent(
      id: transaction.newIdentifier(), name: try text("name"), description: seed["description"]?.string,
      provider: try text("provider"), model: try text("model"), emoji: try text("emoji"),
      workspace: try text("workspace"), createdAt: transaction.now, updatedAt: transaction.now)
  }
}
