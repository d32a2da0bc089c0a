package import Basics
import Database
package import Model

/// The merging of old deltas: which runs it is for, and what of them it changes.
package struct CompactionStore<Access: Transaction> {
  let transaction: Access
}

/// A run whose deltas are merged, with its parts, and how far that has come.
package struct RunCompaction: Equatable, Sendable {
  package let run: Identifier<Run>
  package let conversation: Identifier<Conversation>
  let runs: Set<Identifier<Run>>
  /// The seq behind which the next page begins.
  var after: Int64
}

/// What is to be done with a page of events.
package struct CompactionPage: Sendable {
  let merges: [CompactionMachine.Merge]
  /// Where to go on; nil when the run's last event was seen.
  package let next: RunCompaction?

  /// How many rows go.
  package var dropped: Int { merges.reduce(0) { $0 + $1.dropped.count } }
}

private enum SQL {
  static let due = """
    SELECT id, conversation, input FROM runs INDEXED BY runs_to_compact
    WHERE compacted = 0 AND parent_run IS NULL AND finished_at < ?1 ORDER BY finished_at, id LIMIT ?2
    """
  static let parts = "SELECT id FROM runs WHERE parent_run = ?1"
  static let merge = "UPDATE events SET body = ?2, count = ?3 WHERE offset = ?1"
  static let drop = "DELETE FROM events WHERE offset = ?1"
  static let done = "UPDATE runs SET compacted = 1 WHERE id = ?1"
  static let size = """
    SELECT page_size * page_count, page_size * freelist_count
    FROM pragma_page_size, pragma_page_count, pragma_freelist_count
    """
  static let all = [due, parts, merge, drop, done, size]
}

extension CompactionStore {
  static var statements: [String] { SQL.all }

  /// Events that are looked at, and so rows that are written, at a time: a millisecond of the writer's, 20 microseconds a row.
  private var pageSize: Int { 64 }
  private static var ends: Set<EventType> { [.runCompleted, .runFailed, .runStopped, .runInterrupted] }

  /// Runs that have been over for a time and have not been looked at, the oldest first. The parts of a pipeline's run go with it.
  package func due(after age: Duration, limit: Int) throws -> [RunCompaction] {
    let moment = Timestamp.now.milliseconds - Int64(age / .milliseconds(1))
    let rows = try transaction.connection.rows(
      SQL.due, .integer(moment), .integer(Int64(limit))
    ) { (run: Identifier<Run>($0.text(0)), conversation: $0.text(1), input: $0.text(2)) }
    return try rows.map { row in
      let parts = try transaction.connection.rows(SQL.parts, .text(row.run.text)) {
        Identifier<Run>($0.text(0))
      }
      let start = try transaction.messages.get(Identifier(row.input))?.seq ?? 0
      return RunCompaction(
        run: row.run, conversation: Identifier(row.conversation), runs: Set(parts + [row.run]), after: start)
    }
  }

  /// Looks at the next events of a run.
  ///
  /// - Parameter floor: the oldest offset that somebody holds in memory; a reader that begins there must find the rows as they were.
  /// - Returns: nil when the run reaches that far.
  package func page(of work: RunCompaction, below floor: Int64) throws -> CompactionPage? {
    let page = try transaction.events.page(of: work.conversation, after: work.after, limit: pageSize)
    var machine = CompactionMachine(of: work.runs)
    for event in page.items {
      guard event.offset < floor else { return nil }
      try machine.take(event)
      if event.run == work.run, Self.ends.contains(event.type) {
        return CompactionPage(merges: machine.merges, next: nil)
      }
    }
    let open = machine.finish(after: work.after)
    let next = page.next.map { last in
      var next = work
      next.after = open ?? last
      return next
    }
    return CompactionPage(merges: machine.merges, next: next)
  }

  /// How large the database is.
  package func databaseSize() throws -> DatabaseSize {
    try transaction.connection.first(SQL.size) {
      DatabaseSize(bytes: $0.integer(0), free: $0.integer(1))
    } ?? DatabaseSize(bytes: 0, free: 0)
  }
}

extension CompactionStore where Access == WriteTransaction {
  /// Does what a page came to.
  ///
  /// Whatever else happened since it was read: the rows of a run that is over change no more, but for being deleted with their conversation.
  package func perform(_ page: CompactionPage, of work: RunCompaction) throws {
    for merge in page.merges {
      let body = EventEncoder.body(.messageDelta(merge.delta))
      guard
        try transaction.connection.run(SQL.merge, .integer(merge.offset), .utf8(body), .integer(merge.count))
          == 1
      else { continue }
      for offset in merge.dropped { try transaction.connection.run(SQL.drop, .integer(offset)) }
    }
    if page.next == nil { try transaction.connection.run(SQL.done, .text(work.run.text)) }
  }
}
