import Model

/// A reader of a feed: a number and a transport. It owns no events and no queue.
///
/// Whoever takes a whole feed gets contiguous stretches of the ring; whoever filters gets its frames gathered. A follower that is not
/// writable simply falls behind; what it missed is still in the ring, or in the store.
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
  /// Shared by all who filter nothing.
  private static let everything = [Filter(topic: .everything)]

  let feed: Feed
  let transport: any Transport
  // The run-time checks for overlapping access are taken off the three words that every send looks at: they live on one thread, and
  // nothing holds them across a call.
  /// The number of the next frame to deliver; for the hub's feed that is an offset.
  @exclusivity(unchecked) var next: Int64
  /// Which events pass: those that pass any of these.
  var filters = Follower.everything {
    didSet {
      let takingAll = filters.filter { $0.topic == .everything && $0.types == nil }
      allFrom = (takingAll.map(\.after).min() ?? .max - 1) + 1
    }
  }
  /// From which number on every frame passes: the fast path.
  @exclusivity(unchecked) private var allFrom: Int64 = 1
  /// While earlier events are being read from the store, live ones wait in the ring.
  @exclusivity(unchecked) var isHeld = false
  /// Whether the ring's frames are what the connection speaks.
  private let takesFrames: Bool

  init(feed: Feed, transport: any Transport, next: Int64) {
    self.feed = feed
    self.transport = transport
    self.takesFrames = transport.format == .webSocket
    self.next = next
  }

  /// Sends what is new.
  ///
  /// - Parameters:
  ///   - log: the feed's frames.
  ///   - event: gives the event of a frame, for filters and event streams; only asked for the hub's feed.
  ///   - epoch: names the numbering, for ids of event streams.
  func deliver(from log: FrameLog, epoch: String, event: (Int64) -> Event) -> Progress {
    guard !isHeld else { return .blocked }
    guard next < log.next else { return .caughtUp }
    // Who takes nothing is not caught up either: page after page would pile up behind the socket.
    guard next >= log.first else { return transport.isWritable ? .fellOut : .blocked }
    if next >= allFrom, takesFrames { return deliverStretch(of: log) }
    guard transport.isWritable else { return .blocked }
    return gather(from: log, epoch: epoch, event: event)
  }

  /// The hot path: one send of one contiguous stretch.
  private func deliverStretch(of log: FrameLog) -> Progress {
    var stretch = log.frames(from: next)
    let isCut = stretch.count > Self.quota
    if isCut {
      let last = max(next, log.frame(holding: Self.quota, after: next) - 1)
      stretch = UnsafeRawBufferPointer(rebasing: stretch[..<log.length(from: next, through: last)])
    }
    let taken = transport.write(stretch)
    if taken == stretch.count {
      next = isCut ? log.frame(holding: taken, after: next) : log.next
      return isCut ? .more : .caughtUp
    }
    guard taken > 0 else { return .blocked }
    queueRest(of: log, taken: taken)
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
  private func gather(from log: FrameLog, epoch: String, event: (Int64) -> Event) -> Progress {
    var bytes: [UInt8] = []
    while next < log.next, bytes.count < Self.quota {
      let candidate = event(next)
      if filters.contains(where: { $0.passes(candidate) }) {
        EventFormat.append(
          webSocketFrame: log.frame(next), of: candidate, epoch: epoch, as: transport.format, to: &bytes)
      }
      next += 1
    }
    guard !bytes.isEmpty else { return .caughtUp }
    let taken = bytes.withUnsafeBytes { transport.write($0) }
    if taken < bytes.count {
      transport.queue(Array(bytes[taken...]))
      return .blocked
    }
    return next < log.next ? .more : .caughtUp
  }
}
