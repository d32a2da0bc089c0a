import Basics
import Model
import Synchronization

/// Stores what a run must not lose, however often that takes: a full disk is emptied some day, and until then the run is not over.
struct PatientStore: Sendable {
  private static let shortestPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(5)

  /// How many runs wait for the store.
  final class Backlog: Sendable {
    private let waiting = Atomic(0)

    var count: Int { waiting.load(ordering: .relaxed) }

    fileprivate func change(by difference: Int) { waiting.wrappingAdd(difference, ordering: .relaxed) }
  }

  let backlog = Backlog()
  let log: Log

  /// Tries until it is done. Gives up, with nil, what no trial can mend, and everything when the hub leaves, after a last one.
  ///
  /// - Parameter what: what is stored, as it follows "A run's".
  func store<Value: Sendable>(
    _ what: String, of run: Run, _ order: RunOrder, _ work: () async throws -> Value
  ) async -> Value? {
    var pause = Self.shortestPause
    while true {
      do {
        let value = try await work()
        if order.trouble != nil { settle(order) }
        return value
      } catch {
        let values: KeyValuePairs = ["run": run.id.text, "error": "\(error)"]
        guard (error as? any CodedError)?.retryAfterMilliseconds != nil, !order.isHubLeaving else {
          if order.trouble != nil { settle(order) }
          log.write(.error, "A run's \(what) could not be stored.", values)
          return nil
        }
        if order.trouble == nil {
          backlog.change(by: 1)
          log.write(.error, "A run's \(what) cannot be stored yet, and is tried again.", values)
        }
        order.trouble = error
      }
      await order.pause(for: pause)
      pause = min(pause * 2, Self.longestPause)
    }
  }

  private func settle(_ order: RunOrder) {
    order.trouble = nil
    backlog.change(by: -1)
  }
}
