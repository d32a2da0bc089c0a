import Basics
import Model

/// `subscribe`: follows a topic, first what came after a position.
enum SubscribeCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.subscribe)
    let topic = try TopicField.topic(of: command)
    var filter = Filter(topic: topic, types: try command.types("types"))
    try command.refuseIfFull(session)
    guard let position = try position(command, topic, epoch: session.shard.epoch) else {
      session.subscriber.begin(live: filter)
      session.reply(command.id, ok: live(topic, session))
      return session.subscriber.send(Reply.live(topic, offset: session.subscriber.position))
    }
    filter.after = position.known
    session.subscriber.begin(
      CatchUp(
        to: filter, from: position,
        reply: { page, epoch in reply(to: command, topic, page, epoch) },
        refuse: { Reply.error($0, to: command.id) }))
  }

  /// A conversation without a provable position begins with a snapshot; the other topics with what comes next.
  private static func position(
    _ command: Command, _ topic: Topic, epoch current: String
  ) throws(CommandError) -> CatchUp.Position? {
    let after = try command.position("after")
    let isProvable = try command.text("epoch").map { $0 == current } ?? true
    switch (topic, after) {
    case (.conversation(let id), let after?) where isProvable: return .conversation(id, after: after)
    case (.conversation(let id), _): return .snapshot(id)
    case (_, let after?) where isProvable: return .log(after: after, topic: topic)
    case (_, nil): return nil
    default: return .hubSnapshot
    }
  }

  private static func live(_ topic: Topic, _ session: Session) -> JSONObject {
    var ok = JSONObject()
    if let (name, id) = topic.named { ok[name] = .string(id) }
    ok["epoch"] = .string(session.shard.epoch)
    ok["offset"] = .integer(session.subscriber.position)
    ok["recovered"] = true
    return ok
  }

  private static func reply(to command: Command, _ topic: Topic, _ page: CatchUp.Page, _ epoch: String)
    -> [UInt8]
  {
    var ok = JSONObject()
    if let (name, id) = topic.named { ok[name] = .string(id) }
    ok["epoch"] = .string(epoch)
    if let seq = page.seq { ok["seq"] = .integer(seq) } else { ok["offset"] = .integer(page.head) }
    ok["recovered"] = .bool(page.recovered)
    return Reply.ok(ok, to: command.id)
  }
}

/// `unsubscribe`: ends the subscription to a topic; the last one leaves silence, not everything.
enum UnsubscribeCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.unsubscribe)
    let topic = try TopicField.topic(of: command)
    guard session.subscriber.unsubscribe(topic) else {
      throw command.error(
        "not_subscribed", "There is no subscription to this topic.",
        "A connection that never subscribed gets everything; subscribe to something else to end that.")
    }
    var ok = JSONObject()
    if let (name, id) = topic.named { ok[name] = .string(id) }
    session.reply(command.id, ok: ok)
  }
}

extension Command {
  /// Refuses one more subscription when the connection has all that it may have.
  func refuseIfFull(_ session: Session) throws(CommandError) {
    guard session.subscriber.hasAllSubscriptions else { return }
    throw error(
      "too_many_subscriptions", "This connection has too many subscriptions.",
      "Unsubscribe from some, or subscribe to everything.")
  }
}

/// The fields that name a topic.
enum TopicField {
  static func topic(of command: Command) throws(CommandError) -> Topic {
    var topics: [Topic] = []
    if let id = try command.text("conversation") { topics.append(.conversation(Identifier(id))) }
    if let id = try command.text("run") { topics.append(.run(Identifier(id))) }
    if let id = try command.text("agent") { topics.append(.agent(Identifier(id))) }
    guard topics.count <= 1 else {
      throw command.error(
        "invalid_field", "Name one of conversation, run and agent.", "Subscribe once for each topic.")
    }
    return topics.first ?? .everything
  }
}
