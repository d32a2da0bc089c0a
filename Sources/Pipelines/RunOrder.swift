import Synchronization

/// What a working run was told from outside; given before its task is cancelled, so that the run knows why.
final class RunOrder: Sendable {
  enum Order: Sendable {
    /// Somebody stopped the run.
    case stop
    /// The hub goes down.
    case interrupt
  }

  private let order = Mutex<Order?>(nil)

  /// The first order counts.
  func give(_ order: Order) { self.order.withLock { $0 = $0 ?? order } }

  var given: Order? { order.withLock { $0 } }
}
