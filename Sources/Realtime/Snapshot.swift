package import Basics
import Model
import Storage

/// The newest state, for those whose position cannot be continued: what a reader needs before the live tail makes sense.
enum Snapshot {
  /// Messages that a conversation's snapshot holds at most.
  static let messages = 50

  /// `{"snapshot":{"conversation","epoch"?,"seq","messages":[…],"open":[…],"runs":[…]}}`: the newest messages, the text so far of those
  /// that are being written, the runs that are not over, and what those that wait for somebody wait with (`approvals`, when there are such).
  /// One that has branches tells them (`branches`), and the messages of all; `branch` is where its path ends.
  static func conversation(
    _ id: Identifier<Conversation>, seq: Int64, in store: ReadTransaction
  ) throws -> [UInt8] {
    let messages = try store.messages.page(of: id, limit: messages).items
    let open = try store.events.openMessages(in: id)
    let runs = try store.runs.unfinished(in: id)
    let approvals = try approvals(of: runs, in: store)
    let tree = try store.branches.selected(in: id).map { _ in try store.branches.tree(of: id) }
    return snapshot { writer in
      writer.member("conversation", id.text)
      writer.member("seq", seq)
      writer.member("messages", messages)
      writer.member("open", open)
      writer.member("runs", runs)
      if !approvals.isEmpty { writer.member("approvals", JSON.array(approvals)) }
      if let tree {
        writer.member("branch", tree.selected)
        writer.member("branches", tree.branches)
      }
    }
  }

  /// `{"snapshot":{"offset","conversations":[…],"runs":[…]}}`: the conversations that changed last, and the runs that are not over.
  static func hub(head: Int64, in store: ReadTransaction) throws -> [UInt8] {
    let conversations = try store.conversations.page().items
    let runs = try store.runs.unfinished()
    let approvals = try approvals(of: runs, in: store)
    return snapshot { writer in
      writer.member("offset", head)
      writer.member("conversations", conversations)
      writer.member("runs", runs)
      if !approvals.isEmpty { writer.member("approvals", JSON.array(approvals)) }
    }
  }

  /// `{"run","approvals":[…]}` of each run that waits for somebody, as `run.waiting` told it.
  private static func approvals(of runs: [Run], in store: ReadTransaction) throws -> [JSON] {
    try runs.filter { $0.status == .waiting }.map { run in
      let calls = try store.toolCalls.waiting(of: run.id)
      return ["run": .string(run.id.text), "approvals": .array(calls.map(\.request))]
    }
  }

  private static func snapshot(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("snapshot")
    writer.beginObject()
    members(&writer)
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }
}

extension OpenMessage: JSONWritable {
  /// Writes the text so far.
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("message", id.text)
    writer.member("run", run.text)
    if let agent {
      writer.member("agent", ["id": .string(agent.id.text), "name": .string(agent.name)] as JSON)
    }
    writer.member("text", final)
    writer.member("thought", thought)
    writer.member("seq", seq)
    writer.endObject()
  }
}
