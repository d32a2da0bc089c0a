package import Basics
import Database
package import Model

/// Agents and their versions. Every change writes a new version, which stays readable for ever.
package struct AgentStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let content = "name, description, provider, model, emoji, workspace, status, config"
  static let columns = "id, version, created_at, updated_at, \(content)"
  static let get = "SELECT \(columns) FROM agents WHERE id = ?1"
  static let named = "SELECT \(columns) FROM agents WHERE name = ?1 ORDER BY created_at, id LIMIT 1"
  static let active = "SELECT \(columns) FROM agents WHERE status = 'active' ORDER BY created_at DESC, id"
  static let count = "SELECT count(*) FROM agents"
  static let page = """
    SELECT \(columns) FROM agents
    WHERE created_at < ?1 OR (created_at = ?1 AND id > ?2)
    ORDER BY created_at DESC, id LIMIT ?3
    """
  static let versions = """
    SELECT agent, version, created_at, updated_at, \(content) FROM agent_versions
    WHERE agent = ?1 ORDER BY version DESC
    """
  static let version = """
    SELECT agent, version, created_at, updated_at, \(content) FROM agent_versions
    WHERE agent = ?1 AND version = ?2
    """
  static let insert = """
    INSERT INTO agents (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """
  static let insertVersion = """
    INSERT INTO agent_versions (agent, version, created_at, updated_at, \(content))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """
  static let update = """
    UPDATE agents SET version = ?2, created_at = ?3, updated_at = ?4, name = ?5, description = ?6, provider = ?7,
      model = ?8, emoji = ?9, workspace = ?10, status = ?11, config = ?12
    WHERE id = ?1
    """
  static let delete = "DELETE FROM agents WHERE id = ?1"
  static let all = [
    get, named, active, count, page, versions, version, insert, insertVersion, update, delete,
  ]
}

extension AgentStore {
  static var statements: [String] { SQL.all }

  /// The agent as it is now.
  package func get(_ id: Identifier<Agent>) throws -> Agent? {
    try transaction.connection.first(SQL.get, .text(id.text)) { try Agent(row: $0) }
  }

  /// The agent of a name as it is now, the oldest one if there are more.
  package func named(_ name: String) throws -> Agent? {
    try transaction.connection.first(SQL.named, .text(name)) { try Agent(row: $0) }
  }

  /// All agents that take work, newest first; of the same moment, in the order of their making.
  package func active() throws -> [Agent] {
    try transaction.connection.rows(SQL.active) { try Agent(row: $0) }
  }

  /// All agents, in the same order.
  package func page(after position: ListPosition? = nil, limit: Int = 50) throws -> Page<Agent, ListPosition>
  {
    let position = position ?? ListPosition(at: Timestamp(milliseconds: .max), id: "")
    let rows = try transaction.connection.rows(
      SQL.page, .integer(position.at.milliseconds), .text(position.id), .integer(Int64(limit + 1))
    ) { try Agent(row: $0) }
    return Page(rows, limit: limit) { ListPosition(at: $0.createdAt, id: $0.id.text) }
  }

  /// How many agents there are, whatever their status.
  package func count() throws -> Int {
    try transaction.connection.first(SQL.count) { Int($0.integer(0)) } ?? 0
  }

  /// All versions of an agent, newest first; also of one that is deleted. `updatedAt` is when the version was made.
  package func versions(of id: Identifier<Agent>) throws -> [Agent] {
    try transaction.connection.rows(SQL.versions, .text(id.text)) { try Agent(row: $0) }
  }

  /// One version of an agent, also of one that is deleted.
  package func version(_ number: Int, of id: Identifier<Agent>) throws -> Agent? {
    try transaction.connection.first(SQL.version, .text(id.text), .integer(Int64(number))) {
      try Agent(row: $0)
    }
  }
}

extension AgentStore where Access == WriteTransaction {
  /// Adds an agent as version 1, with an `agent.created` event.
  ///
  /// - Throws: `already_exists` when the id is taken, or was.
  @discardableResult
  package func create(_ agent: Agent) throws -> Agent {
    var agent = agent
    agent.version = 1
    guard try version(1, of: agent.id) == nil else {
      throw StoreError.alreadyExists(noun: "agent", id: agent.id.text)
    }
    try write(SQL.insert, agent)
    try write(SQL.insertVersion, agent)
    try tell(.agentCreated, agent)
    return agent
  }

