import Basics
import Model
import Providers
import Storage

/// Works off the jobs of indexing, one document after the other, for as long as the hub runs. What it was at when a process ended, the next
/// one goes on with: chunks that are stored are not made again.
actor IndexDriver {
  /// Documents in a row for which no vectors came, after which a job gives up; the rest would not fare better now.
  private static let patience = 5
  /// Chunks of replaced versions that are removed at once; others want to write, too.
  private static let clearing = 64
  private static let pauseAfterFault: Duration = .seconds(5)
  /// Whoever waits looks for itself after it, although a bell tells.
  private static let longWait: Duration = .seconds(3600)
  /// Nanoseconds between two events of a job that goes on.
  private static let eventInterval: UInt64 = 1_000_000_000

  private let store: Store
  private let models: EmbeddingModelTable
  private let log: Log
  private var task: Task<Void, Never>?
  /// Rings when there is work.
  private let bell = Bell()
  /// Rings when a job is over, and when no more will be.
  private let ends = Bell()
  private var isStopped = false
  private var lastEvent: (job: Identifier<IndexJob>, at: UInt64)?

  init(store: Store, models: EmbeddingModelTable, log: Log) {
    self.store = store
    self.models = models
    self.log = log
  }

  // MARK: Life

  /// Begins to work, with what an earlier process left.
  func start() {
    guard task == nil, !isStopped else { return }
    task = Task { await run() }
  }

  /// Ends the work where it is; it goes on with the next process.
  func stop() async {
    isStopped = true
    task?.cancel()
    await task?.value
    ends.ring()
  }

  /// Tells that there is work.
  func ring() { bell.ring() }

  /// Waits until a job is over, or the hub stops.
  func wait(for id: Identifier<IndexJob>) async throws -> IndexJob? {
    while true {
      try Task.checkCancellation()
      // Counted before the job is read, so that an end in between is not missed.
      let seen = ends.count
      let job = try await store.read { try $0.indexJobs.work(id)?.job }
      guard let job, !job.isOver, !isStopped else { return job }
      await ends.wait(after: seen, within: Self.longWait)
    }
  }

  private func run() async {
    while !isStopped {
      let seen = bell.count
      do {
        while !isStopped, let work = try await store.read({ try $0.indexJobs.next() }) {
          try await perform(work)
        }
        while !isStopped, try await store.write(.relaxed, { try $0.chunks.clear(atMost: Self.clearing) }) {}
      } catch is CancellationError {
        return
      } catch {
        guard !isStopped else { return }
        log.write(.error, "Documents could not be indexed; it is tried again", ["error": "\(error)"])
        try? await Task.sleep(for: Self.pauseAfterFault)
        continue
      }
      await bell.wait(after: seen, within: Self.longWait)
    }
  }

  // MARK: Jobs

  private func perform(_ work: IndexWork) async throws {
    let id = work.job.id
    if work.job.state == .queued {
      try await store.write { store in
        try store.indexJobs.start(id)
        try Self.tell(.indexStarted, id, in: store)
      }
    }
    var failuresInRow = 0
    while failuresInRow < Self.patience,
      let item = try await store.read({ try $0.indexJobs.nextItem(of: id) })
    {
      try Task.checkCancellation()
      do {
        try await DocumentIndexing(store: store, models: models, work: work, item: item).run()
        failuresInRow = 0
      } catch let error as KnowledgeError {
        // A call that was cut by the hub's stop says nothing about the document.
        try Task.checkCancellation()
        log.write(
          .warning, "A document could not be indexed", ["document": item.name, "error": error.message])
        failuresInRow += 1
        try await store.write { try $0.indexJobs.settle(item, of: id, as: .failed, error: error.message) }
      }
      try await tellProgress(of: id)
    }
    try await finish(work)
    ends.ring()
  }

  private func finish(_ work: IndexWork) async throws {
    let id = work.job.id
    try await store.write { store in
      guard let job = try store.indexJobs.work(id)?.job else { return }
      let isWhole = try job.failed == 0 && store.indexJobs.nextItem(of: id) == nil
      if isWhole, job.kind == .reindex { try store.indexJobs.showReady(work) }
      try store.indexJobs.finish(id, as: isWhole ? .done : .failed)
      try Self.tell(isWhole ? .indexCompleted : .indexFailed, id, in: store)
    }
  }

  private func tellProgress(of id: Identifier<IndexJob>) async throws {
    let now = ProviderClient.now
    if let lastEvent, lastEvent.job == id, now - lastEvent.at < Self.eventInterval { return }
    lastEvent = (id, now)
    try await store.write(.relaxed) { try Self.tell(.indexProgressed, id, in: $0) }
  }

  /// Everybody who watches the hub sees events, so those of other tenants are only rows.
  private static func tell(
    _ type: EventType, _ id: Identifier<IndexJob>, in store: WriteTransaction
  ) throws {
    guard let job = try store.indexJobs.get(id) else { return }
    try store.append(Event(at: store.now, body: .other(type, job.eventMembers)))
  }
}
