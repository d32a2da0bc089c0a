import Basics
import Model

/// The newest offset and seqs, so that an append need not ask the database.
///
/// Changes of the job that runs can be taken back; what is not known is read from SQL by the caller.
struct LogHeads {
  /// How many conversations are remembered; the rest is read again when needed.
  private static let capacity = 4096

  private var offset: Int64?
  private var seqs: [Identifier<Conversation>: Int64] = [:]
  private var offsetBefore: Int64?
  private var seqsBefore: [(conversation: Identifier<Conversation>, seq: Int64?)] = []

  /// Starts a job: from here on `rollBack` leads back to this point.
  mutating func mark() {
    if seqs.count > Self.capacity { seqs.removeAll(keepingCapacity: true) }
    offsetBefore = offset
    seqsBefore.removeAll(keepingCapacity: true)
  }

  /// Takes back what the job did.
  mutating func rollBack() {
    offset = offsetBefore
    for change in seqsBefore.reversed() { seqs[change.conversation] = change.seq }
    seqsBefore.removeAll(keepingCapacity: true)
  }

  /// Forgets all, after a transaction that came to nothing.
  mutating func forgetAll() {
    self = LogHeads()
  }

  /// Forgets a conversation that is deleted.
  mutating func forget(_ conversation: Identifier<Conversation>) {
    seqsBefore.append((conversation, seqs[conversation]))
    seqs[conversation] = nil
  }

  mutating func nextOffset(orRead read: () throws -> Int64) rethrows -> Int64 {
    let next = try (offset ?? read()) + 1
    offset = next
    return next
  }

  mutating func nextSeq(
    of conversation: Identifier<Conversation>, orRead read: () throws -> Int64
  ) rethrows -> Int64 {
    let known = seqs[conversation]
    let next = try (known ?? read()) + 1
    seqsBefore.append((conversation, known))
    seqs[conversation] = next
    return next
  }
}
