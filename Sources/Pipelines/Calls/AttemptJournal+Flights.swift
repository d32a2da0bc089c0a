import Basics
import Model
import Storage
import Synchronization

// Calls that may go on when the run that made them is over, because others have joined them.

extension AttemptJournal {
  /// Whether all tries have ended, so that their sums are those of the run.
  var isSettled: Bool { state.withLock { $0.all.count == $0.lastNumber } }

  /// A call begins that may outlast the run: what it may cost is held back from others until it is over, too.
  func hold() { state.withLock { $0.holders += 1 } }

  /// The run, or such a call, is over and stored, or never will be.
  func release() {
    let isLast = state.withLock { state in
      state.holders -= 1
      return state.holders == 0
    }
    if isLast { ledger.release(run.payer) }
  }

  /// The run has left a call that ends now.
  func settle(after call: Task<Void, Never>) { state.withLock { $0.leaving.append(call) } }

  /// Waits until the calls that the run has left have ended, so that what they took is stored with the run's end.
  func settle() async {
    let leaving = state.withLock { state in
      defer { state.leaving = [] }
      return state.leaving
    }
    for call in leaving { await call.value }
  }

  /// The run's end is stored; what ends later is stored by itself.
  func close() {
    state.withLock { $0.isClosed = true }
    flush()
  }

  /// Stores what has ended after the run's end, and what the run took with it. Nothing is done before that end, which brings it.
  func flush() {
    let (ended, all) = state.withLock { state -> ([Attempt], [Attempt]) in
      guard state.isClosed else { return ([], []) }
      defer { state.ended = [] }
      return (state.ended, state.all)
    }
    guard !ended.isEmpty else { return }
    store.post { [self] store in
      // Its conversation may have been deleted meanwhile: then nobody is to be told, and the sums are all that is left.
      var current = try store.runs.get(run.id)
      let now = store.now
      try AttemptWriter(gate: gate, log: log).write(ended, in: store) { body in
        current == nil ? nil : run.event(body, at: now)
      }
      guard current != nil else { return }
      current?.usage = all.usage
      current?.cost = all.cost
      if let current { try store.runs.update(current) }
      try countForWholes(in: store)
    } failed: { [log] error in
      log.write(.error, "A try that outlasted its run could not be stored", ["error": "\(error)"])
    }
  }

  /// Brings the sums of the pipelines up to date that the run was a part of; one that is not over counts it at its end.
  private func countForWholes(in store: WriteTransaction) throws {
    guard let root = run.parentRun, let step = run.step else { return }
    let around = try store.runs.parts(of: root).filter { whole in
      whole.step.map { step.hasPrefix("\($0).") } ?? false
    }
    for var whole in try around + [store.runs.get(root)].compactMap({ $0 }) where whole.status.isFinal {
      let attempts = try store.attempts.ofTree(whole)
      whole.usage = attempts.usage
      whole.cost = attempts.cost
      try store.runs.update(whole)
    }
  }
}
