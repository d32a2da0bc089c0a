import Basics
import Model

/// `hello`: names the client, learns the epoch, and resumes everything after an offset.
enum HelloCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.hello)
    _ = try command.text("token")
    let capabilities = try introduce(command, session)
    guard let position = try position(command, epoch: session.shard.epoch) else {
      let offset = session.subscriber.position
      session.reply(command.id, ok: greeting(session, capabilities, offset: offset, recovered: true))
      return session.subscriber.send(Reply.live(.everything, offset: offset))
    }
    try command.refuseIfFull(session)
    let greeting = greeting(session, capabilities, offset: 0, recovered: true)
    session.subscriber.begin(
      CatchUp(
        to: Filter(topic: .everything, after: position.known), isDefault: true, from: position,
        reply: { page, _ in
          var ok = greeting
          ok["offset"] = .integer(page.head)
          ok["recovered"] = .bool(page.recovered)
          return Reply.ok(ok, to: command.id)
        },
        refuse: { Reply.error($0, to: command.id) }))
  }

  /// Several events may come as one message, a line each.
  private static let batches = "batches"

  /// Takes who the client is and what it wants to see. Capabilities that this hub does not know are left out of the reply.
  private static func introduce(_ command: Command, _ session: Session) throws(CommandError) -> [String]? {
    let (client, name) = (try command.label("client"), try command.label("name"))
    let asked = try command.texts("capabilities")
    if client != nil || name != nil { session.attend().introduce(client: client, name: name) }
    guard let asked else { return nil }
    let kinds = asked.compactMap { PresenceMachine.Kind(rawValue: $0) }
    session.attend().want(Set(kinds))
    session.subscriber.follower.takesBatches = asked.contains(batches)
    return kinds.map(\.rawValue) + (asked.contains(batches) ? [batches] : [])
  }

  /// Offset and epoch only count together: an offset of another epoch names other events.
  private static func position(_ command: Command, epoch: String) throws(CommandError) -> CatchUp.Position? {
    guard let resume = try command.object("resume") else { return nil }
    guard let from = resume["epoch"]?.string, let offset = resume["offset"]?.integer, offset >= 0 else {
      throw command.error(
        "invalid_field", "resume must hold epoch (a string) and offset (a whole number from 0).",
        "Send the epoch of the last hello reply and the offset of the last event, live marker or ping.")
    }
    return from == epoch ? .log(after: offset, topic: .everything) : .hubSnapshot
  }

  private static func greeting(
    _ session: Session, _ capabilities: [String]?, offset: Int64, recovered: Bool
  ) -> JSONObject {
    let configuration = session.shard.hub.configuration
    var greeting: JSONObject = [
      "connection": .string(session.name), "epoch": .string(session.shard.epoch), "offset": .integer(offset),
      "recovered": .bool(recovered),
      "ping": .integer(Int64(configuration.heartbeat.interval / 1_000_000_000)),
      "limits": .object(limits(configuration)),
    ]
    greeting["capabilities"] = capabilities.map { .array($0.map { .string($0) }) }
    return greeting
  }

  /// What a client must keep to, in numbers.
  private static func limits(_ configuration: HubConfiguration) -> JSONObject {
    let inbound = configuration.inbound
    return [
      "messageBytes": .integer(Int64(inbound.messageBytes)),
      "messagesPerSecond": .integer(Int64(inbound.messagesPerSecond)),
      "bytesPerSecond": .integer(Int64(inbound.bytesPerSecond)),
      "commandsInFlight": .integer(Int64(configuration.commandsInFlight)),
      "backlogBytes": .integer(Int64(configuration.maximumBacklog)),
    ]
  }
}
