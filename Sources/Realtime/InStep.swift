import EventEngine
import Wire

/// Those who take a whole feed and have all of it so far, with one cursor for all of them.
///
/// Where most subscribers are most of the time: a sweep sends them one stretch of the ring and touches none of them. Whoever falls short, or
/// has something to do of its own, leaves with the cursor in its hand, and comes back when it has caught up.
final class InStep {
  private let log: FrameLog
  private let group: SendGroup
  private let form: StretchForm
  /// What is being sent, when it is not the ring's frames.
  private var batch: (frame: [UInt8], end: Int64)?
  private var members: [Subscriber] = []
  /// The number of the next frame for all members.
  private(set) var next: Int64

  /// Makes an empty one, at the end of a feed.
  ///
  /// - Parameters:
  ///   - form: how all of its members take a stretch.
  ///   - left: told of each that leaves; true if it can be delivered to at once.
  init(log: FrameLog, ring: SendRing?, form: StretchForm, left: @escaping (Subscriber, Bool) -> Void) {
    self.log = log
    self.form = form
    self.group = SendGroup(ring: ring)
    self.next = log.next
    group.left = { [unowned self] place, taken in leave(place, taken: taken, left) }
  }

  deinit { for subscriber in members { subscriber.follower.leftStep(at: next) } }

  /// Takes in one that has everything there is; false if it cannot take part, or the others have yet to get something.
  func join(_ subscriber: Subscriber) -> Bool {
    let follower = subscriber.follower
    if members.isEmpty { next = log.next }
    guard follower.next == next, next == log.next, follower.takesStretches, subscriber.hasNothingBehind,
      let socket = follower.transport.socket, group.join(socket)
    else { return false }
    members.append(subscriber)
    follower.inStep = self
    return true
  }

  /// Sends all members what is new, as far as one turn goes; true if there is more.
  func deliver() -> Bool {
    guard !members.isEmpty, next < log.next else { return false }
    // Larger than the ring, or not in one form for all: each gets it by itself.
    if next < log.first || form == .largeDeflated && log.hasLarge(from: next) { return dissolve() }
    let (stretch, end) = log.stretch(from: next, upTo: Follower.quota)
    if let frame = batched(through: end) {
      batch = (frame, end)
      frame.withUnsafeBytes { group.send($0) }
      batch = nil
    } else {
      group.send(stretch)
    }
    next = end
    return end < log.next
  }

  /// The message that holds the events up to one, a line each; nil when they go as the ring has them.
  private func batched(through end: Int64) -> [UInt8]? {
    let isWorthIt = end - next > 1 || form == .deflatedBatches && log.hasLarge(from: next)
    guard form.isBatched, isWorthIt, let transport = members.first?.follower.transport else { return nil }
    var text: [UInt8] = []
    for number in next..<end {
      if number > next { text.append(UInt8(ascii: "\n")) }
      text.append(contentsOf: EventFormat.json(ofWebSocketFrame: log.frame(number)))
    }
    let deflated = form == .deflatedBatches ? text.withUnsafeBytes { transport.deflated($0) } : nil
    return deflated ?? WebSocketFrame.text(text)
  }

  /// Lets all go their own way.
  private func dissolve() -> Bool {
    while !members.isEmpty { group.leave(members.count - 1) }
    return false
  }

  private func leave(_ place: Int, taken: Int?, _ left: (Subscriber, Bool) -> Void) {
    let last = members.removeLast()
    let subscriber = place < members.count ? members[place] : last
    if place < members.count { members[place] = last }
    subscriber.follower.leftStep(at: next)
    if let taken { fellShort(subscriber.follower, taken: taken) }
    left(subscriber, taken != nil && subscriber.follower.transport.isWritable)
  }

  private func fellShort(_ follower: Follower, taken: Int) {
    guard let batch else { return follower.fellShort(taken: taken, of: log) }
    follower.fellShort(batch.frame, taken: taken, end: batch.end)
  }
}
