package import Basics
import Database
package import Model

/// Runs. What state may follow which is the run machine's affair, not the store's.
package struct RunStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    id, conversation, agent, agent_name, agent_version, status, parent_run, input, output, created_at, started_at, \
    finished_at, usage, error, cost, cache, step, parameters, overrides, branch
    """
  static let get = "SELECT \(columns) FROM runs WHERE id = ?1"
  static let page = """
    SELECT \(columns) FROM runs WHERE id < ?1 AND (?2 IS NULL OR status = ?2) ORDER BY id DESC LIMIT ?3
    """
  static let pageOfConversation = """
    SELECT \(columns) FROM runs WHERE conversation = ?4 AND id < ?1 AND (?2 IS NULL OR status = ?2)
    ORDER BY id DESC LIMIT ?3
    """
  /// Told which index to use: SQLite would rather walk all runs that ever were than sort the few.
  static let unfinished = """
    SELECT \(columns) FROM runs INDEXED BY runs_unfinished
    WHERE status IN ('queued', 'running', 'waiting') ORDER BY id
    """
  static let unfinishedOfConversation = """
    SELECT \(columns) FROM runs WHERE status IN ('queued', 'running', 'waiting') AND conversation = ?1 ORDER BY id
    """
  static let insert = """
    INSERT INTO runs (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
    """
  static let update = """
    UPDATE runs SET status = ?2, started_at = ?3, finished_at = ?4, usage = ?5, error = ?6, cost = ?7, output = ?8
    WHERE id = ?1
    """
  static let parts = "SELECT \(columns) FROM runs WHERE parent_run = ?1 ORDER BY id"
  static let partsOfStep = "SELECT \(columns) FROM runs WHERE parent_run = ?1 AND step = ?2 ORDER BY id"
  static let countParts = "SELECT count(*) FROM runs WHERE parent_run = ?1"
  /// A pipeline's run has the sums of its parts.
  static let usage = "SELECT usage, cost FROM runs WHERE conversation = ?1 AND parent_run IS NULL"
  static let all = [
    get, page, pageOfConversation, unfinished, unfinishedOfConversation, insert, update, parts, partsOfStep,
    countParts, usage,
  ]
}

extension RunStore {
  static var statements: [String] { SQL.all }

  /// The run as it is now, or nil when there is none.
  package func get(_ id: Identifier<Run>) throws -> Run? {
    try transaction.connection.first(SQL.get, .text(id.text)) { try Run(row: $0) }
  }

  /// Runs, newest first.
  ///
  /// - Parameters:
  ///   - conversation: nil for those of all.
  ///   - status: nil for any.
  ///   - run: only older ones; what the page before gave as `next`.
  package func page(
    of conversation: Identifier<Conversation>? = nil, status: Run.Status? = nil,
    before run: Identifier<Run>? = nil, limit: Int = 50
  ) throws -> Page<Run, Identifier<Run>> {
    // Above every id: UTF-8 holds no 0xFF, and U+10FFFF sorts after all other text.
    let before = DatabaseValue.text(run?.text ?? "\u{10FFFF}")
    let status = DatabaseValue(status?.rawValue)
    let limitAndOne = DatabaseValue.integer(Int64(limit + 1))
    let connection = transaction.connection
    let rows =
      if let conversation {
        try connection.rows(
          SQL.pageOfConversation, before, status, limitAndOne, .text(conversation.text)
        ) { try Run(row: $0) }
      } else {
        try connection.rows(SQL.page, before, status, limitAndOne) { try Run(row: $0) }
      }
    return Page(rows, limit: limit) { $0.id }
  }

  /// Runs that are queued, running or waiting, oldest first.
  ///
  /// - Parameter conversation: nil for those of all.
  package func unfinished(in conversation: Identifier<Conversation>? = nil) throws -> [Run] {
    guard let conversation else {
      return try transaction.connection.rows(SQL.unfinished) { try Run(row: $0) }
    }
    return try transaction.connection.rows(SQL.unfinishedOfConversation, .text(conversation.text)) {
      try Run(row: $0)
    }
  }

  /// The runs that are parts of a pipeline's run, at whatever depth, oldest first.
  package func parts(of run: Identifier<Run>) throws -> [Run] {
    try transaction.connection.rows(SQL.parts, .text(run.text)) { try Run(row: $0) }
  }

  /// The tries of one step of a pipeline's run, oldest first.
  ///
  /// - Parameter step: with the ids of the steps around it.
  package func parts(of run: Identifier<Run>, step: String) throws -> [Run] {
    try transaction.connection.rows(SQL.partsOfStep, .text(run.text), .text(step)) { try Run(row: $0) }
  }

  /// How many parts a pipeline's run has, at whatever depth.
  package func countOfParts(of run: Identifier<Run>) throws -> Int {
    try transaction.connection.first(SQL.countParts, .text(run.text)) { Int($0.integer(0)) } ?? 0
  }

  /// What a conversation's runs took together, as far as they are over.
  package func usage(of conversation: Identifier<Conversation>) throws -> ConversationUsage {
    var sum = ConversationUsage()
    try transaction.connection.each(SQL.usage, .text(conversation.text)) { row in
      sum.add(
        try row.optionalJSON(0, of: "run").flatMap { Usage(json: $0) },
        row.optionalInteger(1).map { Cost(picodollars: $0) })
    }
    return sum
  }

  /// Runs that wait for their turn, oldest first.
  package func queued(in conversation: Identifier<Conversation>? = nil) throws -> [Run] {
    try unfinished(in: conversation).filter { $0.status == .queued }
  }
}

extension RunStore where Access == WriteTransaction {
  /// Stores a run.
  ///
  /// - Throws: `constraint_violated` when the conversation does not exist or the id is taken.
  package func insert(_ run: Run) throws {
    try transaction.connection.run(
      SQL.insert, .text(run.id.text), .text(run.conversation.text), .text(run.agent.text),
      .text(run.agentName), .integer(Int64(run.agentVersion)), .text(run.status.rawValue),
      DatabaseValue(run.parentRun?.text), .text(run.input.text), .text(run.output.text),
      .integer(run.createdAt.milliseconds), DatabaseValue(run.startedAt?.milliseconds),
      DatabaseValue(run.finishedAt?.milliseconds), DatabaseValue(run.usage?.json.text),
      DatabaseValue(run.error?.json.text), DatabaseValue(run.cost?.picodollars), .text(run.cache.rawValue),
      DatabaseValue(run.step),
      run.parameters.isEmpty ? .null : .text(JSON.object(run.parameters).text),
      run.overrides.isEmpty ? .null : .text(run.overrides.json.text), DatabaseValue(run.branch))
  }

  /// Stores a run's status, times, usage, cost, error and output; the rest never changes.
  ///
  /// - Throws: `run_not_found`.
  package func update(_ run: Run) throws {
    let count = try transaction.connection.run(
      SQL.update, .text(run.id.text), .text(run.status.rawValue),
      DatabaseValue(run.startedAt?.milliseconds), DatabaseValue(run.finishedAt?.milliseconds),
      DatabaseValue(run.usage?.json.text), DatabaseValue(run.error?.json.text),
      DatabaseValue(run.cost?.picodollars), .text(run.output.text))
    guard count == 1 else { throw StoreError.notFound(noun: "run", id: run.id.text) }
  }
}

extension Run {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let status = Status(rawValue: row.text(5)) else {
      throw StoreError.unreadable(noun: "run", detail: "unknown status \(row.text(5))")
    }
    self.init(
      id: Identifier(row.text(0)), conversation: Identifier(row.text(1)), agent: Identifier(row.text(2)),
      agentName: row.text(3), agentVersion: Int(row.integer(4)), status: status,
      parentRun: row.optionalIdentifier(6), input: Identifier(row.text(7)), output: Identifier(row.text(8)),
      createdAt: row.timestamp(9), startedAt: row.optionalTimestamp(10),
      finishedAt: row.optionalTimestamp(11),
      usage: try row.optionalJSON(12, of: "run").flatMap { Usage(json: $0) },
      cost: row.optionalInteger(14).map { Cost(picodollars: $0) },
      error: try row.optionalJSON(13, of: "run").flatMap { RunFailure(json: $0) })
    cache = CacheUse(rawValue: row.text(15)) ?? .use
    step = row.optionalText(16)
    parameters = try row.optionalJSON(17, of: "run")?.object ?? [:]
    overrides = try row.optionalJSON(18, of: "run").map { AgentOverrides(json: $0) } ?? AgentOverrides()
    branch = row.optionalInteger(19).map { Int($0) }
  }
}
