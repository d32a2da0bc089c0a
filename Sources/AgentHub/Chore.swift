import Basics
import EventEngine

/// Work that is done again after each interval, for as long as a loop runs.
struct Chore: Sendable {
  /// What is logged when it fails, `Old idempotency keys could not be forgotten`; it is done again all the same.
  let complaint: String
  let interval: Duration
  let log: Log
  let work: @Sendable () async throws -> Void

  /// Does it for the first time after one interval.
  func repeats(on loop: EventLoop) {
    loop.submit { inside in
      inside.schedule(after: interval) { _ in
        Task {
          do {
            try await work()
          } catch {
            log.write(.warning, complaint, ["error": "\(error)"])
          }
          repeats(on: loop)
        }
      }
    }
  }
}
