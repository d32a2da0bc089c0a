package import Basics
import EventEngine
package import Model
import Storage

/// One connection that follows a feed: its cursor, what it still has to read from the store, and its signs of life.
///
/// The endpoint that owns the connection tells it what happened (`becameWritable`, `closed`) and may give it a ping of its own.
package final class Subscriber {
  package let id: SubscriberID
  let follower: Follower
  /// The application's own ping, sent beside the protocol's; its argument is the offset up to which everything was sent.
  package var ping: ((Int64) -> [UInt8])?
  /// Its part in presence, told when what is followed has changed; nil until the client has a word about it.
  var attendance: Attendance?
  /// What is shown again to this connection; another one takes its place.
  var replay: RunningReplay?
  /// Replays that this connection has begun.
  var replayCount = 0
  /// Commands that are being worked on away from the loop.
  var commandsInFlight = 0
  /// Where its shard keeps it while it is not in step.
  var place: Int32 = 0
  private unowned let shard: HubShard
  private var heartbeat: Heartbeat
  private var catchUps: [CatchUp] = []
  private var isReading = false
  /// Bytes of the page or snapshot that may still wait: the hub queued them at once, so they do not make the client slow.
  private var pageBytes = 0
  /// What an endpoint without commands follows; it ends with that.
  private var conversation: Identifier<Conversation>?
  private var isClosed = false
  /// Nothing that was subscribed to: everything is followed until something is.
  private var isDefault = true
  private var endsAfter: Int64?
  private var awaitsFirstWord = false

  init(id: SubscriberID, shard: HubShard, follower: Follower, jitter: Double) {
    self.id = id
    self.shard = shard
    self.follower = follower
    self.heartbeat = Heartbeat(timing: Self.timing(of: follower, in: shard), now: shard.now, jitter: jitter)
  }

  /// An event stream's client cannot answer: its comments only keep proxies awake, and only a stall ends it.
  private static func timing(of follower: Follower, in shard: HubShard) -> Heartbeat.Timing {
    switch follower.transport.format {
    case .webSocket: shard.hub.configuration.heartbeat
    case .eventStream: Heartbeat.Timing(interval: shard.hub.configuration.keepAlive, patience: .max / 2)
    }
  }

  // MARK: what the endpoint tells

  /// The connection takes bytes again.
  package func becameWritable() {
    pageBytes = 0
    if let current = catchUps.first, current.isWaitingForRoom { readNextPage() }
    shard.deliver(to: self)
    attendance?.offerMissed()
  }

  /// The connection is gone.
  package func closed() {
    guard !isClosed else { return }
    isClosed = true
    replay?.task.cancel()
    replay = nil
    catchUps = []
    shard.remove(self)
  }

  /// Sends one message to this connection alone, and ends it when it takes nothing.
  package func send(_ json: [UInt8]) { send(json, at: nil) }

  private func send(_ json: [UInt8], at position: String?) {
    guard !isClosed else { return }
    if let position { follower.transport.send(json, at: position) } else { follower.transport.send(json) }
    let allowed = shard.hub.configuration.maximumBacklog + pageBytes
    if follower.transport.pendingBytes > allowed { close(.tooSlow) }
  }

  /// Says why and ends the connection.
  ///
  /// - Parameter retryAfterMilliseconds: when the client should come back; nil leaves that to the reason.
  package func close(_ reason: CloseReason, retryAfterMilliseconds: Int? = nil) {
    guard !isClosed else { return }
    closed()
    follower.transport.close(
      reason, retryAfterMilliseconds: retryAfterMilliseconds ?? reason.retryAfterMilliseconds)
  }

  /// Ends the connection once everything up to an offset was sent.
  package func finish(after offset: Int64) {
    endsAfter = offset
    shard.deliver(to: self)
  }

  /// A conversation is no more. A session goes on: it has other topics, and can ask for more.
  func deleted(_ conversation: Identifier<Conversation>) {
    if conversation == self.conversation { finish(after: shard.head) }
  }

  /// Whether nothing is to be done behind its next frames, so that they may go out beside those of others.
  var hasNothingBehind: Bool { endsAfter == nil && !isClosed }

  /// Everything there is was sent.
  func caughtUp() {
    markIfDue()
    guard let endsAfter, position >= endsAfter, !isClosed else { return }
    closed()
    follower.transport.finish()
  }

  /// Events that may pass by a filtered connection before it is told where it stands. Otherwise one that comes back after a long silence
  /// would have all of them looked through again.
  private static let unmarkedEvents: Int64 = 1000

  private func markIfDue() {
    guard follower.skipped >= Self.unmarkedEvents else { return }
    follower.marked()
    if let ping { send(ping(position)) }
  }

  /// Holds events back for a moment, in which a client that resumes can say so before it sees anything. One that says nothing misses
  /// nothing: its cursor stands where it came.
  func awaitFirstWord() {
    awaitsFirstWord = true
    follower.isHeld = true
    shard.after(shard.hub.configuration.firstWordPatience, for: id) { $0.endFirstWord() }
  }

  /// The client has spoken, or had its time.
  func endFirstWord() {
    guard awaitsFirstWord else { return }
    awaitsFirstWord = false
    if catchUps.isEmpty { release() }
  }

  // MARK: subscriptions

  /// Follows what a filter lets through, for endpoints without commands: first what a conversation's log holds after a seq, then the
  /// live tail. A position of another epoch, or one ahead of the log, begins with a snapshot instead. The deletion of the conversation
  /// is the last event, and ends the connection.
  ///
  /// - Parameters:
  ///   - filter: the conversation itself, or a run in it.
  ///   - epoch: what the position was given out with; nil counts as the present one.
  package func follow(
    _ filter: Filter, in conversation: Identifier<Conversation>, after seq: Int64, epoch: String?
  ) {
    self.conversation = conversation
    let isProvable = epoch.map { $0 == shard.epoch } ?? true
    begin(
      CatchUp(
        to: filter, from: isProvable ? .conversation(conversation, after: seq) : .snapshot(conversation)))
  }

  /// Starts a subscription: what was missed first, then the live tail.
  func begin(_ catchUp: CatchUp) {
    catchUps.append(catchUp)
    follower.isHeld = true
    if catchUps.count == 1 { readNextPage() }
  }

  /// Where what is yet to come begins: everything up to here was delivered, or was before the client's time.
  var position: Int64 { follower.next - 1 }

  /// Starts a subscription with what comes next.
  func begin(live filter: Filter) {
    _ = abandon(filter.topic)
    add(filter)
  }

  private func add(_ filter: Filter, asDefault: Bool = false) {
    let others = isDefault ? [] : follower.filters.filter { $0.topic != filter.topic }
    follower.filters = others + [filter]
    isDefault = isDefault && asDefault
    attendance?.filtersChanged()
  }

  /// Whether no further subscription is taken: each one makes every event dearer.
  var hasAllSubscriptions: Bool { follower.filters.count + catchUps.count >= Self.maximumSubscriptions }
  private static let maximumSubscriptions = 256

  /// Ends the subscription to a topic; false when there was none.
  func unsubscribe(_ topic: Topic) -> Bool {
    let wasPending = abandon(topic)
    guard !isDefault, let index = follower.filters.firstIndex(where: { $0.topic == topic }) else {
      return wasPending
    }
    follower.filters.remove(at: index)
    attendance?.filtersChanged()
    return true
  }

  /// Gives up what is still to be read for a topic; false when there is nothing.
  private func abandon(_ topic: Topic) -> Bool {
    var isFound = false
    for index in catchUps.indices where catchUps[index].abandon(topic) { isFound = true }
    return isFound
  }

  /// The ring has moved past the cursor: the store has what was missed. Too much of it is told as the state that it led to.
  func fellOut() {
    guard case .hub = follower.feed else { return close(.tooSlow) }
    let topics = Set(follower.filters.map(\.topic))
    let isFar = shard.head - position > shard.hub.configuration.maximumLag
    begin(isFar ? CatchUp(resetting: topics) : CatchUp(laggingFrom: position, in: topics))
  }

  private func readNextPage() {
    guard let current = catchUps.first, !isReading, !isClosed else { return }
    catchUps[0].isWaitingForRoom = false
    if let page = pageOfRing(for: current) { return deliver(page) }
    isReading = true
    let position = current.position
    let id = id
    let outside = shard.outside
    let store = shard.hub.store
    Task(executorPreference: outside) {
      let page: Result<CatchUp.Page, any Error>
      do {
        page = .success(try await store.read { try CatchUp.page(at: position, in: $0) })
      } catch {
        page = .failure(error)
      }
      outside.submit { loop in loop[HubShard.key]?.subscriber(id)?.received(page) }
    }
  }

  /// When a crowd comes back at once, the ring has what all of them missed.
  private func pageOfRing(for current: CatchUp) -> CatchUp.Page? {
    guard case .subscription = current.goal, case .hub = follower.feed else { return nil }
    return CatchUp.page(at: current.position, through: position, in: shard.frames(of: .hub))
  }

  private func received(_ result: Result<CatchUp.Page, any Error>) {
    isReading = false
    guard !isClosed, !catchUps.isEmpty else { return }
    switch result {
    case .failure(let error): failed(error)
    case .success(let page): deliver(page)
    }
  }

  private func failed(_ error: any Error) {
    let current = catchUps.removeFirst()
    if let refuse = current.refuse {
      send(refuse(error))
      proceed()
    } else if case StoreError.notFound = error {
      // Deleted between two pages: a session goes on with its other topics, a stream of nothing else ends.
      if conversation != nil { finish(after: shard.head) }
      proceed()
    } else {
      close(.serverError)
    }
  }

  private func deliver(_ page: CatchUp.Page) {
    guard !catchUps[0].isAbandoned else {
      if let refuse = catchUps[0].refuse { send(refuse(CommandError.superseded)) }
      return finish()
    }
    var page = page
    let filters: [Filter]
    let isLag: Bool
    switch catchUps[0].goal {
    case .subscription(let filter, _):
      filters = [filter]
      isLag = false
      page = page.cut(behind: position)
    case .lag:
      filters = follower.filters
      isLag = true
      follower.move(to: (page.next == nil ? page.head : page.events.last?.header.offset ?? position) + 1)
    }
    if let reply = catchUps[0].takeReply(for: page, epoch: shard.epoch) { send(reply) }
    catchUps[0].advance(over: page)
    guard
      let bytes = try? CatchUp.bytes(
        of: page, passing: filters, merging: isLag, epoch: shard.epoch, for: follower.transport,
        sharing: shard.frames(of: .hub), shard.events)
    else { return close(.serverError) }
    pageBytes = page.snapshots.reduce(bytes.count) { $0 + $1.count }
    for snapshot in page.snapshots { send(snapshot, at: catchUps[0].position(in: shard.epoch)) }
    if !bytes.isEmpty { follower.transport.queue(bytes) }
    guard !isClosed else { return }
    guard let next = page.next else { return finish() }
    catchUps[0].position = next
    readNextPageInTurn()
  }

  private func finish() {
    guard !isClosed else { return }
    let done = catchUps.removeFirst()
    if !done.isAbandoned {
      if case .subscription(let filter, let isDefault) = done.goal { add(filter, asDefault: isDefault) }
      if let marker = done.liveMarker(offset: position) { send(marker, at: done.position(in: shard.epoch)) }
    }
    proceed()
  }

  private func proceed() {
    guard !isClosed else { return }
    if catchUps.isEmpty { release() } else { readNextPageInTurn() }
  }

  private func release() {
    guard !isClosed, !awaitsFirstWord else { return }
    follower.isHeld = false
    shard.deliver(to: self)
    attendance?.offerMissed()
  }

  /// Reads on at once, or when the connection took what waits.
  private func readNextPageInTurn() {
    if follower.transport.isWritable { readNextPage() } else { catchUps[0].isWaitingForRoom = true }
  }

  // MARK: life

  /// Once a second: pings, and an end for those that are dead or take nothing.
  func beat(now: UInt64) {
    let transport = follower.transport
    markIfDue()
    if isClosed { return }
    let isStuck = !transport.isWritable
    if isStuck, now > transport.lastProgress + shard.hub.configuration.stallTimeout { return close(.stalled) }
    switch heartbeat.tick(
      now: now, timing: Self.timing(of: follower, in: shard), lastHeard: transport.lastHeard,
      canAnswer: !isStuck)
    {
    case .nothing: break
    case .ping:
      // A position that a client may resume from must not be ahead of what it was sent.
      if let ping, !follower.isHeld { send(ping(position)) }
      transport.probe()
    case .giveUp: close(.noPong)
    }
  }
}
