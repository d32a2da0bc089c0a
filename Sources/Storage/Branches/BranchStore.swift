package import Basics
import Database
package import Model

/// The branches of conversations.
package struct BranchStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns =
    "number, parent, kind, message, from_seq, until_seq, before_run, run, is_selected, created_at"
  static let ofConversation = "SELECT \(columns) FROM branches WHERE conversation = ?1 ORDER BY number"
  static let selected = "SELECT branch FROM conversations WHERE id = ?1"
  static let insert = """
    INSERT INTO branches (conversation, \(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    """
  static let mark = "UPDATE branches SET is_selected = ?3 WHERE conversation = ?1 AND number = ?2"
  static let select = "UPDATE conversations SET branch = ?2 WHERE id = ?1"
  static let all = [ofConversation, selected, insert, mark, select]
}

extension BranchStore {
  static var statements: [String] { SQL.all }

  /// All branches of a conversation, and which way its path takes.
  package func tree(of conversation: Identifier<Conversation>) throws -> BranchTree {
    BranchTree(
      try transaction.connection.rows(SQL.ofConversation, .text(conversation.text)) { try Branch(row: $0) })
  }

  /// The branch at the end of a conversation's path; nil when it never branched, or does not exist.
  package func selected(in conversation: Identifier<Conversation>) throws -> Int? {
    try transaction.connection.first(SQL.selected, .text(conversation.text)) {
      $0.optionalInteger(0).map { Int($0) }
    } ?? nil
  }

  /// The path to the end of a branch; nil for the trunk's of a conversation that never branched.
  package func path(
    of conversation: Identifier<Conversation>, to branch: Int?
  ) throws -> BranchPath? {
    guard let branch else { return nil }
    return try tree(of: conversation).path(to: branch)
  }

  /// The conversation's path; nil when it never branched.
  package func selectedPath(of conversation: Identifier<Conversation>) throws -> BranchPath? {
    try path(of: conversation, to: selected(in: conversation))
  }
}

extension BranchStore where Access == WriteTransaction {
  /// Stores the next branch of a conversation and lets its path take it, with a `branch.created` event.
  ///
  /// - Parameters:
  ///   - branch: its number is the next one.
  ///   - tree: what is stored, and then what is stored with it.
  /// - Throws: `conversation_not_found`.
  package func create(
    _ branch: Branch, of conversation: Identifier<Conversation>, in tree: inout BranchTree
  ) throws {
    var changed = tree
    changed.add(branch)
    try insert(branch, of: conversation)
    try keep(changed, insteadOf: tree, of: conversation)
    tree = changed
    try transaction.append(
      Event(
        conversation: conversation, run: branch.run, message: branch.message, at: branch.createdAt,
        body: .other(.branchCreated, branch.members)))
  }

  /// Keeps which way a conversation's path takes, with a `branch.selected` event that names what is selected at each fork; nothing is
  /// told when nothing changes.
  ///
  /// - Throws: `conversation_not_found`.
  package func select(
    _ changed: BranchTree, insteadOf tree: BranchTree, of conversation: Identifier<Conversation>
  ) throws {
    guard changed != tree else { return }
    try keep(changed, insteadOf: tree, of: conversation)
    let taken = changed.branches.filter(\.isSelected).map { JSON.integer(Int64($0.number)) }
    try transaction.append(
      Event(
        conversation: conversation, at: transaction.now,
        body: .other(
          .branchSelected, ["branch": .integer(Int64(changed.selected)), "selected": .array(taken)])))
  }

  private func insert(_ branch: Branch, of conversation: Identifier<Conversation>) throws {
    try transaction.connection.run(
      SQL.insert, .text(conversation.text), DatabaseValue(branch.number), DatabaseValue(branch.parent),
      .text(branch.kind.rawValue), .text(branch.message.text), .integer(branch.from),
      .integer(branch.until), DatabaseValue(branch.before?.text), DatabaseValue(branch.run?.text),
      .integer(branch.isSelected ? 1 : 0), .integer(branch.createdAt.milliseconds))
  }

  private func keep(
    _ changed: BranchTree, insteadOf tree: BranchTree, of conversation: Identifier<Conversation>
  ) throws {
    for branch in changed.branches where tree[branch.number]?.isSelected != branch.isSelected {
      try transaction.connection.run(
        SQL.mark, .text(conversation.text), DatabaseValue(branch.number),
        .integer(branch.isSelected ? 1 : 0))
    }
    try setEnd(changed.selected, of: conversation)
  }

  private func setEnd(_ branch: Int, of conversation: Identifier<Conversation>) throws {
    try transaction.connection.run(SQL.select, .text(conversation.text), DatabaseValue(branch))
  }
}

extension Branch {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let kind = Kind(rawValue: row.text(2)) else {
      throw StoreError.unreadable(noun: "branch", detail: "unknown kind \(row.text(2))")
    }
    self.init(
      number: Int(row.integer(0)), parent: Int(row.integer(1)), kind: kind, message: Identifier(row.text(3)),
      from: row.integer(4), until: row.integer(5), before: row.optionalIdentifier(6),
      run: row.optionalIdentifier(7), isSelected: row.integer(8) != 0, createdAt: row.timestamp(9))
  }
}
