/// How long a commit waits.
package enum Durability: Sendable {
  /// On the disk before the caller goes on: messages, states, everything somebody was promised.
  case synced
  /// In the operating system's hands; a crash of the machine may lose it until the next synced commit. For deltas.
  case relaxed
}

/// A caller's work on its way to the writer, and how the caller is told.
struct WriteJob: Sendable {
  let durability: Durability
  /// Does the work and gives what resumes the caller after the commit.
  let perform: @Sendable (WriteTransaction) throws -> @Sendable () -> Void
  /// Resumes the caller with an error.
  let fail: @Sendable (any Error) -> Void
}