  /// Changes an agent's content: writes a new version, with an `agent.updated` event, unless nothing is different.
  ///
  /// - Parameters:
  ///   - expected: the version the caller saw; nil changes any.
  ///   - change: may set everything but id, version and times.
  /// - Throws: `agent_not_found`, `version_conflict`, or what `change` threw.
  @discardableResult
  package func update(
    _ id: Identifier<Agent>, expectedVersion expected: Int? = nil, _ change: (inout Agent) throws -> Void
  ) throws -> Agent {
    guard let old = try get(id) else { throw StoreError.notFound(noun: "agent", id: id.text) }
    if let expected, expected != old.version {
      throw StoreError.versionConflict(id: id.text, expected: expected, actual: old.version)
    }
    var agent = old
    try change(&agent)
    agent.id = old.id
    agent.version = old.version
    agent.createdAt = old.createdAt
    agent.updatedAt = old.updatedAt
    guard agent != old else { return old }
    agent.version += 1
    agent.updatedAt = transaction.now
    try write(SQL.update, agent)
    try write(SQL.insertVersion, agent)
    try tell(.agentUpdated, agent)
    return agent
  }

  /// Pauses an agent, or lets it work again; a change like any other.
  @discardableResult
  package func setStatus(
    _ status: Agent.Status, of id: Identifier<Agent>, expectedVersion: Int? = nil
  ) throws -> Agent {
    try update(id, expectedVersion: expectedVersion) { $0.status = status }
  }

  /// Makes a new version with an old one's content. The status stays: a paused agent does not start to work by this.
  ///
  /// - Throws: `agent_not_found`, `version_conflict`.
  @discardableResult
  package func restore(
    _ number: Int, of id: Identifier<Agent>, expectedVersion: Int? = nil
  ) throws -> Agent {
    guard let old = try version(number, of: id) else {
      throw StoreError.notFound(noun: "version \(number) of agent", id: id.text)
    }
    return try update(id, expectedVersion: expectedVersion) { agent in
      let status = agent.status
      agent = old
      agent.status = status
    }
  }

  /// Removes an agent, with an `agent.deleted` event. Its versions stay; its messages stay, without an agent.
  ///
  /// - Throws: `agent_not_found`.
  package func delete(_ id: Identifier<Agent>) throws {
    guard let agent = try get(id) else { throw StoreError.notFound(noun: "agent", id: id.text) }
    try transaction.connection.run(SQL.delete, .text(id.text))
    try tell(.agentDeleted, agent)
  }

  private func write(_ sql: String, _ agent: Agent) throws {
    try transaction.connection.run(
      sql, .text(agent.id.text), .integer(Int64(agent.version)), .integer(agent.createdAt.milliseconds),
      .integer(agent.updatedAt.milliseconds), .text(agent.name), DatabaseValue(agent.description),
      .text(agent.provider), .text(agent.model), .text(agent.emoji), .text(agent.workspace),
      .text(agent.status.rawValue), DatabaseValue(agent.config.map { JSON.object($0).text }))
  }

  /// The configuration stays out of events: it may hold a key.
  private func tell(_ type: EventType, _ agent: Agent) throws {
    let body: JSONObject = [
      "version": .integer(Int64(agent.version)), "status": .string(agent.status.rawValue),
      "provider": .string(agent.provider), "model": .string(agent.model), "emoji": .string(agent.emoji),
      "workspace": .string(agent.workspace),
    ]
    _ = try transaction.append(
      Event(agent: agent.reference, at: transaction.now, body: .other(type, body)))
  }
}

extension Agent {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let status = Status(rawValue: row.text(10)) else {
      throw StoreError.unreadable(noun: "agent", detail: "unknown status \(row.text(10))")
    }
    self.init(
      id: Identifier(row.text(0)), name: row.text(4), description: row.optionalText(5),
      provider: row.text(6), model: row.text(7), emoji: row.text(8), workspace: row.text(9), status: status,
      config: try row.optionalJSON(11, of: "agent")?.object, version: Int(row.integer(1)),
      createdAt: row.timestamp(2), updatedAt: row.timestamp(3))
  }
}
