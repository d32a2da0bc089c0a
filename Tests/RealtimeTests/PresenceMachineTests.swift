import Basics
import Model
import TestKit
import Testing

@testable import Realtime

struct PresenceMachineTests {
  private typealias Member = PresenceMachine.Member
  private static let room = Identifier<Conversation>("room")
  private static let millisecond: UInt64 = 1_000_000

  /// Lets time pass in the driver's steps; returns what was shown when.
  private static func pass(
    _ milliseconds: UInt64, from now: inout UInt64, _ machine: inout PresenceMachine
  ) -> [(at: UInt64, showing: PresenceMachine.Showing)] {
    var all: [(at: UInt64, showing: PresenceMachine.Showing)] = []
    let end = now + milliseconds * millisecond
    while now < end {
      now += 50 * millisecond
      all += machine.showings(now: now).map { (now, $0) }
    }
    return all
  }

  @Test func `a burst of joins is one frame`() {
    var (machine, now) = (PresenceMachine(), UInt64(1))
    for index in 0..<20 { machine.joined(Self.room, Member(connection: "c\(index)"), now: now) }
    let shown = Self.pass(1000, from: &now, &machine)
    #expect(shown.count == 1)
    #expect(shown.first?.showing.present.count == 20)
    #expect(shown.first?.showing.present.members?.map(\.connection) == (0..<20).map { "c\($0)" })
    #expect(!machine.isBusy)
  }

  @Test func `large rooms are counted, not listed`() {
    var (machine, now) = (PresenceMachine(), UInt64(1))
    for index in 0...PresenceMachine.listed {
      machine.joined(Self.room, Member(connection: "c\(index)"), now: now)
    }
    let shown = Self.pass(1000, from: &now, &machine)
    #expect(shown.first?.showing.present == PresenceMachine.Present(count: 33, members: nil))
    machine.left(Self.room, "c7", now: now)
    let later = Self.pass(1000, from: &now, &machine)
    #expect(later.first?.showing.present.members?.count == 32)
  }

  @Test func `a name that changes is shown, the same again is not`() {
    var (machine, now) = (PresenceMachine(), UInt64(1))
    machine.joined(Self.room, Member(connection: "c1"), now: now)
    _ = Self.pass(1000, from: &now, &machine)
    machine.joined(Self.room, Member(connection: "c1"), now: now)
    let same = Self.pass(1000, from: &now, &machine)
    machine.joined(Self.room, Member(connection: "c1", name: "Ann"), now: now)
    let changed = Self.pass(1000, from: &now, &machine)
    #expect(same.isEmpty)
    #expect(changed.map { $0.showing.present.members?.first?.name } == ["Ann"])
  }

  @Test func `writing ends by itself, by word, elsewhere and with the connection`() {
    var (machine, now) = (PresenceMachine(), UInt64(1))
    let other = Identifier<Conversation>("other")
    let member = Member(connection: "c1")
    machine.types(in: Self.room, member, now: now)
    var shown = Self.pass(4000, from: &now, &machine)
    machine.types(in: Self.room, member, now: now)  // still at it
    shown += Self.pass(4000, from: &now, &machine)
    #expect(shown.map(\.showing.present.count) == [1])
    shown = Self.pass(4000, from: &now, &machine)
    #expect(shown.map(\.showing.present.count) == [0])

    machine.types(in: Self.room, member, now: now)
    _ = Self.pass(1000, from: &now, &machine)
    machine.types(in: other, member, now: now)
    shown = Self.pass(1000, from: &now, &machine)
    #expect(
      Set(shown.map { "\($0.showing.conversation) \($0.showing.present.count)" }) == ["room 0", "other 1"])
    machine.stopsTyping("c1", now: now)
    #expect(Self.pass(1000, from: &now, &machine).map(\.showing.present.count) == [0])

    machine.types(in: Self.room, member, now: now)
    _ = Self.pass(1000, from: &now, &machine)
    machine.gone("c1", now: now)
    #expect(Self.pass(1000, from: &now, &machine).map(\.showing.present.count) == [0])
    #expect(!machine.isBusy)
  }

  /// What the machine should know, kept as simply as can be.
  private struct Truth {
    var watching: [String: [Member]] = [:]
    var typing: [String: [String: UInt64]] = [:]

    mutating func gone(_ connection: String) {
      for room in watching.keys { watching[room]?.removeAll { $0.connection == connection } }
      for room in typing.keys { typing[room]?[connection] = nil }
    }

    func present(_ room: String) -> PresenceMachine.Present {
      let members = watching[room] ?? []
      return PresenceMachine.Present(
        count: members.count, members: members.count > PresenceMachine.listed ? nil : members)
    }
  }

  @Test(arguments: 0..<10)
  func `whatever happens, the last frame tells the truth, and frames stay few`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var (machine, truth, now) = (PresenceMachine(), Truth(), UInt64(1))
    var shown: [(at: UInt64, showing: PresenceMachine.Showing)] = []
    let rooms = ["a", "b", "c"]
    for _ in 0..<4000 {
      let room = rooms[Int.random(in: 0..<3, using: &random)]
      let connection = "c\(Int.random(in: 0..<50, using: &random))"
      let name = Bool.random(using: &random) ? "Ann" : nil
      let member = Member(connection: connection, name: name)
      switch Int.random(in: 0..<12, using: &random) {
      case 0...3:
        machine.joined(Identifier(room), member, now: now)
        if let index = truth.watching[room]?.firstIndex(where: { $0.connection == connection }) {
          truth.watching[room]?[index] = member
        } else {
          truth.watching[room, default: []].append(member)
        }
      case 4, 5:
        machine.left(Identifier(room), connection, now: now)
        truth.watching[room]?.removeAll { $0.connection == connection }
      case 6, 7:
        machine.types(in: Identifier(room), member, now: now)
        for other in rooms { truth.typing[other]?[connection] = nil }
        truth.typing[room, default: [:]][connection] = now + PresenceMachine.typingLife
      case 8:
        machine.stopsTyping(connection, now: now)
        for other in rooms { truth.typing[other]?[connection] = nil }
      case 9:
        machine.gone(connection, now: now)
        truth.gone(connection)
      default:
        shown += Self.pass(UInt64.random(in: 1...40, using: &random) * 50, from: &now, &machine)
      }
    }
    shown += Self.pass(1000, from: &now, &machine)
    for room in rooms {
      let presence = shown.filter { $0.showing.conversation.text == room && $0.showing.kind == .presence }
      #expect(presence.last?.showing.present == truth.present(room))
      #expect(machine.present(in: Identifier(room), .presence) == truth.present(room))
      let writing = Set((truth.typing[room] ?? [:]).filter { $0.value > now }.keys)
      let typing = shown.filter { $0.showing.conversation.text == room && $0.showing.kind == .typing }
      #expect(Set(typing.last?.showing.present.members?.map(\.connection) ?? []) == writing)
      for frames in [presence, typing] {
        let gaps = zip(frames, frames.dropFirst()).map { $1.at - $0.at }
        #expect(gaps.allSatisfy { $0 >= PresenceMachine.interval })
      }
    }
    // When all have gone, nothing is left to be remembered.
    for index in 0..<50 { machine.gone("c\(index)", now: now) }
    _ = Self.pass(1000, from: &now, &machine)
    #expect(!machine.isBusy)
    #expect(rooms.allSatisfy { machine.present(in: Identifier($0), .presence).count == 0 })
  }
}
