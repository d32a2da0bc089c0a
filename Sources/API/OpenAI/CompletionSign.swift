import Providers
import Synchronization

/// What a stream's beginning waits for: the first word of the answer, or the run's end. Until then a failure can still be told with a
/// status of its own, which is what makes clients try again.
final class CompletionSign: Sendable {
  private struct State {
    var hasBegun = false
    var outcome: ChatOutcome?
  }

  private let state = Mutex(State())
  private let bell = Bell()

  /// The answer has begun.
  func begin() {
    let isFirst = state.withLock { state in
      defer { state.hasBegun = true }
      return !state.hasBegun
    }
    if isFirst { bell.ring() }
  }

  /// The run is over, and all that it said has been taken.
  func end(_ outcome: ChatOutcome) {
    state.withLock { $0.outcome = outcome }
    bell.ring()
  }

  /// Waits for either, or until the time is over.
  ///
  /// - Returns: why there will be no answer at all; nil when there is one, or may be.
  func fault(within patience: Duration) async -> OpenAIFault? {
    let end = ContinuousClock.now + patience
    while true {
      let seen = bell.count
      let (hasBegun, outcome) = state.withLock { ($0.hasBegun, $0.outcome) }
      if hasBegun { return nil }
      if let outcome { return outcome.fault }
      let left = end - ContinuousClock.now
      guard left > .zero else { return nil }
      await bell.wait(after: seen, within: left)
    }
  }
}
