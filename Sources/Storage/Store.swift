package import Basics
import Database
import Model

/// The hub's memory: agents, conversations, messages, runs, and the log of events.
///
/// One thread writes, in groups; a few read, each in a snapshot of its own. Whoever opens a store closes it.
package final class Store: Sendable {
  private typealias ReadJob = @Sendable (DatabaseConnection) -> Void

  /// Names the numbering of offsets and seqs; sent with every position.
  package let epoch: String
  private let lock: DatabaseLock
  private let identifiers: IdentifierSource
  private let sink: CommitDriver.SinkBox
  private let writes: WorkQueue<WriteJob>
  private let reads: WorkQueue<ReadJob>
  private let checkpoints: CheckpointDriver
  private let syncs: SyncDriver
  private let writer: DatabaseThread
  private let readers: [DatabaseThread]

  /// Opens the database, brings its schema up to date, and ends the runs that an earlier process left running.
  ///
  /// - Throws: `DatabaseError` with a hint: a path that cannot be written, a database that another hub uses, one from
  ///   the future, an edited migration.
  package static func open(_ configuration: StoreConfiguration, log: Log) throws -> Store {
    try Store(configuration, log: log)
  }

  private init(_ configuration: StoreConfiguration, log: Log) throws {
    let identifiers = IdentifierSource()
    let sink = CommitDriver.SinkBox()
    let writes = WorkQueue<WriteJob>()
    let reads = WorkQueue<ReadJob>()
    lock = try DatabaseLock(path: configuration.path)
    let connection = try DatabaseConnection(path: configuration.path, access: .readWrite)
    try Self.migrate(connection, log: log)
    let checkpoints = try CheckpointDriver(path: configuration.path, log: log)
    let driver = CommitDriver(
      connection, identifiers: identifiers, sink: sink, checkpoints: checkpoints, log: log)
    let boot = configuration.boot ?? KernelBoot.read()
    epoch = try driver.perform { transaction in
      let epoch = try HubStore.start(transaction.connection, boot: boot) { identifiers.shortText() }
      try RunRecovery.run(transaction, log: log)
      return epoch
    }
    let batch = configuration.batch
    readers = try (0..<configuration.readers).map { index in
      try Self.reader(index, path: configuration.path, of: reads)
    }
    let syncs = try SyncDriver(path: configuration.path, log: log)
    writer = try DatabaseThread(name: "db-write") { driver.run(writes, batch: batch, syncs: syncs) }
    self.identifiers = identifiers
    self.sink = sink
    self.writes = writes
    self.reads = reads
    self.checkpoints = checkpoints
    self.syncs = syncs
  }

  /// Sets who hears of committed events, once.
  ///
  /// The sink is called on the writer's thread after each commit, with the events in the order of their offsets, before
  /// the callers of the jobs go on. It must be quick: the next commit waits for it. The disk may still be at work: if the machine
  /// dies before it is done, the next start gives the log another epoch, so that no number is taken for what it was.
  package func publish(to sink: @escaping @Sendable ([PublishedEvent]) -> Void) {
    self.sink.set(sink)
  }

  /// Makes an id that sorts after all this process made before (a UUID of version 7).
  package func newIdentifier<Noun>() -> Identifier<Noun> { identifiers.make() }

  /// Changes the database: all that the job does is stored, or nothing.
  ///
  /// Returns after the commit. A job that throws is taken back alone; its error comes back here.
  ///
  /// - Throws: what the job threw, `store_closed`, or the `DatabaseError` of a commit that failed.
  package func write<Value: Sendable>(
    _ durability: Durability = .synced, _ job: @escaping @Sendable (WriteTransaction) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = writes.put(
        WriteJob(durability: durability) { transaction in
          let value = try job(transaction)
          return { continuation.resume(returning: value) }
        } fail: {
          continuation.resume(throwing: $0)
        })
      if !isTaken { continuation.resume(throwing: StoreError.closed) }
    }
  }

  /// Returns when all that was committed before the call is on the disk: the promise behind relaxed writes.
  ///
  /// - Throws: `store_closed`, `disk_full`, `database_io`.
  package func synced() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let isTaken = syncs.put { failure in
        if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
      }
      if !isTaken { continuation.resume(throwing: StoreError.closed) }
    }
  }

  /// Changes the database without waiting for it, before all that is asked for later; for deltas and what goes with them.
  ///
  /// - Parameter failed: called on the writer's thread when the job was taken back; must be quick.
  package func post(
    _ job: @escaping @Sendable (WriteTransaction) throws -> Void,
    failed: @escaping @Sendable (any Error) -> Void
  ) {
    let isTaken = writes.put(
      WriteJob(durability: .relaxed) { transaction in
        try job(transaction)
        return {}
      } fail: {
        failed($0)
      })
    if !isTaken { failed(StoreError.closed) }
  }

  /// Reads one snapshot of the database, which holds all writes that were answered before.
  ///
  /// - Throws: what the job threw, or `store_closed`.
  package func read<Value: Sendable>(
    _ job: @escaping @Sendable (ReadTransaction) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = reads.put { connection in
        continuation.resume(with: Result { try ReadTransaction.run(connection, job) })
      }
      if !isTaken { continuation.resume(throwing: StoreError.closed) }
    }
  }

  /// Finishes what waits, empties the write-ahead log and marks the stop as clean. Blocks; later calls do nothing.
  package func close() {
    // Readers first: a snapshot that is still open would keep the log from being emptied.
    reads.close()
    for reader in readers { reader.join() }
    checkpoints.close()
    writes.close()
    writer.join()
    syncs.close()
    sink.clear()
    lock.release()
  }
}

extension Store {
  private static func migrate(_ connection: DatabaseConnection, log: Log) throws {
    let outcome = try Migrator(try Assets.migrations()).migrate(connection, now: .now)
    if let backup = outcome.backup { log.write(.info, "Kept a copy of the database", ["path": backup]) }
    for name in outcome.applied { log.write(.info, "Applied a migration", ["name": name]) }
  }

  private static func reader(
    _ index: Int, path: String, of queue: WorkQueue<ReadJob>
  ) throws -> DatabaseThread {
    let connection = try DatabaseConnection(path: path, access: .readOnly)
    return try DatabaseThread(name: "db-read-\(index)") {
      while let jobs = queue.take(atMost: 1) { for job in jobs { job(connection) } }
    }
  }
}
