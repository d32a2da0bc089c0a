import Basics
import Model

/// `hello`: names the client, learns the epoch, and resumes everything after an offset.
enum HelloCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow("token", "client", "resume")
    _ = try command.text("token")
    _ = try command.text("client")
    let filter = Filter(topic: .everything)
    session.subscriber.begin(
      CatchUp(
        to: filter, from: try position(command, epoch: session.shard.epoch),
        reply: reply(command, session),
        refuse: { Reply.error($0, to: command.id) }))
  }

  /// Offset and epoch only count together: an offset of another epoch names other events.
  private static func position(_ command: Command, epoch: String) throws(CommandError) -> CatchUp.Position {
    guard let resume = try command.object("resume") else { return .head(.everything) }
    guard let from = resume["epoch"]?.string, let offset = resume["offset"]?.integer, offset >= 0 else {
      throw command.error(
        "invalid_field", "resume must hold epoch (a string) and offset (a whole number from 0).",
        "Send what the last hello reply or ping said.")
    }
    return from == epoch ? .log(after: offset, topic: .everything) : .hubSnapshot
  }

  private static func reply(_ command: Command, _ session: Session) -> (CatchUp.Page, String) -> [UInt8] {
    let configuration = session.shard.hub.configuration
    let name = session.name
    return { page, epoch in
      Reply.ok(
        [
          "connection": .string(name), "epoch": .string(epoch), "offset": .integer(page.head),
          "recovered": .bool(page.recovered),
          "ping": .integer(Int64(configuration.heartbeat.interval / 1_000_000_000)),
          "limits": ["backlogBytes": .integer(Int64(configuration.maximumBacklog))],
        ], to: command.id)
    }
  }
}
