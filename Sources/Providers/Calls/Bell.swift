import Synchronization

/// Wakes everybody who waits for a change.
///
/// Who waits reads `count` before looking at what may change, so that a ring in between is not missed.
package final class Bell: Sendable {
  private struct State {
    var count = 0
    var sleepers: [Int: Task<Void, Never>] = [:]
    var lastSleeper = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// How often it rang.
  package var count: Int { state.withLock { $0.count } }

  /// Something has changed.
  package func ring() {
    let sleepers = state.withLock { state in
      state.count += 1
      defer { state.sleepers = [:] }
      return state.sleepers.values
    }
    for sleeper in sleepers { sleeper.cancel() }
  }

  /// Returns when it has rung more often than `seen` times, when the time is over, or when the waiting task is cancelled.
  package func wait(after seen: Int, within time: Duration) async {
    let sleeper = Task { _ = try? await Task.sleep(for: time) }
    let number = state.withLock { state -> Int? in
      guard state.count == seen else { return nil }
      state.lastSleeper += 1
      state.sleepers[state.lastSleeper] = sleeper
      return state.lastSleeper
    }
    guard let number else { return sleeper.cancel() }
    await withTaskCancellationHandler {
      await sleeper.value
    } onCancel: {
      sleeper.cancel()
    }
    state.withLock { _ = $0.sleepers.removeValue(forKey: number) }
  }
}
