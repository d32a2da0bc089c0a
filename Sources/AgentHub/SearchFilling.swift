import Basics
import Storage

/// Takes the words of messages into the search beside everything else: of new ones, and of those that were stored before there was a search.
struct SearchFilling: Sendable {
  let store: Store
  let log: Log
  /// Messages of one transaction, one to two milliseconds of the writer: of many at once each costs little less.
  var batch = 25
  /// How long new messages may wait; who searches sooner takes them in.
  var interval: Duration = .seconds(1)
  /// How long to wait when nothing can be stored.
  var pause: Duration = .seconds(60)

  /// Goes on until the store is closed.
  func run() async {
    while true {
      do {
        try await keepUp()
      } catch let error as any CodedError where error.code == "store_closed" {
        return
      } catch {
        log.write(.warning, "New messages cannot be searched yet", ["error": "\(error)"])
        try? await Task.sleep(for: pause)
      }
    }
  }

  /// Takes in what is there, and then what comes.
  private func keepUp() async throws -> Never {
    let isFilling = try await store.read { try $0.messageIntake.isFilling() }
    if isFilling { log.write(.info, "Taking earlier messages into the search", [:]) }
    try await takeAll()
    if isFilling { log.write(.info, "All earlier messages can be searched", [:]) }
    while true {
      try await Task.sleep(for: interval)
      if try await store.read({ try $0.messageIntake.isWaiting() }) { try await takeAll() }
    }
  }

  private func takeAll() async throws {
    let clock = ContinuousClock()
    while true {
      let start = clock.now
      guard try await store.write(.relaxed, { [batch] in try $0.messageIntake.take(atMost: batch) }) else {
        return
      }
      // Three times as long as it took, waiting for its turn included: a writer with nothing else to do gives it a quarter of its time, a busy one
      // a few hundredths.
      try await Task.sleep(for: (clock.now - start) * 3)
    }
  }
}
