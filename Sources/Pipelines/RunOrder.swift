import Synchronization

/// What a run was told from outside, and what it tells: given before its task is cancelled, so that the run knows why.
final class RunOrder: Sendable {
  enum Order: Sendable {
    /// Somebody stopped the run.
    case stop
    /// The hub goes down.
    case interrupt
  }

  private struct State {
    var order: Order?
    var isHubLeaving = false
    var trouble: (any Error)?
    var sleeper: Task<Void, Never>?
  }

  private let state = Mutex(State())

  /// The first order counts.
  func give(_ order: Order) {
    let sleeper = state.withLock { state in
      state.order = state.order ?? order
      if order == .interrupt { state.isHubLeaving = true }
      return state.isHubLeaving ? state.sleeper : nil
    }
    sleeper?.cancel()
  }

  var given: Order? { state.withLock { $0.order } }

  /// Whether the hub goes down, also when the run was stopped before.
  var isHubLeaving: Bool { state.withLock { $0.isHubLeaving } }

  /// Why the run cannot be stored just now; nil when it can.
  var trouble: (any Error)? {
    get { state.withLock { $0.trouble } }
    set { state.withLock { $0.trouble = newValue } }
  }

  /// Waits for a while, also in a cancelled task; the hub's leaving ends it.
  func pause(for time: Duration) async {
    let sleeper = Task { _ = try? await Task.sleep(for: time) }
    let isLeaving = state.withLock { state in
      state.sleeper = sleeper
      return state.isHubLeaving
    }
    if isLeaving { sleeper.cancel() }
    await sleeper.value
  }
}
