package import Basics
package import Model

/// Who watches a conversation and who writes there, for all conversations of the hub. Nothing of it is stored.
///
/// Joins, leaves and typing go in as they happen; out come states, the latest of each conversation, gathered so that a burst becomes one
/// and never more than a few a second. Times are monotonic nanoseconds.
package struct PresenceMachine: Sendable {
  /// What may be shown of a conversation; each has its own frame.
  package enum Kind: String, Sendable, CaseIterable {
    case presence, typing
  }

  /// One connection as the others see it.
  package struct Member: Equatable, Sendable {
    package let connection: String
    /// The program, as its `hello` called it.
    package var client: String?
    /// The person, as the program called them.
    package var name: String?

    package init(connection: String, client: String? = nil, name: String? = nil) {
      self.connection = connection
      self.client = client
      self.name = name
    }
  }

  /// Who is there at a moment.
  package struct Present: Equatable, Sendable {
    package var count = 0
    /// In the order in which they came; nil when there are more than `PresenceMachine.listed`.
    package var members: [Member]? = []
  }

  /// A state to be shown to those who follow the conversation.
  package struct Showing: Equatable, Sendable {
    package let conversation: Identifier<Conversation>
    package let kind: Kind
    package let present: Present
  }

  /// How many are listed by name; of more, only the count is told.
  package static let listed = 32
  /// How long a change waits for others before it is shown.
  package static let gathering: UInt64 = 100_000_000
  /// Between two frames of one kind of one conversation.
  package static let interval: UInt64 = 300_000_000
  /// After which writing is over unless it was told again.
  package static let typingLife: UInt64 = 6_000_000_000

  private struct Room {
    var watching = Roster()
    var typing = Roster()
    var expiries: [String: UInt64] = [:]
    var presencePace = Pace()
    var typingPace = Pace()
  }

  private var rooms: [Identifier<Conversation>: Room] = [:]
  /// Where time changes something: a frame is due or someone writes.
  private var busy: Set<Identifier<Conversation>> = []
  /// Where each connection watches.
  private var watched: [String: Set<Identifier<Conversation>>] = [:]
  /// Where each connection writes: one place at a time.
  private var writes: [String: Identifier<Conversation>] = [:]

  package init() {}

  // MARK: facts

  /// A connection watches a conversation, or its name changed.
  package mutating func joined(_ conversation: Identifier<Conversation>, _ member: Member, now: UInt64) {
    watched[member.connection, default: []].insert(conversation)
    change(conversation) { room in
      if room.watching.put(member) { room.presencePace.changed(now) }
    }
  }

  /// A connection watches a conversation no more.
  package mutating func left(_ conversation: Identifier<Conversation>, _ connection: String, now: UInt64) {
    watched[connection]?.remove(conversation)
    if watched[connection]?.isEmpty == true { watched[connection] = nil }
    change(conversation) { room in
      if room.watching.remove(connection) { room.presencePace.changed(now) }
    }
  }

  /// A connection writes in a conversation, and so no more in another one.
  package mutating func types(in conversation: Identifier<Conversation>, _ member: Member, now: UInt64) {
    if writes[member.connection] != conversation { stopsTyping(member.connection, now: now) }
    writes[member.connection] = conversation
    change(conversation) { room in
      room.expiries[member.connection] = now + Self.typingLife
      if room.typing.put(member) { room.typingPace.changed(now) }
    }
  }

  /// A connection writes no more, wherever it did.
  package mutating func stopsTyping(_ connection: String, now: UInt64) {
    guard let conversation = writes.removeValue(forKey: connection) else { return }
    change(conversation) { room in
      room.expiries[connection] = nil
      if room.typing.remove(connection) { room.typingPace.changed(now) }
    }
  }

  /// A connection is gone.
  package mutating func gone(_ connection: String, now: UInt64) {
    stopsTyping(connection, now: now)
    for conversation in watched[connection] ?? [] { left(conversation, connection, now: now) }
  }

  // MARK: what is to be shown

  /// Whether time changes something; `showings` must then be asked now and then.
  package var isBusy: Bool { !busy.isEmpty }

  /// The states that are due.
  package mutating func showings(now: UInt64) -> [Showing] {
    var showings: [Showing] = []
    for conversation in busy {
      guard var room = rooms.removeValue(forKey: conversation) else { continue }
      for (connection, end) in room.expiries where end <= now {
        room.expiries[connection] = nil
        writes[connection] = nil
        if room.typing.remove(connection) { room.typingPace.changed(now) }
      }
      if room.presencePace.isDue(now) {
        showings.append(
          Showing(conversation: conversation, kind: .presence, present: room.watching.present))
      }
      if room.typingPace.isDue(now) {
        showings.append(Showing(conversation: conversation, kind: .typing, present: room.typing.present))
      }
      keep(room, as: conversation, now: now)
    }
    return showings
  }

  /// Who is there now, whether it was shown or not.
  package func present(in conversation: Identifier<Conversation>, _ kind: Kind) -> Present {
    guard let room = rooms[conversation] else { return Present() }
    return kind == .presence ? room.watching.present : room.typing.present
  }

  private mutating func change(
    _ conversation: Identifier<Conversation>, _ change: (inout Room) -> Void
  ) {
    change(&rooms[conversation, default: Room()])
    busy.insert(conversation)
  }

  /// An empty room is kept until its next frame could be shown, or it would forget its pace by being empty.
  private mutating func keep(_ room: Room, as conversation: Identifier<Conversation>, now: UInt64) {
    let isResting = room.presencePace.isResting(now) && room.typingPace.isResting(now)
    if isResting, room.expiries.isEmpty { busy.remove(conversation) }
    if !isResting || !room.watching.isEmpty || !room.typing.isEmpty { rooms[conversation] = room }
  }
}

/// When a state may be shown again.
private struct Pace {
  private var changedAt: UInt64?
  private var shownAt: UInt64?

  mutating func changed(_ now: UInt64) { changedAt = changedAt ?? now }

  /// Whether a frame is due; it then counts as shown.
  mutating func isDue(_ now: UInt64) -> Bool {
    guard let changedAt, now >= changedAt + PresenceMachine.gathering else { return false }
    if let shownAt, now < shownAt + PresenceMachine.interval { return false }
    self.changedAt = nil
    shownAt = now
    return true
  }

  /// Whether nothing waits and the next change may be shown without regard to the last.
  func isResting(_ now: UInt64) -> Bool {
    changedAt == nil && (shownAt.map { now >= $0 + PresenceMachine.interval } ?? true)
  }
}

/// Members in the order in which they came.
private struct Roster {
  private var members: [String: (number: UInt64, member: PresenceMachine.Member)] = [:]
  private var counter: UInt64 = 0

  var isEmpty: Bool { members.isEmpty }

  /// Returns whether anything changed.
  mutating func put(_ member: PresenceMachine.Member) -> Bool {
    if let known = members[member.connection] {
      members[member.connection]?.member = member
      return known.member != member
    }
    counter += 1
    members[member.connection] = (counter, member)
    return true
  }

  /// Returns whether it was there.
  mutating func remove(_ connection: String) -> Bool { members.removeValue(forKey: connection) != nil }

  var present: PresenceMachine.Present {
    PresenceMachine.Present(
      count: members.count,
      members: members.count > PresenceMachine.listed
        ? nil : members.values.sorted { $0.number < $1.number }.map(\.member))
  }
}
