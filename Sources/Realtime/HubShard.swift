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
  private(set) var events: EventRing
  private let merged = MergedStretches()
  private let dialects: [FrameLog]
  private var table = SubscriberTable()
  /// Those who are in step, by feed and form.
  private var inStep: [InStep] = []
  /// Those who filter and have everything.
  private var addressed: Addressed?
  /// All others.
  private var apart: [Subscriber] = []
  /// Those of them who have everything now.
  private var rejoining: [Subscriber] = []
  /// Who asked for presence or typing on this loop.
  let audience = PresenceAudience()
  /// Frames that came since the last sweep.
  private var news = 0
  private var isBehind = false
  private var pace: SweepPace
  private var turn = 0

  init(hub: Hub, loop: Loop, head: Int64, dialects: Int) throws {
    self.hub = hub
    self.loop = loop
    self.outside = loop.outside
    self.epoch = hub.store.epoch
    let limits = hub.configuration.log
    self.pace = SweepPace(longestTick: hub.configuration.longestTick)
    let largeFrom = hub.configuration.deflatesFrom
    self.log = try FrameLog(next: head + 1, limits: limits, largeFrom: largeFrom)
    self.events = EventRing(capacity: limits.frames)
    self.dialects = try (0..<dialects).map { _ in
      try FrameLog(next: 1, limits: limits, largeFrom: largeFrom)
    }
    let ring = hub.configuration.batchesSends ? SendRing() : nil
    self.inStep = ([log] + self.dialects).flatMap { log in
      StretchForm.allCases.map { form in
        InStep(log: log, ring: ring, form: form) { [unowned self] in wentApart($0, isReady: $1) }
      }
    }
    self.addressed = Addressed(log: log) { [unowned self] in wentApart($0, isReady: $1) }
    loop.atTickEnd { [weak self] loop in self?.sweep(loop) }
    scheduleBeat()
  }

  /// Names the numbering of the log.
  package let epoch: String
  /// The hub's newest offset that this loop knows.
  package var head: Int64 { log.next - 1 }
  /// The oldest offset whose frame is still here; the next one's when there is none.
  var oldestFrame: Int64 { log.first }
  /// Monotonic nanoseconds, as the loop last read them.
  package var now: UInt64 { loop.now }
  /// The wall clock, as the loop last read it.
  package var wallTime: Timestamp { loop.wallTime }
  /// How many connections follow on this loop.
  package var subscriberCount: Int { table.count }
  /// Those connections; who comes or goes meanwhile changes nothing.
  var subscribers: [Subscriber] { table.all }

  /// Lets a connection follow a feed from now on.
  package func subscribe(_ transport: any Transport, to feed: Feed) -> Subscriber {
    let subscriber = table.insert { id in
      Subscriber(
        id: id, shard: self,
        follower: Follower(feed: feed, transport: transport, next: frames(of: feed).next),
        jitter: Heartbeat.jitter(ofConnection: UInt64(id.generation)))
    }
    putApart(subscriber)
    return subscriber
  }

  /// Forgets a connection that is gone.
  package func remove(_ subscriber: Subscriber) {
    guard table.remove(subscriber.id) else { return }
    subscriber.follower.leaveStep()
    takeFromApart(subscriber)
    isBehind = true  // whoever takes the free place may be skipped by the sweep that is under way
  }

  /// The subscriber that a late answer is for, if it is still there.
  package func subscriber(_ id: SubscriberID) -> Subscriber? { table[id] }

  private func putApart(_ subscriber: Subscriber) {
    subscriber.place = Int32(truncatingIfNeeded: apart.count)
    apart.append(subscriber)
  }

  private func takeFromApart(_ subscriber: Subscriber) {
    let last = apart.removeLast()
    guard last !== subscriber else { return }
    apart[Int(subscriber.place)] = last
    last.place = subscriber.place
  }

  /// One that was in step has its own cursor again.
  private func wentApart(_ subscriber: Subscriber, isReady: Bool) {
    putApart(subscriber)
    if isReady { isBehind = true }
  }

  /// Takes a commit's frames.
  func append(_ batch: FrameBatch) {
    Self.append(batch.hub, to: log)
    for event in batch.events {
      events.append(event)
      addressed?.note(event.event)
    }
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
    for members in inStep where members.deliver() { isBehind = true }
    addressed?.deliver(epoch: epoch) { events[$0] }
    sweepApart()
    pace.swept(from: began, to: clinux_monotonic_nanoseconds(), frames: frames)
    if isBehind { loop.wakeNoLaterThan(pace.notBefore) }
  }

  private func sweepApart() {
    let count = apart.count
    turn = count == 0 ? 0 : (turn + 1) % count  // begin each sweep elsewhere, so that nobody is always last
    for step in 0..<count {
      let place = turn + step < count ? turn + step : turn + step - count
      guard place < apart.count else { break }
      send(to: apart[place])
    }
    rejoin()
  }

  /// Sends a subscriber what it has not seen.
  func deliver(to subscriber: Subscriber) {
    subscriber.follower.leaveStep()
    send(to: subscriber)
    rejoin()
  }

  private func send(to subscriber: Subscriber) {
    let follower = subscriber.follower
    let progress = follower.deliver(
      from: frames(of: follower.feed), epoch: epoch, sharing: merged, event: { events[$0] })
    switch progress {
    case .caughtUp:
      subscriber.caughtUp()
      if follower.takesStretches || follower.canBeAddressed { rejoining.append(subscriber) }
    case .blocked: break
    case .more: isBehind = true
    case .fellOut: subscriber.fellOut()
    }
  }

  /// Lets those go in step again who have everything; not while all are passed over.
  private func rejoin() {
    for subscriber in rejoining where table[subscriber.id] != nil {
      let follower = subscriber.follower
      let isTaken =
        follower.takesStretches
        ? inStep[place(of: follower)].join(subscriber) : addressed?.join(subscriber) ?? false
      if isTaken { takeFromApart(subscriber) }
    }
    rejoining.removeAll(keepingCapacity: true)
  }

  private func place(of follower: Follower) -> Int {
    let feed =
      switch follower.feed {
      case .hub: 0
      case .dialect(let index): index + 1
      }
    return feed * StretchForm.allCases.count + follower.form.rawValue
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
