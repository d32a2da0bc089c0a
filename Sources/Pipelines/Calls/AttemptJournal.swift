import Basics
import Model
import Providers
import Storage
import Synchronization

/// Writes down every try of a run's call: a row, an event for those who watch, and what it adds to the day's usage.
///
/// Nothing waits for it: it is stored in the order of what is said, and what could not be stored comes with the run's end.
final class AttemptJournal: Sendable {
  private struct State {
    /// What has ended and is not stored yet.
    var ended: [Attempt] = []
    var lastNumber = 0
    /// All that ended, stored or not.
    var all: [Attempt] = []
  }

  private let run: Run
  private let store: Store
  private let gate: ProviderGate
  let prices: PriceTable
  private let state = Mutex(State())

  init(run: Run, store: Store, gate: ProviderGate, prices: PriceTable = .empty) {
    self.run = run
    self.store = store
    self.gate = gate
    self.prices = prices
  }

  /// Those that ended, in order.
  var attempts: [Attempt] { state.withLock { $0.all } }

  /// A try that begins now.
  func begin(_ call: ProviderCall, _ pass: CallPass) -> Attempt {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return Attempt(
      run: run.id, number: number, agent: run.agent, agentVersion: run.agentVersion, provider: pass.provider,
      model: call.request.model, keyIndex: pass.keyPosition, key: pass.fingerprint, startedAt: gate.now())
  }

  /// A try is over; stored with what comes next.
  func end(_ attempt: Attempt) {
    state.withLock { state in
      state.ended.append(attempt)
      state.all.append(attempt)
    }
  }

  /// Lets what has ended be stored, and a try that begins.
  func post(beginning attempt: Attempt? = nil) {
    let (ended, last) = state.withLock { state in
      defer { state.ended = [] }
      return (state.ended, state.all.last)
    }
    guard attempt != nil || !ended.isEmpty else { return }
    let (run, gate) = (run, gate)
    store.post { store in
      try Self.write(ended, of: run, gate, in: store)
      guard let attempt else { return }
      if let rotation = Self.rotation(from: last, to: attempt) {
        try store.append(run.event(rotation, at: store.now))
      }
      try Self.write([attempt], of: run, gate, in: store)
    } failed: { _ in
      self.state.withLock { $0.ended = ended + $0.ended }
    }
  }

  /// Stores what has ended within the transaction of the run's end.
  func write(in store: WriteTransaction) throws {
    try Self.write(state.withLock { $0.ended }, of: run, gate, in: store)
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

  private static func write(
    _ attempts: [Attempt], of run: Run, _ gate: ProviderGate, in store: WriteTransaction
  ) throws {
    for attempt in attempts {
      try store.attempts.put(attempt)
      try store.append(run.event(attempt.eventBody, at: store.now))
      if attempt.finishedAt != nil { try store.usage.add(attempt) }
      // Read here, on the one thread that writes: what is stored last is what was known last.
      if attempt.finishedAt != nil, let key = attempt.key,
        let state = gate.keyState(key, of: attempt.provider)
      {
        try store.providerKeys.put(ProviderKeyRecord(key, of: attempt.provider, state))
      }
    }
  }
}
