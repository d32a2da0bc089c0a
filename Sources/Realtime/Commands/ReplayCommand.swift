import Basics
import Model

/// `replay`: shows a stretch of a conversation's log again, to this client alone, at the pace in which it happened or another one.
enum ReplayCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    let order = try order(of: command)
    let subscriber = session.subscriber
    subscriber.replay?.task.cancel()
    subscriber.replayCount += 1
    let replay = SocketReplay(
      name: "r\(subscriber.replayCount)", loop: session.shard.outside, subscriber: subscriber.id)
    let store = session.shard.hub.store
    // Its first word to the loop comes behind the line that makes it known there.
    let task = Task { await replay.run(order, answering: command.id, in: store) }
    subscriber.replay = RunningReplay(name: replay.name, task: task)
  }

  private static func order(of command: Command) throws(CommandError) -> ReplayOrder {
    try command.allow(.replay)
    guard let conversation = try command.text("conversation") else {
      throw command.error(
        "missing_field", "replay needs conversation.",
        "Example: {\"id\":1,\"command\":\"replay\",\"conversation\":\"…\",\"pace\":2}")
    }
    var order = ReplayOrder(Identifier(conversation))
    order.from = try command.bound("from")
    order.to = try command.bound("to")
    if let pace = command.members(["pace"])["pace"] {
      guard let number = pace.number, ReplayOrder.isPace(number) else {
        throw command.error(
          "invalid_field", "pace must be 0, for at once, or a number from 0.01 to 1000, not \(pace.text).")
      }
      order.pace = number
    }
    return order
  }
}

extension Command {
  /// An end of a range: a seq, or a moment as a text; nil when missing.
  fileprivate func bound(_ name: String) throws(CommandError) -> ReplayOrder.Bound? {
    guard let value = members([name])[name] else { return nil }
    let text = value.string ?? value.integer.map { "\($0)" } ?? ""
    guard let bound = ReplayOrder.Bound(text: text) else {
      throw error(
        "invalid_field", "\(name) must be a seq or a moment like 2026-11-21T09:30:00Z, not \(value.text).")
    }
    return bound
  }
}
