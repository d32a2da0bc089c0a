package import Basics

// The nouns as every surface shows them: REST, sockets, exports. What a noun lacks is null.

extension Conversation: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("title", orNull: title)
    writer.member("seq", seq)
    writer.member("createdAt", createdAt)
    writer.member("updatedAt", updatedAt)
    if let branch { writer.member("branch", branch) }
    if let forkedFrom { writer.member("forkedFrom", json: forkedFrom.json) }
    writer.endObject()
  }
}

extension ForkOrigin {
  /// `{"conversation","message"}`
  package var json: JSON { ["conversation": .string(conversation.text), "message": .string(message.text)] }
}

extension Branch: JSONWritable {
  /// Writes the branch; its positions are seqs of messages.
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    for member in members.members {
      writer.key(named: member.name)
      writer.value(member.value)
    }
    writer.member("message", message.text)
    writer.member("run", orNull: run?.text)
    writer.member("selected", isSelected)
    writer.member("createdAt", createdAt)
    writer.endObject()
  }

  /// What an event tells of the branch, which names message and run itself.
  package var members: JSONObject {
    [
      "branch": .integer(Int64(number)), "parent": .integer(Int64(parent)), "kind": .string(kind.rawValue),
      "from": .integer(from), "until": .integer(until), "before": .optional(before?.text),
    ]
  }
}

extension Message: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("conversation", conversation.text)
    writer.member("seq", seq)
    writer.member("parent", orNull: parent?.text)
    writer.member("run", orNull: run?.text)
    writer.member("agent", orNull: agent?.text)
    writer.member("role", role.rawValue)
    writer.member("type", type.rawValue)
    writer.member("text", text)
    writer.member("parts", parts ?? .null)
    if let step { writer.member("step", step) }
    if let branch { writer.member("branch", branch) }
    writer.member("createdAt", createdAt)
    writer.endObject()
  }
}

extension Run: JSONWritable {
  /// Writes the run; its cost is in US dollars.
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(into: &writer)
    writer.endObject()
  }

  /// Writes what `write` does, into the object that is open.
  package func writeMembers(into writer: inout JSONWriter) {
    writer.member("id", id.text)
    writer.member("conversation", conversation.text)
    writer.member("agent", agent.text)
    writer.member("agentName", agentName)
    writer.member("agentVersion", agentVersion)
    writer.member("status", status.rawValue)
    writer.member("parentRun", orNull: parentRun?.text)
    writer.member("step", orNull: step)
    writer.member("input", input.text)
    writer.member("output", output.text)
    if let branch { writer.member("branch", branch) }
    writer.member("createdAt", createdAt)
    writer.member("startedAt", orNull: startedAt)
    writer.member("finishedAt", orNull: finishedAt)
    writer.member("usage", usage?.json ?? .null)
    writer.member("cost", cost?.json ?? .null)
    writer.member("error", error?.json ?? .null)
    if !parameters.isEmpty { writer.member("parameters", json: .object(parameters)) }
  }
}

extension JSON {
  /// A string, or null.
  package static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
