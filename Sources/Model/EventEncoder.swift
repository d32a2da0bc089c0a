import Basics

/// Writes events as JSON: the one form that sockets, event streams, REST pages and exports show.
package enum EventEncoder {
  /// The body's own members as an object, the form in which the log stores them.
  package static func body(_ body: EventBody) -> [UInt8] {
    var writer = JSONWriter(capacity: 96)
    writer.beginObject()
    switch body {
    case .messageCreated(let created): members(of: created, into: &writer)
    case .messageDelta(let delta): members(of: delta, into: &writer)
    case .messageCompleted(let completed): members(of: completed, into: &writer)
    case .run(let status, let usage, let cost, let error):
      writer.member("status", status.rawValue)
      if let usage { writer.member("usage", json: usage.json) }
      if let cost { writer.member("cost", json: cost.json) }
      if let error { writer.member("error", json: error.json) }
    case .other(_, let object):
      for member in object.members {
        writer.key(named: member.name)
        writer.value(member.value)
      }
    }
    writer.endObject()
    return writer.bytes
  }

  /// The whole event.
  ///
  /// - Parameters:
  ///   - body: what `body(_:)` gave for `event.body`, or what the log stored.
  ///   - count: how many seqs a merged delta covers; 1 is not written.
  ///   - isReplay: marks an event that is shown again.
  package static func event(_ event: Event, body: [UInt8], count: Int = 1, isReplay: Bool = false) -> [UInt8]
  {
    var writer = JSONWriter(capacity: 320 + body.count)
    writer.beginObject()
    writer.member("offset", event.offset)
    if let conversation = event.conversation {
      writer.member("conversation", conversation.text)
      writer.member("seq", event.seq)
    }
    if count > 1 { writer.member("count", count) }
    writer.member("type", event.type.rawValue)
    if let run = event.run { writer.member("run", run.text) }
    if let parent = event.parentRun { writer.member("parentRun", parent.text) }
    if let step = event.step { writer.member("step", step) }
    if let agent = event.agent {
      writer.key("agent")
      writer.beginObject()
      writer.member("id", agent.id.text)
      writer.member("name", agent.name)
      writer.endObject()
    }
    if let message = event.message { writer.member("message", message.text) }
    writer.members(ofObject: body)
    writer.member("at", event.at.iso8601)
    if isReplay { writer.member("replay", true) }
    writer.endObject()
    return writer.bytes
  }

  private static func members(of created: MessageCreated, into writer: inout JSONWriter) {
    writer.member("role", created.role.rawValue)
    writer.member("messageType", created.messageType.rawValue)
    writer.member("text", created.text)
    if let parent = created.parent { writer.member("parent", parent.text) }
    if let parts = created.parts { writer.member("parts", json: parts) }
    if let branch = created.branch { writer.member("branch", branch) }
  }

  private static func members(of delta: MessageDelta, into writer: inout JSONWriter) {
    writer.member("channel", delta.channel.rawValue)
    writer.member("position", delta.position)
    writer.member("text", delta.text)
  }

  private static func members(of completed: MessageCompleted, into writer: inout JSONWriter) {
    writer.member("role", completed.role.rawValue)
    writer.member("messageType", completed.messageType.rawValue)
    writer.member("text", completed.text)
    writer.member("length", completed.length)
    writer.member("finish", completed.finish)
    if let parent = completed.parent { writer.member("parent", parent.text) }
    if let usage = completed.usage { writer.member("usage", json: usage.json) }
    if let parts = completed.parts { writer.member("parts", json: parts) }
    if let branch = completed.branch { writer.member("branch", branch) }
  }
}
