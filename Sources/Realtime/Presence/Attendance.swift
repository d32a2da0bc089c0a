import Basics
import Model

/// One session's part in presence: who it is to others, where it watches, and what it wants to see of them.
///
/// A session that asks for nothing has none: it is neither shown nor told, and costs nothing.
final class Attendance {
  /// Commands about presence that a connection may send.
  private static let rate = Rate(5, burst: 10)

  private(set) var kinds: Set<PresenceMachine.Kind> = []
  private(set) var member: PresenceMachine.Member
  private var conversations: Set<Identifier<Conversation>> = []
  private var hasTyped = false
  private var commands = TokenBucket()
  /// The newest states that it could not be shown, oldest first.
  private var missed: [PresenceFrame] = []
  // The subscriber holds this one, and the shard holds both until the connection is gone.
  private unowned let subscriber: Subscriber
  private unowned let shard: HubShard

  init(_ session: Session) {
    subscriber = session.subscriber
    shard = session.shard
    member = PresenceMachine.Member(connection: session.name)
  }

  var id: SubscriberID { subscriber.id }

  /// Whether it watches a conversation by a subscription of its own.
  func watches(_ conversation: Identifier<Conversation>) -> Bool { conversations.contains(conversation) }

  // MARK: what the client says

  /// Takes its names, as far as they are given; those who see it see the new ones.
  func introduce(client: String?, name: String?) {
    let known = member
    member.client = client ?? member.client
    member.name = name ?? member.name
    guard member != known, isPresent else { return }
    for conversation in conversations { join(conversation) }
  }

  /// Takes which frames it wants. Who wants `presence` is present itself.
  func want(_ kinds: Set<PresenceMachine.Kind>) {
    let wasPresent = isPresent
    self.kinds = kinds
    if isPresent != wasPresent {
      for conversation in conversations { if wasPresent { leave(conversation) } else { join(conversation) } }
    }
    filtersChanged()
  }

  private var isPresent: Bool { kinds.contains(.presence) }

  /// Begins or ends its writing somewhere.
  func types(in conversation: Identifier<Conversation>, _ isTyping: Bool) {
    guard isTyping || hasTyped else { return }
    hasTyped = true
    let member = member
    shard.hub.tellPresence { machine, now in
      if isTyping {
        machine.types(in: conversation, member, now: now)
      } else {
        machine.stopsTyping(member.connection, now: now)
      }
    }
  }

  /// Milliseconds to wait before the next command about presence; nil when it may come now, and then it counts.
  func wait() -> Int? { commands.take(of: Self.rate, at: shard.now).map { Int($0 / 1_000_000) + 1 } }

  /// The connection is gone.
  func end() {
    for conversation in conversations { shard.audience.remove(self, from: conversation) }
    shard.audience.setOverseer(self, false)
    guard isPresent || hasTyped else { return }
    let connection = member.connection
    shard.hub.tellPresence { machine, now in machine.gone(connection, now: now) }
  }

  // MARK: what it follows

  /// What it follows has changed.
  func filtersChanged() {
    let topics = kinds.isEmpty ? [] : subscriber.follower.filters.map(\.topic)
    let now = Set(topics.compactMap { if case .conversation(let id) = $0 { id } else { nil } })
    for conversation in conversations.subtracting(now) {
      shard.audience.remove(self, from: conversation)
      if isPresent { leave(conversation) }
    }
    for conversation in now.subtracting(conversations) {
      shard.audience.add(self, to: conversation)
      if isPresent { join(conversation) }
    }
    conversations = now
    let seesAll = topics.contains(.everything)
    missed.removeAll { !kinds.contains($0.kind) || !(seesAll || now.contains($0.conversation)) }
    shard.audience.setOverseer(self, seesAll)
  }

  private func join(_ conversation: Identifier<Conversation>) {
    let member = member
    shard.hub.tellPresence { machine, now in machine.joined(conversation, member, now: now) }
  }

  private func leave(_ conversation: Identifier<Conversation>) {
    let connection = member.connection
    shard.hub.tellPresence { machine, now in machine.left(conversation, connection, now: now) }
  }

  // MARK: what it sees

  /// Sends a frame if it is wanted. Without room it waits, until a newer one of the same state takes its place.
  func offer(_ frame: PresenceFrame) {
    guard kinds.contains(frame.kind) else { return }
    missed.removeAll { $0.conversation == frame.conversation && $0.kind == frame.kind }
    guard !send(frame) else { return }
    if missed.count == Self.maximumMissed { missed.removeFirst() }
    missed.append(frame)
  }

  /// There is room again: sends what it still has to see.
  func offerMissed() {
    while let frame = missed.first, send(frame) { missed.removeFirst() }
  }

  /// States that wait for a client that takes nothing; beyond them the oldest is lost, and `presence` asks for it.
  private static let maximumMissed = 256

  /// False when there is no room.
  private func send(_ frame: PresenceFrame) -> Bool {
    let transport = subscriber.follower.transport
    guard !subscriber.follower.isHeld, transport.isWritable else { return false }
    let taken = frame.bytes.withUnsafeBytes { transport.write($0) }
    if taken > 0, taken < frame.bytes.count { transport.queue(Array(frame.bytes[taken...])) }
    return taken > 0
  }
}
