import Basics
import Model
import Storage

/// What a subscriber has yet to read from the store before it may follow the ring.
///
/// Pages are read one at a time, each in a short read transaction, and the next only when the connection took the last: a slow reader
/// holds neither the database nor memory. A subscription's pages end where the connection's cursor stands: what lies behind it comes to
/// all subscriptions together, once and in order.
struct CatchUp {
  /// Where to read on.
  enum Position: Sendable {
    /// The events of a conversation after a seq.
    case conversation(Identifier<Conversation>, after: Int64)
    /// The newest state of a conversation, because its missing events were not asked for or cannot be proven complete.
    case snapshot(Identifier<Conversation>)
    /// The hub's events after an offset, those of a run or an agent only when asked.
    case log(after: Int64, topic: Topic)
    /// The newest state of the hub.
    case hubSnapshot
    /// The newest state of several topics at one moment.
    case snapshots(Set<Topic>)

    /// What the client has already, in its topic's numbering; 0 for a snapshot.
    var known: Int64 {
      switch self {
      case .conversation(_, let after), .log(let after, _): after
      case .snapshot, .hubSnapshot, .snapshots: 0
      }
    }
  }

  /// What happens when everything was read.
  enum Goal {
    /// A subscription begins, or the default one is taken up again.
    case subscription(Filter, isDefault: Bool)
    /// The reader was too far behind and goes on as before.
    case lag
  }

  /// What one read brings.
  struct Page: Sendable {
    var events: [StoredEvent] = []
    /// The offsets of those that were not read, because the ring still has their frames.
    var frames: Range<Int64> = 0..<0
    /// Where the next page begins; nil when this one is the last.
    var next: Position?
    var snapshots: [[UInt8]] = []
    /// The offset that the reading ends with: the hub's newest at its moment, or where it was cut.
    var head: Int64
    /// The conversation's newest seq at that moment; nil for other topics.
    var seq: Int64?
    var recovered: Bool

    /// The page without what lies behind an offset; a snapshot stays whole.
    func cut(behind offset: Int64) -> Page {
      guard recovered else { return self }
      var page = self
      page.head = min(head, offset)
      if let index = events.firstIndex(where: { $0.header.offset > offset }) {
        page.events.removeSubrange(index...)
        page.next = nil
      }
      if case .log(let after, _)? = next, after >= offset { page.next = nil }
      return page
    }
  }

  /// Events a page; 200 rows are some 60 KB.
  static let pageSize = 200

  var position: Position
  private(set) var goal: Goal
  var isWaitingForRoom = false
  /// The client has ended what this one is for, or begun it live: nothing of it is sent any more.
  private(set) var isAbandoned = false
  /// The newest seq of the conversation that was read.
  private var seq: Int64?
  /// Writes the reply to the command that asked, before its first page.
  private var reply: ((Page, String) -> [UInt8])?
  /// Writes the answer when the first page cannot be read; without it the connection is closed.
  private(set) var refuse: ((any Error) -> [UInt8])?

  /// The catch-up of a new subscription.
  init(
    to filter: Filter, isDefault: Bool = false, from position: Position,
    reply: ((Page, String) -> [UInt8])? = nil,
    refuse: ((any Error) -> [UInt8])? = nil
  ) {
    self.position = position
    self.goal = .subscription(filter, isDefault: isDefault)
    self.reply = reply
    self.refuse = refuse
    if case .conversation(_, let after) = position { seq = after }
  }

  /// The catch-up of a reader that fell out of the ring; one that follows a single run or agent reads no more than that.
  init(laggingFrom offset: Int64, in topics: Set<Topic>) {
    let single = topics.count == 1 ? topics.first : nil
    self.position = .log(after: offset, topic: single ?? .everything)
    self.goal = .lag
  }

  /// The new beginning of a reader that is too far behind to be told everything.
  init(resetting topics: Set<Topic>) {
    self.position = .snapshots(topics)
    self.goal = .lag
  }

  /// Gives a subscription to a topic up; false when this one is about something else.
  mutating func abandon(_ topic: Topic) -> Bool {
    guard case .subscription(let filter, _) = goal, filter.topic == topic, !isAbandoned else { return false }
    isAbandoned = true
    return true
  }

  /// Notes how far a page brings the client.
  mutating func advance(over page: Page) {
    if let last = page.events.last, seq != nil { seq = last.header.seq }
    guard !page.snapshots.isEmpty, case .subscription(var filter, let isDefault) = goal else { return }
    seq = page.seq
    filter.after = filter.topic.isConversation ? page.seq ?? 0 : page.head
    goal = .subscription(filter, isDefault: isDefault)
  }

  /// The reply, once.
  mutating func takeReply(for page: Page, epoch: String) -> [UInt8]? {
    defer {
      reply = nil
      refuse = nil
    }
    return reply?(page, epoch)
  }

  /// The page's events that pass any of some filters, as a connection takes them.
  ///
  /// - Parameter merging: whether the deltas of each message become one, as for anybody who lags. Who asks for a log gets it as it is.
  static func bytes(
    of page: Page, passing filters: [Filter], merging: Bool, epoch: String, for transport: any Transport,
    sharing log: FrameLog, _ events: EventRing
  ) throws(StoreError) -> [UInt8] {
    var bytes: [UInt8] = []
    for offset in page.frames {
      let event = events[offset].event
      guard filters.contains(where: { $0.passes(event) }) else { continue }
      EventFormat.append(offset, of: log, event, epoch: epoch, for: transport, to: &bytes)
    }
    guard !merging else {
      try merge(page.events, passing: filters, epoch: epoch, for: transport, sharing: log, into: &bytes)
      return bytes
    }
    for stored in page.events where filters.contains(where: { $0.passes(stored.header) }) {
      EventFormat.append(
        json: stored.json(), of: stored.header, epoch: epoch, for: transport, sharing: log, to: &bytes)
    }
    return bytes
  }

  private static func merge(
    _ events: [StoredEvent], passing filters: [Filter], epoch: String, for transport: any Transport,
    sharing log: FrameLog, into bytes: inout [UInt8]
  ) throws(StoreError) {
    var merger = DeltaMerger()
    var whole: [Int64: StoredEvent] = [:]
    for stored in events {
      guard filters.contains(where: { $0.passes(stored.header) }) else {
        merger.skip(stored.header)
        continue
      }
      whole[stored.offset] = stored
      merger.add(
        stored.type == .messageDelta ? try stored.event() : stored.header, size: stored.body.count,
        count: Int(stored.count))
    }
    for item in merger.items() {
      item.append(epoch: epoch, as: transport.format, to: &bytes) { offset, bytes in
        guard let stored = whole[offset] else { return }
        EventFormat.append(
          json: stored.json(), of: stored.header, epoch: epoch, for: transport, sharing: log, to: &bytes)
      }
    }
  }

  /// How far the client is in its conversation, as `Last-Event-ID` has it; nil for other topics.
  func position(in epoch: String) -> String? { seq.map { "\(epoch):\($0)" } }

  /// Tells the client that everything asked for was sent; nothing for a reader that never asked.
  ///
  /// - Parameter offset: how far the connection is; after a snapshot, the topic may be further.
  func liveMarker(offset: Int64) -> [UInt8]? {
    guard case .subscription(let filter, _) = goal else { return nil }
    return Reply.live(
      filter.topic, offset: max(offset, filter.topic.isConversation ? 0 : filter.after), seq: seq)
  }
}
