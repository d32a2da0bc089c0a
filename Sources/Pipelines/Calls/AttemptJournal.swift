import Basics
import Model
import Providers
import Storage

/// Writes down every try of a run's call: a row, and an event for those who watch.
///
/// What has ended waits here until something else is stored, at the latest the run's end, so that an answer costs no commit of its own.
final class AttemptJournal {
  private let run: Run
  private let store: Store
  private let gate: ProviderGate
  private var ended: [Attempt] = []
  private var lastNumber = 0
  /// The last one that ended.
  private(set) var last: Attempt?

  init(run: Run, store: Store, gate: ProviderGate) {
    self.run = run
    self.store = store
    self.gate = gate
  }

  /// A try that begins now.
  func begin(_ call: ProviderCall, _ pass: CallPass) -> Attempt {
    lastNumber += 1
    return Attempt(
      run: run.id, number: lastNumber, agent: run.agent, agentVersion: run.agentVersion,
      provider: pass.provider, model: call.request.model, keyIndex: pass.keyPosition, key: pass.fingerprint,
      startedAt: gate.now())
  }

  /// A try is over; stored with what comes next.
  func end(_ attempt: Attempt) {
    ended.append(attempt)
    last = attempt
  }

  /// Stores what has ended, and a try that begins.
  func store(beginning attempt: Attempt? = nil) async throws {
    guard attempt != nil || !ended.isEmpty else { return }
    let (run, gate, ended, last) = (run, gate, ended, last)
    try await store.write(.relaxed) { store in
      try Self.write(ended, of: run, gate, in: store)
      guard let attempt else { return }
      if let rotation = Self.rotation(from: last, to: attempt) {
        try store.append(run.event(rotation, at: store.now))
      }
      try Self.write([attempt], of: run, gate, in: store)
    }
    self.ended = []
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

  /// Hands out how to store what has ended within another transaction, the one of the run's end.
  func takeWriting() -> @Sendable (WriteTransaction) throws -> Void {
    let (run, gate, attempts) = (run, gate, ended)
    ended = []
    return { store in try Self.write(attempts, of: run, gate, in: store) }
  }

  private static func write(
    _ attempts: [Attempt], of run: Run, _ gate: ProviderGate, in store: WriteTransaction
  ) throws {
    for attempt in attempts {
      try store.attempts.put(attempt)
      try store.append(run.event(attempt.eventBody, at: store.now))
      // Read here, on the one thread that writes: what is stored last is what was known last.
      if attempt.finishedAt != nil, let key = attempt.key,
        let state = gate.keyState(key, of: attempt.provider)
      {
        try store.providerKeys.put(ProviderKeyRecord(key, of: attempt.provider, state))
      }
    }
  }
}
