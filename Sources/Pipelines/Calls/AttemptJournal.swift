import Basics
import Model
import Providers
import Storage
import Synchronization

/// Writes down every try of a run's call: a row, an event for those who watch, and what it adds to the day's usage.
///
/// Nothing waits for it: it is stored in the order of what is said, and what could not be stored comes with the run's end.
final class AttemptJournal: Sendable {
  struct State {
    /// What has ended and is not stored yet.
    var ended: [Attempt] = []
    var lastNumber = 0
    /// All that ended, stored or not.
    var all: [Attempt] = []
    /// How many of them belong to calls before the present one.
    var earlier = 0
    /// Numbers of those that the transaction under way stores.
    var written: Set<Int> = []
    /// Whether the run's end is stored.
    var isClosed = false
    /// The run, and calls that may go on without it.
    var holders = 1
    /// Calls that the run has left, and that end now.
    var leaving: [Task<Void, Never>] = []
  }

  let run: Run
  let store: Store
  let gate: ProviderGate
  private let prices: PriceTable
  let ledger: BudgetLedger
  /// What the step of a pipeline may cost, for which the run works.
  private let budget: StepBudget?
  let log: Log
  let state: Mutex<State>

  /// - Parameter earlier: the run's tries before it waited; they count for it.
  init(
    run: Run, after earlier: [Attempt] = [], store: Store, gate: ProviderGate, prices: PriceTable,
    ledger: BudgetLedger, budget: StepBudget? = nil, log: Log
  ) {
    state = Mutex(State(lastNumber: earlier.last?.number ?? 0, all: earlier, earlier: earlier.count))
    self.run = run
    self.store = store
    self.gate = gate
    self.prices = prices
    self.ledger = ledger
    self.budget = budget
    self.log = log
  }

  /// What some tokens cost where they were counted; nil when nobody knows.
  func cost(of usage: Usage, provider: String, model: String, server: String?) -> Cost? {
    prices.cost(of: usage, provider: provider, model: model, server: server)
  }

  /// A try wants to begin; what it may cost is held back from others until the run's end is stored.
  ///
  /// - Returns: a budget that has nothing left for it; nil when it may begin.
  /// - Throws: `budget_exhausted` when the step of a pipeline may not cost more, what the store throws.
  func reserve(_ cost: Cost, key: String?) async throws -> BudgetStanding? {
    if let refusal = budget?.refusal(after: attempts) { throw refusal }
    return try await ledger.reserve(cost, for: run.payer, key: key, on: gate.now().day)
  }

  /// Those that ended, in order.
  var attempts: [Attempt] { state.withLock { $0.all } }

  /// The run makes another call; what is said to rotate rotates within one.
  func beginCall() { state.withLock { $0.earlier = $0.all.count } }

  /// A try that begins now.
  func begin(_ call: ProviderCall, _ pass: CallPass) -> Attempt {
    Attempt(
      run: run.id, number: nextNumber(), agent: run.agent, agentVersion: run.agentVersion,
      provider: pass.provider,
      model: call.request.model, keyIndex: pass.keyPosition, key: pass.fingerprint, startedAt: gate.now())
  }

  /// A try begins now whose answer comes from elsewhere.
  ///
  /// - Parameter source: not a provider.
  func begin(_ call: ProviderCall, from source: Attempt.Source) -> Attempt {
    let provider = ProviderTable.row(named: call.provider)?.name ?? call.provider
    var attempt = Attempt(
      run: run.id, number: nextNumber(), agent: run.agent, agentVersion: run.agentVersion, provider: provider,
      model: call.request.model, startedAt: now)
    attempt.source = source
    return attempt
  }

  /// The wall clock.
  var now: Timestamp { gate.now() }

  private func nextNumber() -> Int {
    state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// A try is over; stored with what comes next.
  func end(_ attempt: Attempt) {
    ledger.settle(attempt.cost ?? .zero, for: run.payer)
    state.withLock { state in
      state.ended.append(attempt)
      state.all.append(attempt)
    }
  }

  /// Lets what has ended be stored, and a try that begins.
  func post(beginning attempt: Attempt? = nil) {
    let (ended, last) = state.withLock { state in
      defer { state.ended = [] }
      return (state.ended, state.all.count > state.earlier ? state.all.last : nil)
    }
    guard attempt != nil || !ended.isEmpty else { return }
    store.post { [self] store in
      try write(ended, in: store)
      guard let attempt else { return }
      if let rotation = Self.rotation(from: last, to: attempt) {
        try store.append(run.event(rotation, at: store.now))
      }
      try write([attempt], in: store)
    } failed: { _ in
      self.state.withLock { $0.ended = ended + $0.ended }
    }
  }

  /// Stores what has ended within the transaction of a round's or the run's end.
  func write(in store: WriteTransaction) throws {
    let ended = state.withLock { state in
      state.written = Set(state.ended.map(\.number))
      return state.ended
    }
    try write(ended, in: store)
  }

  /// The transaction that `write` was a part of is committed.
  func written() {
    state.withLock { state in state.ended.removeAll { state.written.contains($0.number) } }
  }

  /// What tells that a run's call goes on with another key of the same provider.
  private static func rotation(from last: Attempt?, to next: Attempt) -> EventBody? {
    guard let last, last.provider == next.provider, let from = last.keyIndex, let to = next.keyIndex,
      from != to
    else { return nil }
    return .other(
      .keyRotated,
      ["provider": .string(next.provider), "from": .integer(Int64(from)), "to": .integer(Int64(to))])
  }

  private func write(_ attempts: [Attempt], in store: WriteTransaction) throws {
    let (run, now) = (run, store.now)
    try AttemptWriter(gate: gate, log: log).write(attempts, in: store) { run.event($0, at: now) }
  }
}
