import Model

/// Those who follow some conversations, runs or agents and have everything so far, with one cursor for all of them.
///
/// Each event finds its followers by what it is about, so what one follower costs does not grow with what others are told: 500 streams
/// of 20 events a second would otherwise look at 5 million events a second. Whoever falls short leaves with the cursor in its hand.
final class Addressed {
  private let log: FrameLog
  private let left: (Subscriber, Bool) -> Void
  private var followers: [Topic: [Subscriber]] = [:]
  /// How many there are that follow a run, or an agent: most events need not be looked up for them.
  private var runs = 0
  private var agents = 0
  private var count = 0
  /// Who is to be told of which events, and in which order it is their turn.
  private var letters: [SubscriberID: [Int64]] = [:]
  private var turns: [Subscriber] = []
  /// The number of the next frame for all members.
  private(set) var next: Int64

  /// - Parameter left: told of each that leaves; true if it can be delivered to at once.
  init(log: FrameLog, left: @escaping (Subscriber, Bool) -> Void) {
    self.log = log
    self.left = left
    self.next = log.next
  }

  /// Takes in one that has everything there is; false if it cannot take part, or the others have yet to get something.
  func join(_ subscriber: Subscriber) -> Bool {
    let follower = subscriber.follower
    if count == 0 { next = log.next }
    guard follower.next == next, next == log.next, follower.canBeAddressed, subscriber.hasNothingBehind
    else { return false }
    count += 1
    for filter in follower.filters {
      followers[filter.topic, default: []].append(subscriber)
      tally(filter.topic, 1)
    }
    follower.joined(self)
    return true
  }

  /// Lets one go its own way, from the first event that it has not been told of.
  func leave(_ follower: Follower) {
    guard let subscriber = remove(follower) else { return }
    follower.left(at: letters.removeValue(forKey: subscriber.id)?.first ?? next)
    left(subscriber, false)
  }

  private func remove(_ follower: Follower) -> Subscriber? {
    var found: Subscriber?
    for filter in follower.filters {
      guard let place = followers[filter.topic]?.firstIndex(where: { $0.follower === follower }) else {
        continue
      }
      found = followers[filter.topic]?.remove(at: place)
      if followers[filter.topic]?.isEmpty == true { followers[filter.topic] = nil }
      tally(filter.topic, -1)
    }
    if found != nil { count -= 1 }
    return found
  }

  private func tally(_ topic: Topic, _ change: Int) {
    switch topic {
    case .run: runs += change
    case .agent: agents += change
    case .conversation, .everything: break
    }
  }

  /// Notes for whom an event is that has just come into the ring.
  func note(_ event: Event) {
    guard count > 0 else { return }
    if let conversation = event.conversation { note(event.offset, .conversation(conversation)) }
    if runs > 0 {
      if let run = event.run { note(event.offset, .run(run)) }
      if let parent = event.parentRun { note(event.offset, .run(parent)) }
    }
    if agents > 0, let agent = event.agent { note(event.offset, .agent(agent.id)) }
  }

  private func note(_ offset: Int64, _ topic: Topic) {
    for subscriber in followers[topic] ?? [] {
      let isFirst = letters[subscriber.id] == nil
      if isFirst { turns.append(subscriber) }
      if isFirst || letters[subscriber.id]?.last != offset {
        letters[subscriber.id, default: []].append(offset)
      }
    }
  }

  /// Tells everybody what is new for them.
  func deliver(epoch: String, event: (Int64) -> SharedEvent) {
    guard !turns.isEmpty else { return next = log.next }
    var turns: [Subscriber] = []
    var letters: [SubscriberID: [Int64]] = [:]
    swap(&turns, &self.turns)
    swap(&letters, &self.letters)
    next = log.next
    for subscriber in turns {
      // One that left and came back in between stands here twice.
      guard subscriber.follower.addressed === self,
        let offsets = letters.removeValue(forKey: subscriber.id)
      else { continue }
      guard let stop = subscriber.follower.deliver(offsets, from: log, epoch: epoch, event: event) else {
        continue
      }
      _ = remove(subscriber.follower)
      subscriber.follower.left(at: stop)
      left(subscriber, subscriber.follower.transport.isWritable)
    }
  }
}
