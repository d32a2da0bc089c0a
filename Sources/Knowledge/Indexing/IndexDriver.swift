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
  /// Nanoseconds between two events of a job that goes on.
  private static let eventInterval: UInt64 = 1_000_000_000

  private let store: Store
  private let models: EmbeddingModelTable
  private let log: Log
  private var task: Task<Void, Never>?
  /// Bells that ring when there is work, and when a job is over.
  private var bell: CheckedContinuation<Void, Never>?
  private var isRung = false
  private var waiters: [Identifier<IndexJob>: [CheckedContinuation<Void, Never>]] = [:]
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
    ring()
    await task?.value
    for waiter in waiters.values.joined() { waiter.resume() }
    waiters = [:]
  }

  /// Tells that there is work.
  func ring() {
    isRung = true
    bell?.resume()
    bell = nil
  }

  /// Waits until a job is over, or the hub stops.
  func wait(for id: Identifier<IndexJob>) async throws -> IndexJob? {
    while !isStopped {
      guard let work = try await store.read({ try $0.indexJobs.work(id) }), !work.job.isOver else { break }
      // A job that ended while it was read has told those who waited then.
      guard overJobs.remove(id) == nil else { continue }
      await withCheckedContinuation { waiters[id, default: []].append($0) }
    }
    return try await store.read { try $0.indexJobs.work(id)?.job }
  }

  /// Jobs that ended lately, for those who come to wait too late.
  private var overJobs: Set<Identifier<IndexJob>> = []

  private func tellOver(_ id: Identifier<IndexJob>) {
    if overJobs.count > 1000 { overJobs = [] }
    overJobs.insert(id)
    for waiter in waiters.removeValue(forKey: id) ?? [] { waiter.resume() }
  }

  private func run() async {
    while !isStopped {
      isRung = false
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
      guard !isRung, !isStopped else { continue }
      await withCheckedContinuation { bell = $0 }
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
    tellOver(id)
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
