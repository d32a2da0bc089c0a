import Basics
import Model
import Storage

extension CatchUp {
  /// Reads one page, on a reader thread.
  static func page(at position: Position, in store: ReadTransaction) throws -> Page {
    switch position {
    case .conversation(let id, let after):
      let seq = try store.events.head(of: id)
      // A position ahead of the log was given out by another hub: nothing can be proven from it.
      guard after <= seq else { return try page(at: .snapshot(id), in: store) }
      let page = try store.events.page(of: id, after: after, limit: pageSize)
      return Page(
        events: page.items, next: page.next.map { .conversation(id, after: $0) },
        head: try store.events.head(), seq: seq,
        recovered: true)
    case .snapshot(let id):
      let seq = try store.events.head(of: id)
      let head = try store.events.head()
      let snapshot = try Snapshot.conversation(id, seq: seq, in: store)
      return Page(snapshots: [snapshot], head: head, seq: seq, recovered: false)
    case .log(let after, let topic):
      let head = try store.events.head()
      guard after <= head else { return try page(at: .hubSnapshot, in: store) }
      let page = try store.events.page(after: after, limit: pageSize, matching: topic.selection)
      return Page(
        events: page.items, next: page.next.map { .log(after: $0, topic: topic) }, head: head, recovered: true
      )
    case .hubSnapshot:
      let head = try store.events.head()
      return Page(snapshots: [try Snapshot.hub(head: head, in: store)], head: head, recovered: false)
    case .snapshots(let topics):
      return try snapshots(of: topics, in: store)
    }
  }
}

extension CatchUp {
  /// A page of what the ring still has, without a thread that reads; nil when the store must be asked.
  ///
  /// - Parameter end: the offset up to which a subscription catches up.
  static func page(at position: Position, through end: Int64, in log: FrameLog) -> Page? {
    guard case .log(let after, let topic) = position, after + 1 >= log.first, after <= end else { return nil }
    guard after < end else { return Page(head: end, recovered: true) }
    // A filter may let few of them through: a turn looks at so many.
    let pageFrames: Int64 = 4096
    let full = log.stretch(from: after + 1, upTo: Follower.quota).end
    let limit = min(full, end + 1, after + 1 + pageFrames)
    return Page(
      frames: after + 1..<limit, next: limit <= end ? .log(after: limit - 1, topic: topic) : nil, head: end,
      recovered: true)
  }
}

extension CatchUp {
  /// The hub's state for everything, runs and agents; beside it that of each conversation. One that is deleted has none.
  private static func snapshots(of topics: Set<Topic>, in store: ReadTransaction) throws -> Page {
    let head = try store.events.head()
    var page = Page(head: head, recovered: false)
    if !topics.allSatisfy(\.isConversation) { page.snapshots.append(try Snapshot.hub(head: head, in: store)) }
    for case .conversation(let id) in topics {
      guard try store.conversations.get(id) != nil else { continue }
      page.snapshots.append(
        try Snapshot.conversation(id, seq: try store.events.head(of: id), in: store))
    }
    return page
  }
}

extension Topic {
  /// The topic as a filter of the stored log.
  var selection: EventFilter {
    switch self {
    case .everything, .conversation: EventFilter()
    case .run(let id): EventFilter(run: id)
    case .agent(let id): EventFilter(agent: id)
    }
  }
}
