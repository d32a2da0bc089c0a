import TestKit
import Testing

/// Waits until something holds, at most for the patience of a busy machine.
func eventually(_ holds: @Sendable () -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
  let clock = ContinuousClock()
  let end = clock.now + TimeLimit.patience(.seconds(10))
  while !holds() {
    guard clock.now < end else {
      Issue.record("it did not come about in time", sourceLocation: location)
      return
    }
    try await Task.sleep(for: .milliseconds(20))
  }
}
