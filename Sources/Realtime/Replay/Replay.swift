package import Basics
package import Storage

/// Shows stored events again, to one client alone.
package struct Replay: Sendable {
  /// An event as clients read it, with `"replay":true`.
  package struct Shown: Sendable {
    package let seq: Int64
    package let json: [UInt8]
    fileprivate let isMerged: Bool
  }

  /// What was shown when nothing more is to come.
  package struct End: Equatable, Sendable {
    /// The last event that was shown; what stands before the first when there was none.
    package var seq: Int64
    package var events = 0
    /// Deltas of old answers are merged, so that their text comes in large pieces.
    package var isCoarse = false
    /// The client has left, or stopped it.
    package var isCut = false
  }

  /// Events that are read at once.
  private static let page = 200

  package let order: ReplayOrder
  /// The last seq that is shown.
  package let last: Int64
  private let store: Store

  /// Looks how far the log goes; what comes later is not part of the replay.
  ///
  /// - Throws: `conversation_not_found`.
  package static func begin(_ order: ReplayOrder, in store: Store) async throws -> Replay {
    let head = try await store.read { try $0.events.head(of: order.conversation) }
    return Replay(order: order, last: order.last(head: head), store: store)
  }

  private init(order: ReplayOrder, last: Int64, store: Store) {
    self.order = order
    self.last = last
    self.store = store
  }

  /// Shows the range, each event when it is due, as long as somebody takes it.
  ///
  /// - Parameter show: takes what is due now, and waits for a slow reader; false when nobody reads any more.
  package func run(_ show: ([Shown]) async -> Bool) async throws -> End {
    let start = ContinuousClock.now
    var clock = ReplayClockMachine(pace: order.pace)
    var end = End(seq: order.after)
    var next: Int64? = order.after < last ? order.after : nil
    while let after = next {
      let page = try await store.read { [order] in
        try $0.events.page(of: order.conversation, after: after, limit: Self.page)
      }
      var due: [Shown] = []
      for event in page.items where event.seq <= last && order.includes(event.at) {
        let moment = start + .milliseconds(clock.due(at: event.at))
        if moment > .now {
          guard await Self.pass(&due, to: show, &end), await Self.wait(until: moment) else { return end.cut }
        }
        due.append(Shown(seq: event.seq, json: event.json(isReplay: true), isMerged: event.count > 1))
      }
      guard await Self.pass(&due, to: show, &end), !Task.isCancelled else { return end.cut }
      next = page.next.flatMap { $0 < last ? $0 : nil }
    }
    return end
  }

  private static func pass(
    _ due: inout [Shown], to show: ([Shown]) async -> Bool, _ end: inout End
  ) async -> Bool {
    guard let last = due.last else { return true }
    guard await show(due) else { return false }
    end.seq = last.seq
    end.events += due.count
    if due.contains(where: \.isMerged) { end.isCoarse = true }
    due = []
    return true
  }

  /// False when it was stopped meanwhile.
  private static func wait(until moment: ContinuousClock.Instant) async -> Bool {
    do {
      try await Task.sleep(until: moment, clock: .continuous)
      return true
    } catch {
      return false
    }
  }
}

extension Replay.End {
  fileprivate var cut: Self {
    var end = self
    end.isCut = true
    return end
  }

  /// The member that tells a client that the replay is over.
  package func json(of order: ReplayOrder, named name: String? = nil) -> JSON {
    var object = JSONObject()
    object["replay"] = name.map { .string($0) }
    object["conversation"] = .string(order.conversation.text)
    object["seq"] = .integer(seq)
    object["events"] = .integer(Int64(events))
    object["stopped"] = .bool(isCut)
    if isCoarse { object["coarse"] = true }
    return ["replayed": .object(object)]
  }
}
