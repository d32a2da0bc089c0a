import Basics
import EventEngine
import Model

/// Runs the hub's presence on one loop, whose mailbox is the only way in: facts of all loops come here, and what is to be shown goes back to
/// all of them.
final class PresenceDriver {
  private static let key = LoopLocal<PresenceDriver>()
  /// How often is looked whether something is due, while something changes at all.
  private static let pause = Duration.milliseconds(50)

  private var machine = PresenceMachine()
  private let loops: [EventLoop]
  private var isTicking = false

  private init(_ loops: [EventLoop]) { self.loops = loops }

  /// The driver of a hub, on the hub's first loop.
  static func driver(on loop: Loop, of hub: Hub) -> PresenceDriver {
    if let known = loop[key] { return known }
    let made = PresenceDriver(hub.loops)
    loop[key] = made
    return made
  }

  /// Takes facts, and asks.
  func tell<Answer>(on loop: Loop, _ fact: (inout PresenceMachine, UInt64) -> Answer) -> Answer {
    defer { tickSoon(on: loop) }
    return fact(&machine, loop.now)
  }

  private func tickSoon(on loop: Loop) {
    guard machine.isBusy, !isTicking else { return }
    isTicking = true
    loop.schedule(after: Self.pause) { [self] loop in
      isTicking = false
      show(machine.showings(now: loop.now).map { PresenceFrame($0, at: loop.wallTime) })
      tickSoon(on: loop)
    }
  }

  private func show(_ frames: [PresenceFrame]) {
    guard !frames.isEmpty else { return }
    for loop in loops { loop.submit { inside in inside[HubShard.key]?.audience.show(frames) } }
  }
}

extension Hub {
  /// Tells the one who keeps presence; from one loop, facts arrive in order.
  func tellPresence(_ fact: @escaping @Sendable (inout PresenceMachine, UInt64) -> Void) {
    loops[0].submit { [self] loop in PresenceDriver.driver(on: loop, of: self).tell(on: loop, fact) }
  }

  /// Who watches a conversation now, and who writes there.
  func presence(
    in conversation: Identifier<Conversation>
  ) async -> (watching: PresenceMachine.Present, typing: PresenceMachine.Present) {
    await withCheckedContinuation { answer in
      loops[0].submit { [self] loop in
        answer.resume(
          returning: PresenceDriver.driver(on: loop, of: self).tell(on: loop) { machine, _ in
            (machine.present(in: conversation, .presence), machine.present(in: conversation, .typing))
          })
      }
    }
  }
}
