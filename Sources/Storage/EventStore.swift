package import Basics
import Database
package import Model

/// The log of events.
package struct EventStore<Access: Transaction> {
  let transaction: Access
}

/// Which events a reader wants; nil means any.
package struct EventFilter: Equatable, Sendable {
  /// The run itself, or the one that it is a part of.
  package var run: Identifier<Run>?
  package var agent: Identifier<Agent>?
  package var types: [EventType]?

  package init(run: Identifier<Run>? = nil, agent: Identifier<Agent>? = nil, types: [EventType]? = nil) {
    self.run = run
    self.agent = agent
    self.types = types
  }
}

private enum SQL {
  static let columns = """
    offset, conversation, seq, type, run, parent_run, agent, agent_name, message, at, body, step, count
    """
  static let insert = """
    INSERT INTO events (
      offset, conversation, seq, type, run, parent_run, agent, agent_name, message, at, body, step
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """
  static let head = """
    SELECT max(coalesce((SELECT max(offset) FROM events), 0), coalesce((SELECT deleted_offset FROM hub), 0))
    """
  static let ofConversation = """
    SELECT \(columns) FROM events WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
    """
  static let page = "SELECT \(columns) FROM events WHERE offset > ?1 ORDER BY offset LIMIT ?2"
  /// Looks at one stretch of offsets only, so that a rare match cannot hold the reader for the whole log.
  static let filtered = """
    SELECT \(columns) FROM events WHERE offset > ?1 AND offset <= ?2
      AND (?4 IS NULL OR run = ?4 OR parent_run = ?4) AND (?5 IS NULL OR agent = ?5)
      AND (?6 IS NULL OR type IN (SELECT value FROM json_each(?6)))
    ORDER BY offset LIMIT ?3
    """
  static let steps = """
    SELECT \(columns) FROM events WHERE conversation = ?1 AND seq > ?2 AND run = ?3
      AND type IN ('step.started', 'route.decided', 'step.completed')
    ORDER BY seq
    """
  static let start = """
    SELECT seq FROM events WHERE conversation = ?1 AND run = ?2 AND type = 'run.started'
    ORDER BY seq DESC LIMIT 1
    """
  static let texts = """
    SELECT \(columns) FROM events WHERE conversation = ?1 AND seq > ?2
      AND type IN ('message.delta', 'message.completed')
    ORDER BY seq
    """
  static let all = [insert, head, ofConversation, page, filtered, steps, start, texts]
}

extension EventStore {
  static var statements: [String] { SQL.all }

  /// How many offsets one filtered page looks at.
  private var stretch: Int64 { 10_000 }
  /// Bytes of bodies after which a page takes no further row.
  private var pageBytes: Int { 256 << 10 }

  /// The newest offset; 0 before the first event.
  package func head() throws -> Int64 {
    try transaction.connection.first(SQL.head) { $0.integer(0) } ?? 0
  }

  /// The newest seq of a conversation.
  ///
  /// - Throws: `conversation_not_found`.
  package func head(of conversation: Identifier<Conversation>) throws -> Int64 {
    try transaction.conversations.head(of: conversation)
  }

  /// The events of a conversation after `seq` (0 for the beginning); `next` is what to give as `after` for more.
  package func page(
    of conversation: Identifier<Conversation>, after seq: Int64, limit: Int = 100
  ) throws -> Page<StoredEvent, Int64> {
    try page(
      SQL.ofConversation, [.text(conversation.text), .integer(seq), .integer(Int64(limit + 1))], limit: limit
    ) { $0.seq }
  }

  /// The hub's events after `offset` (0 for the beginning).
  ///
  /// - Returns: `next` is what to give as `after` for more. With a filter a page may be empty and yet have a `next`:
  ///   each page looks at a bounded stretch of the log.
  package func page(
    after offset: Int64, limit: Int = 100, matching filter: EventFilter = EventFilter()
  ) throws -> Page<StoredEvent, Int64> {
    guard filter == EventFilter() else { return try filteredPage(after: offset, limit: limit, filter) }
    return try page(SQL.page, [.integer(offset), .integer(Int64(limit + 1))], limit: limit) { $0.offset }
  }

