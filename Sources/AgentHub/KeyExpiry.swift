import Basics
import EventEngine
import Storage

/// Forgets the idempotency keys whose day is over. Nothing else ever deletes them.
struct KeyExpiry: Sendable {
  /// How long a repeated request gets its first answer, in milliseconds: a day, as clients know it from elsewhere.
  static let lifetime: Int64 = 24 * 3600 * 1000

  let store: Store
  let log: Log
  var interval: Duration = .seconds(24 * 3600)

  /// Deletes what is too old now.
  func run() async throws {
    let count = try await store.write { store in
      try store.idempotency.delete(olderThan: Timestamp(milliseconds: store.now.milliseconds - Self.lifetime))
    }
    if count > 0 { log.write(.info, "Forgot old idempotency keys", ["count": "\(count)"]) }
  }

  /// Runs again after each interval, for as long as the loop does.
  func repeats(on loop: EventLoop) {
    Chore(complaint: "Old idempotency keys could not be forgotten", interval: interval, log: log, work: run)
      .repeats(on: loop)
  }
}
