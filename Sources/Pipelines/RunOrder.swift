import Model
import Synchronization

/// What a run was told from outside, and what it tells: given before its task is cancelled, so that the run knows why.
final class RunOrder: Sendable {
  enum Order: Sendable {
    /// Somebody stopped the run.
    case stop
    /// The hub goes down.
    case interrupt
    /// The pipeline that it works for has no use for it any more.
    case fail(RunFailure)
  }

  private struct State {
    var order: Order?
    var isHubLeaving = false
    var trouble: (any Error)?
    var sleeper: Task<Void, Never>?
    /// Those of the run's parts.
    var parts: [RunOrder] = []
  }

  private let state = Mutex(State())

  /// The first order counts.
  func give(_ order: Order) {
    let (sleeper, parts) = state.withLock { state in
      state.order = state.order ?? order
      if case .interrupt = order { state.isHubLeaving = true }
      return (state.isHubLeaving ? state.sleeper : nil, state.parts)
    }
    sleeper?.cancel()
    for part in parts { part.give(order) }
  }

  /// An order for a part of the run, which gets what the run gets, and may get one of its own.
  func part() -> RunOrder {
    let part = RunOrder()
    let (given, isHubLeaving) = state.withLock { state in
      state.parts.append(part)
      return (state.order, state.isHubLeaving)
    }
    if let given { part.give(given) }
    if isHubLeaving { part.give(.interrupt) }
    return part
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
