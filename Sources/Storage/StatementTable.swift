/// All SQL of the room; a test prepares each against a fresh database.
package enum StatementTable {
  /// The statements' texts, store by store.
  package static var all: [String] {
    HubStore.statements + AgentStore<WriteTransaction>.statements
      + ConversationStore<WriteTransaction>.statements + MessageStore<WriteTransaction>.statements
      + MessageSearchStore<WriteTransaction>.statements + MessageIntakeStore<WriteTransaction>.statements
      + BranchStore<WriteTransaction>.statements
      + RunStore<WriteTransaction>.statements + EventStore<WriteTransaction>.statements
      + UsageStore<WriteTransaction>.statements + ThreadStore<WriteTransaction>.statements
      + IdempotencyStore<WriteTransaction>.statements
      + AttemptStore<WriteTransaction>.statements + ProviderKeyStore<WriteTransaction>.statements
      + BudgetStore<WriteTransaction>.statements + ToolStore<WriteTransaction>.statements
      + ToolCallStore<WriteTransaction>.statements + CachedAnswerStore<WriteTransaction>.statements
      + DatasetStore<WriteTransaction>.statements + WorkspaceStore<WriteTransaction>.statements
      + ChatStore<WriteTransaction>.statements
      + QueryResultStore<WriteTransaction>.statements + RatingStore<WriteTransaction>.statements
      + CollectionStore<WriteTransaction>.statements + DocumentStore<WriteTransaction>.statements
      + ChunkStore<WriteTransaction>.statements + IndexJobStore<WriteTransaction>.statements
      + CompactionStore<WriteTransaction>.statements
  }
}
