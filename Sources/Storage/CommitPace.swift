import Synchronization

/// When what is committed can next be shown, so that deltas that nobody could see yet are committed together.
///
/// A busy loop sweeps every 5 to 20 ms. Between two sweeps a commit shows nobody anything, and costs some 0.1 ms with all its wakes: at 1,000
/// chunks a second that was as much work as half of the sending to 1,000 clients.
package final class CommitPace: Sendable {
  /// What a commit and its way to the loops may take, in nanoseconds.
  private static let lead: UInt64 = 1_500_000

  /// Of each loop that somebody watches on.
  private let moments = Mutex<[Int: UInt64]>([:])

  /// Knows of no loop.
  package init() {}

  /// A loop shows nothing before a moment (monotonic nanoseconds).
  package func loop(_ index: Int, showsNothingBefore moment: UInt64) {
    moments.withLock { $0[index] = moment }
  }

  /// Nobody watches on a loop.
  package func nobodyWatches(on index: Int) { moments.withLock { $0[index] = nil } }

  /// Until when deltas may be gathered; a moment that is over says that they may not.
  package var restsUntil: UInt64 {
    let moment = moments.withLock { $0.values.min() } ?? 0
    return moment > Self.lead ? moment - Self.lead : 0
  }
}
