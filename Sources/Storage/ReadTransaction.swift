package import Database

/// One moment of the database. Valid during its job only.
package protocol Transaction: AnyObject {
  /// Where the room's own SQL runs; other rooms cannot use it.
  var connection: DatabaseConnection { get }
}

extension Transaction {
  /// Agents and their versions.
  package var agents: AgentStore<Self> { AgentStore(transaction: self) }
  /// Conversations.
  package var conversations: ConversationStore<Self> { ConversationStore(transaction: self) }
  /// Messages.
  package var messages: MessageStore<Self> { MessageStore(transaction: self) }
  /// Branches of conversations.
  package var branches: BranchStore<Self> { BranchStore(transaction: self) }
  /// Full-text search over messages.
  package var messageSearch: MessageSearchStore<Self> { MessageSearchStore(transaction: self) }
  /// What of them is not taken into the search yet.
  package var messageIntake: MessageIntakeStore<Self> { MessageIntakeStore(transaction: self) }
  /// Runs.
  package var runs: RunStore<Self> { RunStore(transaction: self) }
  /// The log.
  package var events: EventStore<Self> { EventStore(transaction: self) }
  /// The merging of old deltas.
  package var compaction: CompactionStore<Self> { CompactionStore(transaction: self) }
  /// What answers took.
  package var usage: UsageStore<Self> { UsageStore(transaction: self) }
  /// Tries of calls at providers.
  package var attempts: AttemptStore<Self> { AttemptStore(transaction: self) }
  /// What is known of providers' keys.
  package var providerKeys: ProviderKeyStore<Self> { ProviderKeyStore(transaction: self) }
  /// What agents, tenants and keys may cost.
  package var budgets: BudgetStore<Self> { BudgetStore(transaction: self) }
  /// Tools that operators registered.
  package var tools: ToolStore<Self> { ToolStore(transaction: self) }
  /// Calls of tools.
  package var toolCalls: ToolCallStore<Self> { ToolCallStore(transaction: self) }
  /// Answers that are kept for equal questions.
  package var cachedAnswers: CachedAnswerStore<Self> { CachedAnswerStore(transaction: self) }
  /// Data sets.
  package var datasets: DatasetStore<Self> { DatasetStore(transaction: self) }
  /// What stands around data sets.
  package var workspaces: WorkspaceStore<Self> { WorkspaceStore(transaction: self) }
  /// Conversations about data sets, as clients of chats see them.
  package var chats: ChatStore<Self> { ChatStore(transaction: self) }
  /// What conversations have found out in SQL lately.
  package var queryResults: QueryResultStore<Self> { QueryResultStore(transaction: self) }
  /// Collections of documents.
  package var collections: CollectionStore<Self> { CollectionStore(transaction: self) }
  /// Documents that agents may look things up in.
  package var documents: DocumentStore<Self> { DocumentStore(transaction: self) }
  /// The pieces in which documents are found.
  package var chunks: ChunkStore<Self> { ChunkStore(transaction: self) }
  /// Jobs that index documents.
  package var indexJobs: IndexJobStore<Self> { IndexJobStore(transaction: self) }
  /// Conversations that clients name themselves.
  package var threads: ThreadStore<Self> { ThreadStore(transaction: self) }
  /// What people think of answers.
  package var ratings: RatingStore<Self> { RatingStore(transaction: self) }
  /// Requests that carried an `Idempotency-Key`.
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
