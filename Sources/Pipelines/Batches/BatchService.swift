package import Basics
package import Model
import Providers
import Storage

/// Takes batches and works on them, whoever waits: a batch ends by its last input, by `stop`, or with the hub.
package actor BatchService {
  /// What an operator decides about batches.
  package struct Limits: Equatable, Sendable {
    /// Inputs of one batch.
    package var inputs = 1000
    /// Runs of one batch at a time.
    package var concurrency = 8

    package init() {}
  }

  /// Runs at a time for who does not say how many.
  private static let standardConcurrency = 4
  /// Batches that are over and can still be asked about.
  private static let remembered = 32
  private static let route = "batch"

  package nonisolated let limits: Limits
  private let runs: RunService
  private var batches: [Batch] = []

  package init(runs: RunService, limits: Limits = Limits()) {
    self.runs = runs
    self.limits = limits
  }

  /// Begins to work on a batch; its results come one by one.
  ///
  /// With a key, the same order again gets the batch that there is; after a restart, a new one that takes up the runs which there are and
  /// begins only those that are missing.
  ///
  /// - Throws: `agent_not_found`, `agent_paused`, `batch_too_large`, `idempotency_key_reused`, `draining`, what the store throws. Nothing has
  ///   begun then.
  package func begin(_ order: BatchOrder) async throws -> Batch {
    guard (1...limits.inputs).contains(order.inputs.count) else {
      throw BatchError.tooLarge(most: limits.inputs)
    }
    let (route, id) = (Self.route, runs.store.newIdentifier() as Identifier<Batch>)
    let earlier = try await runs.store.write { store -> Identifier<Batch>? in
      try RunEntry.requireActive(order.agent, in: store)
      guard let key = order.key else { return nil }
      if let record = try store.idempotency.find(route: route, key: key) {
        guard record.fingerprint == order.fingerprint else { throw RunError.keyReused }
        return record.resource.map { Identifier($0) }
      }
      try store.idempotency.insert(
        IdempotencyRecord(
          route: route, key: key, fingerprint: order.fingerprint, resource: id.text, createdAt: store.now))
      return nil
    }
    let name = earlier ?? id
    // Somebody more urgent with the same key may have come back from the store before whoever was there first.
    if let known = batches.first(where: { $0.id == name }) { return known }
    let batch = Batch(id: name, agent: order.agent, count: order.inputs.count)
    remember(batch)
    Task { await work(on: batch, order) }
    return batch
  }

  /// A batch that works, or was over not long ago.
  ///
  /// - Throws: `batch_not_found`.
  package func batch(_ id: Identifier<Batch>) throws(BatchError) -> Batch {
    guard let batch = batches.first(where: { $0.id == id }) else { throw .notFound(id) }
    return batch
  }

  /// Ends a batch: runs that work are stopped, what has not begun never will. One that is over stays as it is.
  ///
  /// - Throws: `batch_not_found`, what the store throws.
  package func stop(_ id: Identifier<Batch>) async throws -> Batch {
    let batch = try batch(id)
    let runs = runs
    try await withThrowingTaskGroup(of: Void.self) { group in
      for run in batch.stop() { group.addTask { _ = try await runs.stop(run) } }
      try await group.waitForAll()
    }
    for index in 0..<batch.count { _ = await batch.result(of: index) }
    return batch
  }

  private func remember(_ batch: Batch) {
    batches.append(batch)
    let over = batches.filter(\.isOver)
    guard over.count > Self.remembered, let oldest = over.first else { return }
    batches.removeAll { $0 === oldest }
  }

  /// Inputs begin in their order, so that two for one conversation are answered in it.
  private nonisolated func work(on batch: Batch, _ order: BatchOrder) async {
    let width = min(order.concurrency ?? Self.standardConcurrency, limits.concurrency)
    await withTaskGroup(of: Void.self) { group in
      var working = 0
      for (index, input) in order.inputs.enumerated() {
        if working >= width {
          await group.next()
          working -= 1
        }
        guard let run = await enter(input, index, order, batch) else { continue }
        working += 1
        group.addTask { [runs] in
          // An error means that the hub goes down, or that somebody deleted the conversation: the run itself tells.
          _ = try? await runs.outcome(of: run)
          batch.ended(index, .run(run))
        }
      }
    }
  }

  /// Lets a run take an input; nil when none did.
  private nonisolated func enter(
    _ input: Invocation, _ index: Int, _ order: BatchOrder, _ batch: Batch
  ) async -> Identifier<Run>? {
    guard !batch.isStopped else {
      batch.ended(index, .stopped)
      return nil
    }
    var input = input
    input.key = order.key.map { "\($0) \(index)" }
    input.keyScope = Self.route + "-input"
    do {
      let run = try await runs.invoke(input, isPromise: false).id
      if !batch.began(run) { _ = try await runs.stop(run) }
      return run
    } catch {
      batch.ended(index, .refused(RunFailure(error)))
      return nil
    }
  }
}

/// What a batch is made from.
package struct BatchOrder: Sendable {
  package var agent: Identifier<Agent>
  package var inputs: [Invocation]
  /// Runs at a time; nil for the usual number. The operator's limit holds.
  package var concurrency: Int?
  /// The client's idempotency key.
  package var key: String?
  /// What must be equal for a key to mean the same order.
  package var fingerprint = ""

  package init(agent: Identifier<Agent>, inputs: [Invocation]) {
    self.agent = agent
    self.inputs = inputs
  }
}

/// Why a batch could not be taken or found.
package struct BatchError: CodedError, Equatable {
  package let code: String
  package let message: String
  package let hint: String?

  static func tooLarge(most: Int) -> Self {
    Self(
      code: "batch_too_large", message: "A batch has 1 to \(most) inputs.",
      hint: "Send several batches; AGENTHUB_MAX_BATCH_INPUTS is the limit.")
  }

  static func notFound(_ id: Identifier<Batch>) -> Self {
    Self(
      code: "batch_not_found", message: "There is no batch \(id).",
      hint: "Batches are known while they work and a while after; their runs are in GET /api/runs.")
  }
}
