import Basics
import EventEngine
import Synchronization

/// What all connections of a server share on one loop.
final class ServerLoop {
  /// Storage for answers, lent to the connection that is at work.
  var spareOutput: [UInt8] = []
  let counters: LoopCounters
  let compression = MessageCompression()
  /// Set when the server stops.
  var isStopping = false
  /// Connections of any kind that are not over.
  var openCount = 0
  private var dateSecond = Int64.min
  private var dateText = ""
  private var identifiers: RequestIdentifiers

  init(counters: LoopCounters, identifiers: RequestIdentifiers) {
    self.counters = counters
    self.identifiers = identifiers
    spareOutput.reserveCapacity(4096)
  }

  /// The `Date` field of a moment, made once a second.
  func date(_ now: Timestamp) -> String {
    let second = now.milliseconds / 1000
    if second != dateSecond {
      dateSecond = second
      dateText = now.httpDate
    }
    return dateText
  }

  func nextRequestID() -> String { identifiers.next() }
}

/// One loop's counters: written by the loop alone, read by anybody.
final class LoopCounters: Sendable {
  let requests = Atomic<UInt64>(0)
  let connections = Atomic<Int>(0)
  let webSockets = Atomic<Int>(0)
  let streams = Atomic<Int>(0)

  /// Adds without a locked instruction, as there is one writer.
  static func add(_ change: Int, to counter: borrowing Atomic<Int>) {
    counter.store(counter.load(ordering: .relaxed) + change, ordering: .relaxed)
  }

  func countRequest() { requests.store(requests.load(ordering: .relaxed) + 1, ordering: .relaxed) }
}
