import Basics
import Model
import Storage

/// The newest state, for those whose position cannot be continued: what a reader needs before the live tail makes sense.
enum Snapshot {
  /// Messages that a conversation's snapshot holds at most.
  static let messages = 50

  /// `{"snapshot":{"conversation","epoch"?,"seq","messages":[…],"open":[…],"runs":[…]}}`: the newest messages, the text so far of those
  /// that are being written, and the runs that are not over.
  static func conversation(
    _ id: Identifier<Conversation>, seq: Int64, in store: ReadTransaction
  ) throws -> [UInt8] {
    let messages = try store.messages.page(of: id, limit: messages).items
    let open = try store.events.openMessages(in: id)
    let runs = try store.runs.unfinished(in: id)
    return JSON.object([
      "snapshot": [
        "conversation": .string(id.text), "seq": .integer(seq), "messages": .array(messages.map(\.json)),
        "open": .array(open.map(json)), "runs": .array(runs.map(\.json)),
      ]
    ]).bytes
  }

  /// `{"snapshot":{"offset","conversations":[…],"runs":[…]}}`: the conversations that changed last, and the runs that are not over.
  static func hub(head: Int64, in store: ReadTransaction) throws -> [UInt8] {
    let conversations = try store.conversations.page().items
    let runs = try store.runs.unfinished()
    return JSON.object([
      "snapshot": [
        "offset": .integer(head), "conversations": .array(conversations.map(\.json)),
        "runs": .array(runs.map(\.json)),
      ]
    ]).bytes
  }

  private static func json(_ open: OpenMessage) -> JSON {
    var object: JSONObject = ["message": .string(open.id.text), "run": .string(open.run.text)]
    if let agent = open.agent {
      object["agent"] = ["id": .string(agent.id.text), "name": .string(agent.name)]
    }
    object["text"] = .string(open.final)
    object["thought"] = .string(open.thought)
    object["seq"] = .integer(open.seq)
    return .object(object)
  }
}
