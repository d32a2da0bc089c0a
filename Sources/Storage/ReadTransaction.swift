package import Database

/// One moment of the database. Valid during its job only.
package protocol Transaction: AnyObject {
  var connection: DatabaseConnection { get }
}

extension Transaction {
  package var agents: AgentStore<Self> { AgentStore(transaction: self) }
  package var conversations: ConversationStore<Self> { ConversationStore(transaction: self) }
  package var messages: MessageStore<Self> { MessageStore(transaction: self) }
  package var runs: RunStore<Self> { RunStore(transaction: self) }
  package var events: EventStore<Self> { EventStore(transaction: self) }
  package var usage: UsageStore<Self> { UsageStore(transaction: self) }
  package var idempotency: IdempotencyStore<Self> { IdempotencyStore(transaction: self) }
}

/// A job that reads sees one snapshot from its first query to its last.
package final class ReadTransaction: Transaction {
  package let connection: DatabaseConnection

  private init(_ connection: DatabaseConnection) { self.connection = connection }

  /// Runs a job in a snapshot and lets go of it at once: a snapshot that stays keeps the write-ahead log from shrinking.
  static func run<Value>(
    _ connection: DatabaseConnection, _ job: (ReadTransaction) throws -> Value
  ) throws -> Value {
    try connection.run("BEGIN")
    defer { _ = try? connection.run("ROLLBACK") }
    return try job(ReadTransaction(connection))
  }
}
