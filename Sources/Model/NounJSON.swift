package import Basics

// The nouns as every surface shows them: REST, sockets, exports.

extension Conversation {
  /// The conversation as an object.
  package var json: JSON {
    [
      "id": .string(id.text), "title": title.map { .string($0) } ?? .null, "seq": .integer(seq),
      "createdAt": .string(createdAt.iso8601), "updatedAt": .string(updatedAt.iso8601),
    ]
  }
}

extension Message {
  /// The message as an object; what it lacks is null.
  package var json: JSON {
    [
      "id": .string(id.text), "conversation": .string(conversation.text), "seq": .integer(seq),
      "parent": .optional(parent?.text), "run": .optional(run?.text), "agent": .optional(agent?.text),
      "role": .string(role.rawValue), "type": .string(type.rawValue), "text": .string(text),
      "parts": parts ?? .null, "createdAt": .string(createdAt.iso8601),
    ]
  }
}

extension Run {
  /// The run as an object; what it lacks is null. The cost comes with the price table.
  package var json: JSON {
    [
      "id": .string(id.text), "conversation": .string(conversation.text), "agent": .string(agent.text),
      "agentName": .string(agentName), "agentVersion": .integer(Int64(agentVersion)),
      "status": .string(status.rawValue),
      "parentRun": .optional(parentRun?.text), "input": .string(input.text), "output": .string(output.text),
      "createdAt": .string(createdAt.iso8601), "startedAt": .optional(startedAt?.iso8601),
      "finishedAt": .optional(finishedAt?.iso8601), "usage": usage?.json ?? .null, "cost": .null,
      "error": error?.json ?? .null,
    ]
  }
}

extension JSON {
  /// A string, or null.
  package static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
