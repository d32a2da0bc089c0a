package import Basics
package import Model
import Providers
import Synchronization

/// Many messages for an agent in one order, answered by a run each, a few at a time. The results keep the order of the inputs.
package final class Batch: Sendable {
  /// What came of one input.
  package enum Result: Equatable, Sendable {
    /// A run took it, which is over.
    case run(Identifier<Run>)
    /// No run could begin.
    case refused(RunFailure)
    /// The batch was stopped before its turn.
    case stopped
  }

  private struct State {
    var results: [Result?]
    var working: Set<Identifier<Run>> = []
    var isStopped = false
    var isOver: Bool { !results.contains(nil) }
  }

  package let id: Identifier<Batch>
  package let agent: Identifier<Agent>
  /// How many inputs there are.
  package let count: Int
  private let bell = Bell()
  private let state: Mutex<State>

  init(id: Identifier<Batch>, agent: Identifier<Agent>, count: Int) {
    self.id = id
    self.agent = agent
    self.count = count
    state = Mutex(State(results: Array(repeating: nil, count: count)))
  }

  /// What came of the inputs so far; nil for those that are not over.
  package var results: [Result?] { state.withLock { $0.results } }

  /// Whether all inputs are.
  package var isOver: Bool { state.withLock { $0.isOver } }

  /// Waits for what came of an input; nil when the time is over, or the waiting task is cancelled.
  package func result(of index: Int, within time: Duration = .seconds(86_400)) async -> Result? {
    let clock = ContinuousClock()
    let end = clock.now + time
    while true {
      let seen = bell.count
      if let result = state.withLock({ $0.results[index] }) { return result }
      let left = end - clock.now
      guard left > .zero, !Task.isCancelled else { return nil }
      await bell.wait(after: seen, within: left)
    }
  }

  // MARK: The work

  /// Whether nothing more is to begin.
  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// A run has taken an input; false when the batch was stopped just before, so that the run is to be stopped, too.
  func began(_ run: Identifier<Run>) -> Bool {
    state.withLock { state in
      state.working.insert(run)
      return !state.isStopped
    }
  }

  func ended(_ index: Int, _ result: Result) {
    state.withLock { state in
      state.results[index] = result
      if case .run(let run) = result { state.working.remove(run) }
    }
    bell.ring()
  }

  /// Nothing more begins; returns the runs that work.
  func stop() -> Set<Identifier<Run>> {
    state.withLock { state in
      state.isStopped = true
      return state.working
    }
  }
}