  /// Reads rows until the page is full, by their number or by their bytes: 200 whole messages of 1 MB are no page.
  private func page(
    _ sql: String, _ values: [DatabaseValue], limit: Int, position: (StoredEvent) -> Int64
  ) throws -> Page<StoredEvent, Int64> {
    let statement = try transaction.connection.statement(sql)
    defer { statement.reset() }
    try statement.bind(values)
    var rows: [StoredEvent] = []
    rows.reserveCapacity(min(limit, 1000) + 1)
    var bytes = 0
    while try statement.step() {
      guard rows.count < limit, bytes < pageBytes else {
        return Page(items: rows, next: rows.last.map(position))
      }
      let row = try StoredEvent(row: statement)
      bytes += row.body.count
      rows.append(row)
    }
    return Page(items: rows, next: nil)
  }

  private func filteredPage(
    after offset: Int64, limit: Int, _ filter: EventFilter
  ) throws -> Page<StoredEvent, Int64> {
    let end = offset + stretch
    let types = filter.types.map { JSON.array($0.map { .string($0.rawValue) }).text }
    var page = try page(
      SQL.filtered,
      [
        .integer(offset), .integer(end), .integer(Int64(limit + 1)), DatabaseValue(filter.run?.text),
        DatabaseValue(filter.agent?.text), DatabaseValue(types),
      ], limit: limit
    ) { $0.offset }
    if page.next == nil, try head() > end { page.next = end }
    return page
  }

  /// How a pipeline's run has come along so far: which steps began, what was decided, and what they led to, in order.
  package func steps(of run: Run) throws -> [StoredEvent] {
    let start = try transaction.messages.get(run.input)?.seq ?? 0
    return try transaction.connection.rows(
      SQL.steps, .text(run.conversation.text), .integer(start), .text(run.id.text)
    ) { try StoredEvent(row: $0) }
  }

  /// The text so far of the messages that are being written: those of running and waiting runs that have deltas and no
  /// end yet. Looks back no further than the start of the oldest such run.
  package func openMessages(in conversation: Identifier<Conversation>) throws -> [OpenMessage] {
    let runs = try transaction.runs.unfinished(in: conversation).filter { $0.status != .queued }
    guard !runs.isEmpty else { return [] }
    var start = Int64.max
    for run in runs {
      let seq = try transaction.connection.first(
        SQL.start, .text(conversation.text), .text(run.id.text)
      ) { $0.integer(0) }
      start = min(start, seq ?? 0)
    }
    let events = try transaction.connection.rows(SQL.texts, .text(conversation.text), .integer(start)) {
      try StoredEvent(row: $0)
    }
    return try OpenMessage.gather(from: events, of: Set(runs.map(\.id)))
  }
}

extension EventStore where Access == WriteTransaction {
  /// Writes one row; `WriteTransaction.append` has numbered it.
  func insert(_ event: Event, body: [UInt8]) throws {
    try transaction.connection.run(
      SQL.insert, .integer(event.offset), DatabaseValue(event.conversation?.text), .integer(event.seq),
      .text(event.type.rawValue), DatabaseValue(event.run?.text), DatabaseValue(event.parentRun?.text),
      DatabaseValue(event.agent?.id.text), DatabaseValue(event.agent?.name),
      DatabaseValue(event.message?.text), .integer(event.at.milliseconds), .utf8(body),
      DatabaseValue(event.step))
  }
}

extension StoredEvent {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let type = EventType(rawValue: row.text(3)) else {
      throw StoreError.unreadable(noun: "event", detail: "unknown type \(row.text(3))")
    }
    let agent = row.optionalText(6).map {
      AgentReference(id: Identifier($0), name: row.optionalText(7) ?? "")
    }
    self.init(
      header: Event(
        offset: row.integer(0), conversation: row.optionalIdentifier(1), seq: row.integer(2),
        run: row.optionalIdentifier(4), parentRun: row.optionalIdentifier(5),
        step: row.optionalText(11), agent: agent, message: row.optionalIdentifier(8), at: row.timestamp(9),
        body: .other(type, [:])),
      body: row.bytes(10), count: row.integer(12))
  }
}
