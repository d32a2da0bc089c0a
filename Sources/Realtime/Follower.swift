import EventEngine
import Model

/// A reader of a feed: a number and a transport. It owns no events and no queue.
///
/// Whoever takes a whole feed gets contiguous stretches of the ring; whoever filters gets its frames gathered. A follower that is not
/// writable simply falls behind; what it missed is still in the ring, with the deltas of each message merged into one, or in the store.
final class Follower {
  /// What a delivery came to.
  enum Progress: Equatable {
    /// Everything there is was sent.
    case caughtUp
    /// More can be sent at once; the quota of one turn is used up.
    case more
    /// The connection takes no more; `becameWritable` will come.
    case blocked
    /// The next frame has left the ring.
    case fellOut
  }

  /// Bytes one connection may take in one turn, so that a catching-up reader does not starve the others.
  static let quota = 256 << 10
  /// The same for a connection that lags: what the kernel does not take of it waits here and can no longer be merged.
  static let lagQuota = 32 << 10
  /// Shared by all who filter nothing.
  private static let everything = [Filter(topic: .everything)]

  // The fields stand so that they leave no gaps: there are as many of these as clients.
  let transport: any Transport
  /// Those with whom it shares a cursor while it has everything; nil while it has one of its own.
  unowned var inStep: InStep?
  /// The same for those who filter.
  private(set) unowned var addressed: Addressed?
  /// While it is addressed: the end of what its client has heard of.
  private var own: Int64
  /// The number of the next frame to deliver; for the hub's feed that is an offset.
  private(set) var next: Int64 {
    get { inStep?.next ?? addressed?.next ?? own }
    set { own = newValue }
  }
  /// Which events pass: those that pass any of these.
  var filters = Follower.everything {
    willSet { leaveStep() }
    didSet {
      let takingAll = filters.filter { $0.topic == .everything && $0.types == nil }
      allFrom = (takingAll.map(\.after).min() ?? .max - 1) + 1
    }
  }
  /// From which number on every frame passes: the fast path.
  private var allFrom: Int64 = 1
  /// Frames that no filter let through since the client last heard where it stands, while it has a cursor of its own.
  private var passedBy: Int64 = 0
  /// Frames that no filter let through since the client last heard where it stands.
  var skipped: Int64 { addressed.map { $0.next - own } ?? passedBy }
  let feed: Feed
  /// While earlier events are being read from the store, live ones wait in the ring.
  var isHeld = false { didSet { if isHeld { leaveStep() } } }
  /// Whether the connection refused bytes and has not caught up since: deltas are merged for it. A foreign dialect knows no merging.
  private(set) var isLagging = false
  /// Whether the ring's frames are what the connection speaks.
  private let takesFrames: Bool
  /// Whether large frames come to it in another form.
  let takesDeflated: Bool
  /// Whether a message may hold several events.
  var takesBatches = false { didSet { leaveStep() } }

  init(feed: Feed, transport: any Transport, next: Int64) {
    self.feed = feed
    self.transport = transport
    self.takesFrames = transport.format == .webSocket
    self.takesDeflated = transport.deflateLimit > 0
    self.own = next
  }

  /// Goes on from another frame.
  func move(to next: Int64) {
    leaveStep()
    own = next
  }

  /// Goes its own way.
  func leaveStep() {
    if inStep != nil { transport.socket?.leaveGroup() }
    addressed?.leave(self)
  }

  /// Events find it from now on.
  func joined(_ addressed: Addressed) {
    own = addressed.next - passedBy
    self.addressed = addressed
  }

  /// It has to look for its events again, from a number on.
  func left(at next: Int64) {
    passedBy = max(0, next - own)
    addressed = nil
    own = next
  }

  /// Whether all it takes is about something that events name.
  var canBeAddressed: Bool {
    feed == .hub && !isHeld && !isLagging && filters.allSatisfy { $0.topic != .everything }
  }

  /// Sends those events of some that pass.
  ///
  /// - Returns: where it must go on by itself because not all could be sent; nil when it is told of everything.
  func deliver(
    _ offsets: [Int64], from log: FrameLog, epoch: String, event: (Int64) -> SharedEvent
  ) -> Int64? {
    guard let first = offsets.first, first >= log.first else { return offsets.first }
    guard transport.isWritable else {
      _ = lag()
      return first
    }
    var bytes: [UInt8] = []
    for offset in offsets {
      guard bytes.count < Self.quota else {
        write(bytes)
        return offset
      }
      let candidate = event(offset).event
      guard passes(candidate) else { continue }
      EventFormat.append(offset, of: log, candidate, epoch: epoch, for: transport, to: &bytes)
    }
    guard !bytes.isEmpty else { return nil }
    own = log.next
    return write(bytes) ? nil : log.next
  }

  /// The cursor that was shared is its own again.
  func leftStep(at next: Int64) {
    inStep = nil
    own = next
  }

  /// Sends what is new.
  ///
  /// - Parameters:
  ///   - log: the feed's frames.
  ///   - epoch: names the numbering, for ids of event streams.
  ///   - merged: what those who lag share.
  ///   - event: gives the event of a frame, for filters and event streams; only asked for the hub's feed.
  func deliver(
    from log: FrameLog, epoch: String, sharing merged: MergedStretches, event: (Int64) -> SharedEvent
  ) -> Progress {
    leaveStep()
    guard !isHeld else { return .blocked }
    guard next < log.next else {
      isLagging = false
      return .caughtUp
    }
    // Who takes nothing is not caught up either: page after page would pile up behind the socket.
    guard next >= log.first else { return transport.isWritable ? .fellOut : .blocked }
    let takesAll = next >= allFrom && takesFrames && !isLagging
    if takesAll, !deflates(in: log) { return deliverStretch(of: log) }
    guard transport.isWritable else { return lag() }
    if takesAll { return gatherDeflated(from: log) }
    return isLagging
      ? gatherMerged(from: log, epoch: epoch, sharing: merged, event: event)
      : gather(from: log, epoch: epoch, event: event)
  }

