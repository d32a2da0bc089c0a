import Basics
import Model
import Providers
import Storage

/// Stores tries of calls: a row each, what they add to the day's usage, and what their keys have learned.
struct AttemptWriter: Sendable {
  let gate: ProviderGate
  let log: Log

  /// Writes tries as they are now.
  ///
  /// - Parameter event: makes the event that tells of something; nil when nobody is to be told.
  func write(
    _ attempts: [Attempt], in store: WriteTransaction, event: (EventBody) -> Event?
  ) throws {
    for attempt in attempts {
      try store.attempts.put(attempt)
      if let told = event(attempt.eventBody) { try store.append(told) }
      guard attempt.finishedAt != nil else { continue }
      try count(attempt, in: store, event: event)
      // Read here, on the one thread that writes: what is stored last is what was known last.
      if let key = attempt.key, let state = gate.keyState(key, of: attempt.provider) {
        try store.providerKeys.put(ProviderKeyRecord(key, of: attempt.provider, state))
      }
    }
  }

  /// Adds to the day's usage, and tells of budgets that this brings to their end, once each.
  private func count(
    _ attempt: Attempt, in store: WriteTransaction, event: (EventBody) -> Event?
  ) throws {
    try store.usage.add(attempt)
    for standing in try store.budgets.reached(by: attempt) {
      if let told = event(.other(.budgetReached, standing.json.object ?? [:])) { try store.append(told) }
      log.write(
        .warning, "A budget is reached",
        [
          "scope": standing.budget.scope.rawValue, "subject": standing.budget.subject,
          "period": standing.budget.period.rawValue, "until": standing.until.iso8601,
        ])
    }
  }
}
