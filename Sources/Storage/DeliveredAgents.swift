package import Basics
package import Model

/// The agents and pipelines of the systems that the hub replaces, from `Seeds/surfaces`: one workspace a system, whose pipeline has the
/// workspace's name as its id.
package enum DeliveredAgents {
  private static let folder = "Seeds/surfaces/"

  /// Their workspaces. Lists of agents leave them out unless they are asked for: the pages of Agent Nexus show every agent in a list.
  package static let workspaces: Set<String> = Set(
    Assets.paths.filter { $0.hasPrefix(folder) }.map {
      String($0.dropFirst(folder.count).dropLast(".json".count))
    })

  /// The ids of all of them; a surface is nothing without its own.
  package static let ids: Set<String> = Set(
    workspaces.flatMap { (try? agents(of: $0, at: Timestamp(milliseconds: 0)))?.map(\.id.text) ?? [] })

  /// Who answers for an agent.
  package struct Maker: Sendable, Equatable {
    package let provider: String
    package let model: String

    package init(provider: String, model: String) {
      self.provider = provider
      self.model = model
    }
  }

  /// Adds those that are missing. What an operator has changed stays; what was deleted stays away.
  ///
  /// - Parameters:
  ///   - models: a model for all agents of a workspace that call one, instead of what each has.
  ///   - maker: a provider with its model for all agents that call one, which then have nobody to fall back on; `models` wins over its model.
  /// - Returns: how many were added.
  /// - Throws: `asset_invalid` when a file is not of the form it should have.
  @discardableResult
  package static func deliver(
    in transaction: WriteTransaction, models: [String: String] = [:], maker: Maker? = nil
  ) throws -> Int {
    var count = 0
    for workspace in workspaces.sorted() {
      for var agent in try agents(of: workspace, at: transaction.now) {
        let change = agent.provider == "pipeline" ? nil : change(maker, models[workspace])
        change?(&agent)
        if try transaction.agents.version(1, of: agent.id) == nil {
          try transaction.agents.create(agent)
          count += 1
        } else if let change, try transaction.agents.get(agent.id) != nil {
          try transaction.agents.update(agent.id, change)
        }
      }
    }
    return count
  }

  /// What an operator's choice changes in an agent; nil when nothing was chosen.
  private static func change(_ maker: Maker?, _ model: String?) -> ((inout Agent) -> Void)? {
    guard maker != nil || model != nil else { return nil }
    return { agent in
      if let maker {
        agent.provider = maker.provider
        agent.model = maker.model
        agent.config?["fallbacks"] = nil
      }
      if let model { agent.model = model }
    }
  }

  /// How many of them there are now.
  static func count(in transaction: some Transaction) throws -> Int {
    try ids.count { try transaction.agents.get(Identifier($0)) != nil }
  }

  /// The agents of one workspace as they are delivered.
  package static func agents(of workspace: String, at moment: Timestamp) throws -> [Agent] {
    let path = "\(folder)\(workspace).json"
    guard let file = Assets.file(path), let agents = try JSON.parse(file)["agents"]?.array else {
      throw StoreError.badAsset(path: path, detail: "it has no agents")
    }
    return try agents.map { seed in
      func text(_ name: String) throws(StoreError) -> String {
        guard let text = seed[name]?.string else {
          throw StoreError.badAsset(path: path, detail: "an agent has no \(name)")
        }
        return text
      }
      return Agent(
        id: Identifier(try text("id")), name: try text("name"), description: try text("description"),
        provider: try text("provider"), model: try text("model"), emoji: try text("emoji"),
        workspace: workspace, config: seed["config"]?.object, createdAt: moment, updatedAt: moment)
    }
  }
}