  /// Whether stretches of the ring are what it gets from now on.
  var takesStretches: Bool { !isHeld && !isLagging && takesFrames && next >= allFrom }

  /// A send beside others could not give it all of a stretch.
  func fellShort(taken: Int, of log: FrameLog) {
    if taken > 0 { queueRest(of: log, taken: taken) }
    _ = lag()
  }

  /// The same, of a message with all events up to a number.
  func fellShort(_ message: [UInt8], taken: Int, end: Int64) {
    if taken > 0 {
      transport.queue(Array(message[taken...]))
      own = end
    }
    _ = lag()
  }

  /// How it takes stretches.
  var form: StretchForm { StretchForm(batches: takesBatches, deflateLimit: transport.deflateLimit) }

  /// The straight path: one send of one contiguous stretch.
  private func deliverStretch(of log: FrameLog) -> Progress {
    let (stretch, end) = log.stretch(from: next, upTo: Self.quota)
    let taken = transport.write(stretch)
    guard taken == stretch.count else {
      if taken > 0 { queueRest(of: log, taken: taken) }
      return lag()
    }
    next = end
    return end < log.next ? .more : .caughtUp
  }

  /// Whether there is a frame ahead that the connection may get deflated.
  private func deflates(in log: FrameLog) -> Bool { takesDeflated && log.hasLarge(from: next) }

  /// The path of those who take large frames deflated, when there is one ahead: the stretch is copied together.
  private func gatherDeflated(from log: FrameLog) -> Progress {
    var bytes: [UInt8] = []
    while next < log.next, bytes.count < Self.quota {
      if let frame = EventFormat.deflated(next, of: log, for: transport) {
        bytes.append(contentsOf: frame)
      } else {
        bytes.append(contentsOf: log.frame(next))
      }
      next += 1
    }
    return put(bytes, hasMore: next < log.next)
  }

  /// The connection takes no more.
  private func lag() -> Progress {
    isLagging = feed == .hub
    return .blocked
  }

  /// A write ended inside a frame: its rest goes into the connection's queue, and the cursor stands on the next frame.
  private func queueRest(of log: FrameLog, taken: Int) {
    let cut = log.frame(holding: taken, after: next)
    let sent = taken - log.length(from: next, through: cut - 1)
    if sent > 0 {
      transport.queue(Array(log.frame(cut).dropFirst(sent)))
      next = cut + 1
    } else {
      next = cut
    }
  }

  /// The other path: frames that pass are copied together, in the transport's format, and queued if the kernel will not have them.
  private func gather(from log: FrameLog, epoch: String, event: (Int64) -> SharedEvent) -> Progress {
    var bytes: [UInt8] = []
    while next < log.next, bytes.count < Self.quota {
      let candidate = event(next).event
      if passes(candidate) {
        EventFormat.append(next, of: log, candidate, epoch: epoch, for: transport, to: &bytes)
      } else {
        passedBy += 1
      }
      next += 1
    }
    return put(bytes, hasMore: next < log.next)
  }

  /// The path of those who lag: a stretch in which the deltas of each message are one.
  private func gatherMerged(
    from log: FrameLog, epoch: String, sharing merged: MergedStretches, event: (Int64) -> SharedEvent
  ) -> Progress {
    let limit = MergedStretches.limit(from: next, head: log.next)
    let isCommon = next >= allFrom && takesFrames && !takesDeflated
    let stretch =
      isCommon
      ? merged.stretch(from: next, limit: limit) { merge(log, limit: limit, epoch: epoch, event: event) }
      : merge(log, limit: limit, epoch: epoch, event: event)
    next = stretch.end
    return put(stretch.bytes, hasMore: next < log.next)
  }

  private func merge(_ log: FrameLog, limit: Int64, epoch: String, event: (Int64) -> SharedEvent)
    -> MergedStretches.Stretch
  {
    var merger = DeltaMerger()
    var end = next
    while end < limit, merger.size < Self.lagQuota {
      let candidate = event(end)
      if passes(candidate.event) {
        merger.add(candidate.event, size: log.frame(end).count)
      } else {
        merger.skip(candidate.event)
        passedBy += 1
      }
      end += 1
    }
    var bytes: [UInt8] = []
    for item in merger.items() {
      item.append(epoch: epoch, as: transport.format, to: &bytes) { offset, bytes in
        EventFormat.append(
          offset, of: log, event(offset).event, epoch: epoch, for: transport, to: &bytes)
      }
    }
    return MergedStretches.Stretch(bytes: bytes, end: end)
  }

  private func passes(_ event: Event) -> Bool { filters.contains { $0.passes(event) } }

  private func put(_ bytes: [UInt8], hasMore: Bool) -> Progress {
    if !bytes.isEmpty {
      passedBy = 0
      guard write(bytes) else { return .blocked }
    }
    guard !hasMore else { return .more }
    isLagging = false
    return .caughtUp
  }

  /// - Returns: whether the kernel took all; the rest waits, and it lags.
  @discardableResult
  private func write(_ bytes: [UInt8]) -> Bool {
    let taken = bytes.withUnsafeBytes { transport.write($0) }
    guard taken < bytes.count else { return true }
    transport.queue(Array(bytes[taken...]))
    _ = lag()
    return false
  }

  /// The client was told where it stands.
  func marked() {
    passedBy = 0
    if let addressed { own = addressed.next }
  }
}
