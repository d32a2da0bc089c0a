import Basics
import Storage

/// Takes messages into the search that were stored before there was one, while the hub is at work.
struct SearchFilling: Sendable {
  let store: Store
  let log: Log
  /// Messages of one transaction: the writer serves everybody, and some ten milliseconds go unnoticed.
  var batch = 50

  /// Goes on until all are in, or the store is closed.
  func run() async {
    do {
      guard try await !store.read({ try $0.messageSearch.isComplete() }) else { return }
      log.write(.info, "Taking earlier messages into the search", [:])
      let clock = ContinuousClock()
      while true {
        let start = clock.now
        guard try await store.write(.relaxed, { [batch] in try $0.messageSearch.fill(atMost: batch) }) else {
          break
        }
        // As long as it took: half of the writer's time stays for others.
        try await Task.sleep(for: clock.now - start)
      }
      log.write(.info, "All earlier messages can be searched", [:])
    } catch let error as any CodedError where error.code == "store_closed" {
      return
    } catch {
      log.write(.warning, "Earlier messages cannot all be searched yet", ["error": "\(error)"])
    }
  }
}
