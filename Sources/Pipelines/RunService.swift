package import Basics
package import Model
package import Providers
package import Storage
import Synchronization
package import Tools

/// Starts, queues and stops runs; one at a time in a conversation, any number of conversations at once.
///
/// Who watches does not matter here: a run ends by its own end, by `stop`, or with the hub.
package actor RunService {
  let store: Store
  let driver: RunDriver
  /// The runs of each conversation that are not over, oldest first; the first one works, or waits for somebody.
  private var lanes: [Identifier<Conversation>: [Run]] = [:]
  private var working: [Identifier<Run>: (task: Task<Void, Never>, order: RunOrder)] = [:]
  /// Runs that wait for somebody's approval. They hold their lane, but no task, no key and no place at a provider.
  private var parked: Set<Identifier<Run>> = []
  private var waiters: [Identifier<Run>: [CheckedContinuation<Void, Never>]] = [:]
  private nonisolated let refuses = Atomic(false)
  /// Counts the ends of runs, so that whoever reads the store knows whether one came meanwhile.
  private var ends = 0

  /// - Parameters:
  ///   - tools: what agents may be allowed to call.
  ///   - prices: what calls cost; without one every cost is unknown.
  ///   - cacheLimit: bytes of all answers that are kept, for agents that want it; 0 keeps none.
  package init(
    store: Store, providers: ProviderClient, tools: ToolTable = .empty, rollUp: DeltaRollUp.Limits,
    prices: PriceTable = .empty, cacheLimit: Int64 = 64 << 20, log: Log
  ) {
    self.store = store
    self.driver = RunDriver(
      store: store, providers: providers,
      calls: SavedCalls(store: store, client: providers, limit: cacheLimit, log: log), tools: tools,
      rollUp: rollUp, prices: prices, ledger: BudgetLedger(store: store), patient: PatientStore(log: log))
  }

  /// What agents may be allowed to call.
  package nonisolated var tools: ToolTable { driver.tools }

  /// Who may call providers, and with which keys.
  package nonisolated var gate: ProviderGate { driver.providers.gate }

  /// What calls under way may take of budgets.
  nonisolated var ledger: BudgetLedger { driver.ledger }

  /// Turns texts into vectors, by the same gate, prices and budgets.
  package nonisolated var embedder: Embedder {
    Embedder(
      store: store, client: driver.providers, prices: driver.prices, ledger: driver.ledger,
      log: driver.patient.log)
  }

  /// What calls cost.
  package nonisolated var prices: PriceTable { driver.prices }

  /// How many runs cannot go on, or cannot end, until the store takes writes again.
  package nonisolated var waitingForStore: Int { driver.patient.backlog.count }

  /// Starts again what was queued when the hub stopped, and what has been approved since it waited.
  package func resumeQueued() async throws {
    let (runs, undecided) = try await store.read { store in
      // Parts of a pipeline's run go on with it.
      let runs = try store.runs.unfinished().filter { $0.status != .running && $0.parentRun == nil }
      return (runs, try runs.filter { try $0.status == .waiting && store.isUndecided($0) })
    }
    parked.formUnion(undecided.map(\.id))
    for run in runs { schedule(run) }
  }

  /// Stores the message and its run, and lets the run start when its turn comes, while the disk is still at work.
  ///
  /// - Parameter isPromise: whether both are safe on the disk when this returns. Who waits for the run's end gets the promise there.
  package func invoke(_ invocation: Invocation, isPromise: Bool = true) async throws -> Run {
    guard !isDraining else { throw RunError.draining }
    let run = try await store.write(.relaxed) { try RunEntry.enter(invocation, in: $0) }
    guard !run.status.isFinal else { return run }
    schedule(run)
    if invocation.onBusy == .interrupt {
      // The newest first, so that none of them gets its turn by the end of the one before.
      for earlier in lanes[run.conversation, default: []].reversed() where earlier.id < run.id {
        _ = try await stop(earlier.id)
      }
    }
    if isPromise { try await store.synced() }
    return run
  }

  /// Waits until a run is over and returns it; one that waits when the hub goes down is returned as it is.
  package func outcome(of id: Identifier<Run>) async throws -> Run {
    while true {
      let run = try await rest(of: id)
      guard run.status == .waiting, !isDraining else { return run }
      let root = run.parentRun ?? run.id
      if parked.contains(root) { await change(of: root) }
    }
  }

  /// Waits until a run is over or waits for somebody's approval, and returns it.
  package func rest(of id: Identifier<Run>) async throws -> Run {
    while true {
      let seen = ends
      let run = try await self.run(id)
      if let root = run.parentRun { return try await rest(of: id, in: root) }
      if run.status.isFinal {
        // Its end is stored, and what it held back of budgets is about to be given free: the caller's next run may need that.
        await working[id]?.task.value
        return run
      }
      if parked.contains(id) {
        if run.status == .waiting { return run }
        continue  // it came to wait while it was read
      }
      // One that ended while it was read must not get into its lane again, behind those that wait.
      guard ends == seen || isUnfinished(run) else { continue }
      schedule(run)
      guard !isDraining || working[id] != nil else { return run }
      await change(of: id)
      // One that came to wait goes on at once if somebody has decided already; one that has left its lane is as it is.
      if !isUnfinished(run) { return try await self.run(id) }
    }
  }

  /// A part rests when the whole does, which may go on before the part is read.
  private func rest(of part: Identifier<Run>, in root: Identifier<Run>) async throws -> Run {
    while true {
      let whole = try await rest(of: root)
      let run = try await self.run(part)
      if whole.status != .waiting || parked.contains(root) || isDraining { return run }
    }
  }

  /// Waits until a run is over, comes to wait for somebody, or is left as it is by a hub that goes down.
  private func change(of id: Identifier<Run>) async {
    await withCheckedContinuation { waiters[id, default: []].append($0) }
  }

  /// Ends a run, whether it waits or works, and returns it as it then is. A run that is over stays as it is; one that is a part of a
  /// pipeline's takes the pipeline with it.
  package func stop(_ id: Identifier<Run>) async throws -> Run {
    let run = try await self.run(id)
    guard !run.status.isFinal else { return run }
    if let root = run.parentRun {
      _ = try await stop(root)
      return try await self.run(id)
    }
    // More than once when somebody approves it at the same moment, and it goes on.
    while let (task, order) = working[id] {
      order.give(.stop)
      task.cancel()
      if let trouble = order.trouble { throw trouble }  // it ends once that is over; the caller need not wait
      await task.value
    }
    if try await !self.run(id).status.isFinal { try await stopQueued(run) }
    return try await self.run(id)
  }

  /// What a run waited for is decided: it goes on.
  func goOn(with part: Run) async {
    let (root, conversation) = (part.parentRun ?? part.id, part.conversation)
    // Who decides about one step need not wait for those beside it, which may take as long as they like.
    if part.parentRun != nil, working[root] != nil {
      Task { await goOn(root, in: conversation) }
    } else {
      await goOn(root, in: conversation)
    }
  }

  private func goOn(_ root: Identifier<Run>, in conversation: Identifier<Conversation>) async {
    // Its task may be about to end, if somebody was as quick as that.
    await working[root]?.task.value
    parked.remove(root)
    // One that is in no lane is just being stopped.
    startNext(in: conversation)
  }

  /// Takes no more runs from this moment; `drain` then ends those that there are.
  package nonisolated func refuseNew() { refuses.store(true, ordering: .releasing) }

  var isDraining: Bool { refuses.load(ordering: .acquiring) }

  /// Takes no more runs, ends those that work as interrupted, and returns when their ends are stored. Queued ones stay queued.
  package func drain() async {
    refuseNew()
    for (task, order) in working.values {
      order.give(.interrupt)
      task.cancel()
    }
    for (task, _) in working.values { await task.value }
    for waiter in waiters.values.joined() { waiter.resume() }
    waiters = [:]
  }

  private func run(_ id: Identifier<Run>) async throws -> Run {
    guard let run = try await store.read({ try $0.runs.get(id) }) else { throw RunError.runNotFound(id) }
    return run
  }

  private func isUnfinished(_ run: Run) -> Bool {
    lanes[run.conversation, default: []].contains { $0.id == run.id }
  }

  /// Puts a run into its conversation's lane, once. One that is over by then is harmless: the driver only begins what the store
  /// still holds as queued.
  func schedule(_ run: Run) {
    guard !isUnfinished(run) else { return }
    // In the order of the store, whoever of two callers comes back from it first; ids sort by time.
    let lane = lanes[run.conversation, default: []]
    let place = lane.firstIndex { $0.id > run.id && working[$0.id] == nil } ?? lane.endIndex
    lanes[run.conversation, default: []].insert(run, at: place)
    startNext(in: run.conversation)
  }

  private func startNext(in conversation: Identifier<Conversation>) {
    guard !isDraining, let run = lanes[conversation]?.first, working[run.id] == nil, !parked.contains(run.id)
    else { return }
    let order = RunOrder()
    // Not where the caller runs, which may be an event loop: a run may write files.
    let task = Task(executorPreference: globalConcurrentExecutor) { [self] in
      switch await driver.work(on: run, order: order) {
      case .waits: await park(run.id)
      case .over: await ended(run.id, in: run.conversation)
      }
    }
    working[run.id] = (task, order)
  }

  /// A run waits for somebody; those behind it in its conversation wait for it.
  private func park(_ id: Identifier<Run>) {
    working[id] = nil
    parked.insert(id)
    for waiter in waiters.removeValue(forKey: id) ?? [] { waiter.resume() }
  }

  private func ended(_ id: Identifier<Run>, in conversation: Identifier<Conversation>) {
    ends += 1
    working[id] = nil
    parked.remove(id)
    lanes[conversation]?.removeAll { $0.id == id }
    if lanes[conversation]?.isEmpty == true { lanes[conversation] = nil }
    for waiter in waiters.removeValue(forKey: id) ?? [] { waiter.resume() }
    startNext(in: conversation)
  }

  private func stopQueued(_ run: Run) async throws {
    lanes[run.conversation]?.removeAll { $0.id == run.id }
    do {
      try await driver.end(run, with: .stoppedBeforeStart)
    } catch {
      schedule(run)  // nothing has changed, so it must not be forgotten either
      throw error
    }
    ended(run.id, in: run.conversation)
  }
}

extension ReadTransaction {
  /// Whether nothing that a run waits for is decided: of a pipeline's run, nothing that its parts wait for.
  fileprivate func isUndecided(_ run: Run) throws -> Bool {
    let parts = try runs.parts(of: run.id).filter { $0.status == .waiting }
    guard !parts.isEmpty else { return try !toolCalls.waiting(of: run.id).isEmpty }
    return try parts.allSatisfy { part in
      // A pipeline inside waits for its own parts.
      try parts.contains { $0.step?.hasPrefix("\(part.step ?? "").") ?? false }
        || !toolCalls.waiting(of: part.id).isEmpty
    }
  }
}
