import Basics
import Database
import Synchronization

/// Group commit: all jobs that wait go into one transaction, are published together, and only then answered.
///
/// Belongs to the writer's thread (before that, to the thread that opens the store).
final class CommitDriver {
  typealias Sink = @Sendable ([PublishedEvent]) -> Void

  /// Pages in the write-ahead log after which the checkpointer is woken, again and again (4 MiB).
  private static let checkpointPages = 1000
  /// Pages after which the writer helps, since the checkpointer cannot catch up with one that never rests (32 MiB).
  private static let crowdedPages = 8000

  private let connection: DatabaseConnection
  private let transaction: WriteTransaction
  private let sink: SinkBox
  private let checkpoints: CheckpointDriver
  private let log: Log
  private var requestedAt = 0

  /// Where committed events go, set once the hub is composed.
  final class SinkBox: Sendable {
    /// A function of its own type: one that goes through a generic lock gains a thunk with each look at it.
    private struct Listener {
      let receive: Sink
    }

    private let listener = Mutex<Listener?>(nil)

    var sink: Sink? { listener.withLock { $0 }?.receive }

    func set(_ sink: @escaping Sink) { listener.withLock { $0 = Listener(receive: sink) } }

    /// Lets go of the listener, who holds the store, as a rule.
    func clear() { listener.withLock { $0 = nil } }
  }

  init(
    _ connection: DatabaseConnection, identifiers: IdentifierSource, sink: SinkBox,
    checkpoints: CheckpointDriver, log: Log
  ) {
    self.connection = connection
    self.transaction = WriteTransaction(connection, identifiers: identifiers)
    self.sink = sink
    self.log = log
    self.checkpoints = checkpoints
  }

  /// Commits what comes until the queue is closed and empty, then leaves the database clean.
  ///
  /// No commit waits for the disk here: who wants that is answered by `syncs`.
  func run(_ queue: WorkQueue<WriteJob>, batch: Int, syncs: SyncDriver) {
    do {
      try connection.setSynchronous(false)
    } catch {
      log.write(.warning, "Every commit waits for the disk", ["error": "\(error)"])
    }
    while let jobs = queue.take(atMost: batch) {
      commit(jobs, syncs)
      careForLog()
    }
    do {
      try perform { try HubStore.stop($0.connection) }
      try connection.checkpointWhole()
    } catch {
      log.write(.error, "The store could not be closed cleanly", ["error": "\(error)"])
    }
  }

  /// Runs one job in a transaction of its own; before `run`, it is on the disk when this returns.
  func perform<Value>(_ job: (WriteTransaction) throws -> Value) throws -> Value {
    do {
      try connection.run("BEGIN IMMEDIATE")
      transaction.mark()
      let value = try job(transaction)
      try connection.run("COMMIT")
      publish()
      return value
    } catch {
      abandon()
      throw error
    }
  }

  /// What one job of a batch came to.
  private struct Answer {
    let give: @Sendable () -> Void
    var isPromise = false
  }

  private func commit(_ jobs: [WriteJob], _ syncs: SyncDriver) {
    var answers: [Answer] = []
    answers.reserveCapacity(jobs.count)
    do {
      try connection.run("BEGIN IMMEDIATE")
      for job in jobs { answers.append(try answer(job)) }
      try connection.run("COMMIT")
    } catch {
      // Nothing of the batch is stored: a full disk, a fault of the disk, another process's lock.
      abandon()
      for job in jobs { job.fail(error) }
      return
    }
    publish()
    for (job, answer) in zip(jobs, answers) {
      guard answer.isPromise else { answer.give(); continue }
      let isTaken = syncs.put { failure in if let failure { job.fail(failure) } else { answer.give() } }
      if !isTaken { job.fail(StoreError.closed) }
    }
  }

  /// Does one job inside the batch; one that throws is taken back alone.
  ///
  /// - Throws: when the batch as a whole cannot go on.
  private func answer(_ job: WriteJob) throws -> Answer {
    try connection.run("SAVEPOINT job")
    transaction.mark()
    do {
      let resume = try job.perform(transaction)
      try connection.run("RELEASE job")
      return Answer(give: resume, isPromise: job.durability == .synced)
    } catch {
      // SQLite ends the whole transaction by itself when the disk is full or fails.
      guard connection.isInTransaction else { throw error }
      try connection.run("ROLLBACK TO job")
      try connection.run("RELEASE job")
      transaction.rollBack()
      return Answer { job.fail(error) }
    }
  }

  private func abandon() {
    if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
    transaction.abandon()
  }

  private func publish() {
    let events = transaction.takeAppended()
    guard !events.isEmpty, let sink = sink.sink else { return }
    sink(events)
  }

  /// Keeps the write-ahead log short, after the callers were answered.
  private func careForLog() {
    let pages = connection.logPages
    if pages < requestedAt { requestedAt = 0 }
    guard pages >= Self.crowdedPages else {
      if pages >= requestedAt + Self.checkpointPages {
        requestedAt = pages
        checkpoints.request()
      }
      return
    }
    // Nothing is written behind this one's back: it moves every page, and the next commit begins the log anew.
    checkpoints.runNow(on: connection, log: log)
  }
}
