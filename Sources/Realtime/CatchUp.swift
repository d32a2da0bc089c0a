import Basics
import Model
import Storage

/// What a subscriber has yet to read from the store before it may follow the ring.
///
/// Pages are read one at a time, each in a short read transaction, and the next only when the connection took the last: a slow reader
/// holds neither the database nor memory. The last page says up to which offset the store was read; live events begin after it.
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
  }

  /// What happens when everything was read.
  enum Goal {
    /// The whole feed is followed.
    case everything
    /// A filter joins those there are.
    case topic(Filter)
    /// The reader was too far behind and goes on as before.
    case lag
  }

  /// What one read brings.
  struct Page: Sendable {
    var events: [StoredEvent] = []
    /// Where the next page begins; nil when this one is the last.
    var next: Position?
    var snapshot: [UInt8]?
    /// The hub's newest offset at the moment of reading.
    var head: Int64
    /// The conversation's newest seq at that moment; nil for other topics.
    var seq: Int64?
    var recovered: Bool
  }

  /// Events a page; 200 rows are some 60 KB.
  static let pageSize = 200

  var position: Position
  let goal: Goal
  var isWaitingForRoom = false
  /// Writes the reply to the command that asked, before its first page.
  private var reply: ((Page, String) -> [UInt8])?
  /// Writes the answer when the first page cannot be read; without it the connection is closed.
  private(set) var refuse: ((any Error) -> [UInt8])?
  /// What passes; nil lets all through.
  private let filters: [Filter]?

  /// The catch-up of a new subscription.
  init(
    to filter: Filter, from position: Position, reply: ((Page, String) -> [UInt8])? = nil,
    refuse: ((any Error) -> [UInt8])? = nil
  ) {
    self.position = position
    if filter.topic == .everything, filter.types == nil {
      self.goal = .everything
    } else {
      self.goal = .topic(filter)
    }
    self.filters = [filter]
    self.reply = reply
    self.refuse = refuse
  }

  /// The catch-up of a reader that fell out of the ring.
  init(lagging filters: [Filter]?, from offset: Int64) {
    self.position = .log(after: offset, topic: .everything)
    self.goal = .lag
    self.filters = filters
  }

  /// The reply, once.
  mutating func takeReply(for page: Page, epoch: String) -> [UInt8]? {
    defer {
      reply = nil
      refuse = nil
    }
    return reply?(page, epoch)
  }

  /// The page's events that pass, in a transport's format.
  func bytes(of page: Page, epoch: String, as format: TransportFormat) -> [UInt8] {
    var bytes: [UInt8] = []
    for stored in page.events {
      if let filters, !filters.contains(where: { $0.passes(stored.header) }) { continue }
      EventFormat.append(json: stored.json(), of: stored.header, epoch: epoch, as: format, to: &bytes)
    }
    return bytes
  }

  /// Tells the client that everything asked for was sent; nothing for a reader that never asked.
  func liveMarker(for page: Page) -> [UInt8]? {
    switch goal {
    case .lag: nil
    case .everything: Reply.live(.everything, offset: page.head)
    case .topic(let filter): Reply.live(filter.topic, offset: page.head, seq: page.seq)
    }
  }
}
