package import Basics
import CLinux
package import EventEngine
import Model
import Storage

/// The part of the hub that lives on one loop: the feeds' newest frames and the loop's subscribers.
package final class HubShard {
  /// Finds the shard of a loop.
  package static let key = LoopLocal<HubShard>()

  package let hub: Hub
  package let outside: EventLoop
  private unowned let loop: Loop
  private let log: FrameLog
  private var events: EventRing
  private let dialects: [FrameLog]
  private(set) var subscribers: [Subscriber] = []
  /// Who asked for presence or typing on this loop.
  let audience = PresenceAudience()
  private var places: [SubscriberID: Int] = [:]
  private var counter: UInt64 = 0
  /// Frames that came since the last sweep.
  private var news = 0
  private var isBehind = false
  private var pace: SweepPace
  private let batch: SendBatch?
  private var postponed: [Postponed] = []
  private var turn = 0

  init(hub: Hub, loop: Loop, head: Int64, dialects: Int) throws {
    self.hub = hub
    self.loop = loop
    self.outside = loop.outside
    self.epoch = hub.store.epoch
    let limits = hub.configuration.log
    self.batch = hub.configuration.batchesSends ? SendBatch() : nil
    self.pace = SweepPace(longestTick: hub.configuration.longestTick)
    let largeFrom = hub.configuration.deflatesFrom
    self.log = try FrameLog(next: head + 1, limits: limits, largeFrom: largeFrom)
    self.events = EventRing(capacity: limits.frames)
    self.dialects = try (0..<dialects).map { _ in
      try FrameLog(next: 1, limits: limits, largeFrom: largeFrom)
    }
    loop.atTickEnd { [weak self] loop in self?.sweep(loop) }
    scheduleBeat()
  }

  /// Names the numbering of the log.
  package let epoch: String
  /// The hub's newest offset that this loop knows.
  package var head: Int64 { log.next - 1 }
  /// Monotonic nanoseconds, as the loop last read them.
  package var now: UInt64 { loop.now }
  /// The wall clock, as the loop last read it.
  package var wallTime: Timestamp { loop.wallTime }
  /// How many connections follow on this loop.
  package var subscriberCount: Int { subscribers.count }

  /// Lets a connection follow a feed from now on.
  package func subscribe(_ transport: any Transport, to feed: Feed) -> Subscriber {
    counter += 1
    let subscriber = Subscriber(
      id: SubscriberID(number: counter), shard: self,
      follower: Follower(feed: feed, transport: transport, next: frames(of: feed).next),
      jitter: Heartbeat.jitter(ofConnection: counter))
    places[subscriber.id] = subscribers.count
    subscribers.append(subscriber)
    return subscriber
  }

  /// Forgets a connection that is gone.
  package func remove(_ subscriber: Subscriber) {
    guard let place = places.removeValue(forKey: subscriber.id) else { return }
    isBehind = true  // whoever takes the free place may be skipped by the sweep that is under way
    let last = subscribers.removeLast()
    guard last !== subscriber else { return }
    subscribers[place] = last
    places[last.id] = place
  }

  /// The subscriber that a late answer is for, if it is still there.
  package func subscriber(_ id: SubscriberID) -> Subscriber? { places[id].map { subscribers[$0] } }

  /// Takes a commit's frames.
  func append(_ batch: FrameBatch) {
    Self.append(batch.hub, to: log)
    for event in batch.events { events.append(event) }
    for (frames, log) in zip(batch.dialects, dialects) { Self.append(frames, to: log) }
    news += batch.events.count
    for shared in batch.events where shared.event.type == .conversationDeleted {
      tellDeletion(of: shared.event.conversation)
    }
  }

  /// Deletions are rare, so that no index from conversations to subscribers is kept for them.
  private func tellDeletion(of conversation: Identifier<Conversation>?) {
    guard let conversation else { return }
    for subscriber in subscribers { subscriber.deleted(conversation) }
  }

  private static func append(_ frames: FrameBatch.Frames, to log: FrameLog) {
    frames.bytes.withUnsafeBytes { bytes in
      var start = 0
      for end in frames.ends {
        log.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        start = end
      }
    }
  }

  /// One pass over all who are behind, at most once a tick.
  private func sweep(_ loop: Loop) {
    guard news > 0 || isBehind else { return }
    if loop.now < pace.notBefore { return loop.wakeNoLaterThan(pace.notBefore) }
    let began = clinux_monotonic_nanoseconds()
    let frames = news
    news = 0
    isBehind = false
    let count = subscribers.count
    turn = count == 0 ? 0 : (turn + 1) % count  // begin each sweep elsewhere, so that nobody is always last
    for step in 0..<count {
      let place = turn + step < count ? turn + step : turn + step - count
      guard place < subscribers.count else { break }
      if !postpone(subscribers[place]) { deliver(to: subscribers[place]) }
    }
    flush()
    pace.swept(from: began, to: clinux_monotonic_nanoseconds(), frames: frames)
    if isBehind { loop.wakeNoLaterThan(pace.notBefore) }
  }

  /// Leaves a subscriber's next stretch to the batch; false when it must be delivered by itself.
  private func postpone(_ subscriber: Subscriber) -> Bool {
    guard let batch, subscribers.count >= Self.worthwhile else { return false }
    let follower = subscriber.follower
    let frames = frames(of: follower.feed)
    guard let stretch = follower.stretch(of: frames), let socket = subscriber.batchSocket else {
      return false
    }
    if batch.isFull { flush() }
    guard batch.add(stretch, to: socket) else { return false }
    postponed.append(Postponed(subscriber: subscriber.id, feed: follower.feed, start: follower.next))
    follower.postponed(to: frames.next)
    return true
  }

  private func flush() {
    batch?.flush { place, taken in
      guard let subscriber = subscriber(postponed[place].subscriber) else { return }
      let log = frames(of: postponed[place].feed)
      subscriber.follower.fellShort(from: postponed[place].start, taken: taken, of: log)
      if subscriber.follower.transport.isWritable { isBehind = true }
    }
    postponed.removeAll(keepingCapacity: true)
  }

  /// A stretch that the batch will send.
  private struct Postponed {
    let subscriber: SubscriberID
    let feed: Feed
    let start: Int64
  }

  /// Subscribers below which single sends are as cheap.
  private static let worthwhile = 16

  /// Sends a subscriber what it has not seen.
  func deliver(to subscriber: Subscriber) {
    let follower = subscriber.follower
    switch follower.deliver(from: frames(of: follower.feed), epoch: epoch, event: { events[$0] }) {
    case .caughtUp: subscriber.caughtUp()
    case .blocked: break
    case .more: isBehind = true
    case .fellOut: subscriber.fellOut()
    }
  }

  func frames(of feed: Feed) -> FrameLog {
    switch feed {
    case .hub: log
    case .dialect(let index): dialects[index]
    }
  }

  /// Does something for a subscriber after a while, if it is still there.
  func after(_ delay: Duration, for id: SubscriberID, _ action: @escaping (Subscriber) -> Void) {
    _ = loop.schedule(after: delay) { [weak self] _ in
      if let subscriber = self?.subscriber(id) { action(subscriber) }
    }
  }

  /// One timer a shard looks after all its connections, instead of one each.
  private func scheduleBeat() {
    _ = loop.schedule(after: .seconds(1)) { [weak self] _ in
      guard let self else { return }
      for subscriber in self.subscribers { subscriber.beat(now: self.loop.now) }
      self.scheduleBeat()
    }
  }
}

/// Names a subscriber of one shard, for answers that come later.
package struct SubscriberID: Hashable, Sendable {
  let number: UInt64
}
