package import Basics
import Database
package import Model

// Messages on one path through a conversation that has branches.

private enum SQL {
  /// Of the branch of a row, or of `?6` for rows of a branch that the path leaves: what stands before the fork. A step's run is not where its
  /// pipeline's run is in the order of runs.
  private static let isSeen = """
    (seq <= ?5 OR coalesce((SELECT coalesce(parent_run, id) FROM runs WHERE id = messages.run), run) < ?6)
    """
  private static func before(_ branch: String, _ index: String = "", _ more: String = "") -> String {
    """
    SELECT \(MessageRow.columns) FROM messages \(index) WHERE conversation = ?1 AND branch \(branch) \(more)
    AND seq < ?3 AND seq <= ?7 AND \(isSeen) ORDER BY seq DESC LIMIT ?4
    """
  }
  private static func after(_ branch: String) -> String {
    """
    SELECT \(MessageRow.columns) FROM messages WHERE conversation = ?1 AND branch \(branch)
    AND seq > ?3 AND seq <= ?7 AND \(isSeen) ORDER BY seq LIMIT ?4
    """
  }
  static let trunkBefore = before("IS NULL")
  static let trunkAfter = after("IS NULL")
  static let trunkSaid = before("IS NULL", "INDEXED BY messages_said", "AND step IS NULL")
  static let branchBefore = before("= ?2")
  static let branchAfter = after("= ?2")
  static let branchSaid = before("= ?2", "", "AND step IS NULL")
  static let root = "SELECT coalesce(parent_run, id) FROM runs WHERE id = ?1"
  /// The first that is not the run's own question.
  static let firstAnswer = "SELECT min(seq) FROM messages WHERE run = ?1 AND conversation = ?2 AND seq > ?3"
  static let answering = """
    SELECT \(MessageRow.columns) FROM messages
    WHERE conversation = ?1 AND seq > ?2 AND parent = ?3 AND role = 'agent' AND run IS NOT NULL ORDER BY seq LIMIT 1
    """
  static let all = [
    trunkBefore, trunkAfter, trunkSaid, branchBefore, branchAfter, branchSaid, root, firstAnswer, answering,
  ]
}

extension MessageStore {
  static var pathStatements: [String] { SQL.all }

  /// The newest messages on a path (those before `seq`, when it is given), oldest first.
  ///
  /// - Returns: `next` is what to give as `before` for the page of older ones.
  package func page(
    of conversation: Identifier<Conversation>, on path: BranchPath, before seq: Int64? = nil,
    limit: Int = 50
  ) throws -> Page<Message, Int64> {
    let rows = try newest(
      of: conversation, on: path, before: seq, limit: limit + 1, SQL.trunkBefore, SQL.branchBefore)
    var page = Page(rows, limit: limit) { $0.seq }
    page.items.reverse()
    return page
  }

  /// The messages on a path after `seq` (0 for the beginning), oldest first.
  ///
  /// - Returns: `next` is what to give as `after` for the page of newer ones.
  package func page(
    of conversation: Identifier<Conversation>, on path: BranchPath, after seq: Int64, limit: Int = 50
  ) throws -> Page<Message, Int64> {
    var rows: [Message] = []
    for segment in path.segments where rows.count <= limit {
      rows += try stretch(
        segment, of: conversation, from: seq, limit: limit + 1 - rows.count,
        segment.branch == 0 ? SQL.trunkAfter : SQL.branchAfter)
    }
    return Page(rows, limit: limit) { $0.seq }
  }

  /// The newest messages of a path that were said in the conversation itself, not by steps on the way to an answer; oldest first.
  ///
  /// - Parameter path: nil for the trunk.
  package func said(
    in conversation: Identifier<Conversation>, on path: BranchPath?, limit: Int
  ) throws -> [Message] {
    guard let path else { return try said(in: conversation, limit: limit) }
    return try newest(
      of: conversation, on: path, before: nil, limit: limit, SQL.trunkSaid, SQL.branchSaid
    ).reversed()
  }

  /// The newest message on the path to a branch's end.
  ///
  /// - Parameter branch: nil for a conversation that never branched.
  package func newest(
    in conversation: Identifier<Conversation>, onPathTo branch: Int?
  ) throws -> Message? {
    guard let path = try transaction.branches.path(of: conversation, to: branch) else {
      return try page(of: conversation, limit: 1).items.first
    }
    return try page(of: conversation, on: path, limit: 1).items.first
  }

  /// The run that a run is a part of, or itself; nil for one that is not stored, as those of imported messages are not.
  package func root(of run: Identifier<Run>) throws -> Identifier<Run>? {
    try transaction.connection.first(SQL.root, .text(run.text)) { Identifier($0.text(0)) }
  }

  /// Where a message stands, as forks see it.
  package func place(of message: Message) throws -> Branch.Place {
    .message(seq: message.seq, run: try message.run.map { try root(of: $0) ?? $0 })
  }

  /// The first answer to a question; nil when there is none.
  package func firstAnswer(to question: Message) throws -> Message? {
    try transaction.connection.first(
      SQL.answering, .text(question.conversation.text), .integer(question.seq), .text(question.id.text)
    ) { try Message(row: $0, of: question.conversation) }
  }

  /// The position of the last message of its parent that a branch sees; 0 when there is none.
  package func lastSeen(by fork: Branch, in conversation: Identifier<Conversation>) throws -> Int64 {
    // A run begins when those before it are over: what stands behind its first word need not be looked at.
    let first = try fork.before.flatMap { run in
      try transaction.connection.first(
        SQL.firstAnswer, .text(run.text), .text(conversation.text), .integer(fork.from)
      ) { $0.optionalInteger(0) } ?? nil
    }
    var fork = fork
    fork.until = (first ?? .max) - 1
    let segment = BranchPath.Segment(branch: fork.parent, fork: fork)
    return try stretch(
      segment, of: conversation, from: .max, limit: 1,
      fork.parent == 0 ? SQL.trunkBefore : SQL.branchBefore
    ).first?.seq ?? 0
  }

  /// From the path's end on.
  private func newest(
    of conversation: Identifier<Conversation>, on path: BranchPath, before seq: Int64?, limit: Int,
    _ trunk: String, _ branch: String
  ) throws -> [Message] {
    var rows: [Message] = []
    for segment in path.segments.reversed() where rows.count < limit {
      rows += try stretch(
        segment, of: conversation, from: seq ?? .max, limit: limit - rows.count,
        segment.branch == 0 ? trunk : branch)
    }
    return rows
  }

  private func stretch(
    _ segment: BranchPath.Segment, of conversation: Identifier<Conversation>, from seq: Int64, limit: Int,
    _ sql: String
  ) throws -> [Message] {
    try transaction.connection.rows(
      sql, .text(conversation.text), .integer(Int64(segment.branch)), .integer(seq), .integer(Int64(limit)),
      .integer(segment.fork?.certain ?? .max), DatabaseValue(segment.fork?.before?.text),
      .integer(segment.fork?.until ?? .max)
    ) { try Message(row: $0, of: conversation) }
  }
}
