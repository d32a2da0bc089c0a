import Basics
import Model

// An agent as the REST surface shows it. Keys in its config are always masked.

extension Agent {
  /// The whole agent: `config` is an object, `version` is what `If-Match` asks for.
  var json: JSON {
    var object = content(config: config.map { .object(SecretFields.masked($0)) } ?? .null)
    object["version"] = .integer(Int64(version))
    return .object(object)
  }

  /// The raw row of `POST /api/agents`: `config` is JSON in a string, as the Agent Nexus pages know it.
  var rowJSON: JSON {
    .object(content(config: config.map { .string(JSON.object(SecretFields.masked($0)).text) } ?? .null))
  }

  /// A line of `GET /api/agents`, with the names that the Agent Nexus pages read.
  var nexusJSON: JSON {
    [
      "id": .string(id.text), "identityName": .string(name), "identityEmoji": .string(emoji),
      "workspace": .string(workspace), "model": .string(model), "provider": .string(provider),
      "description": .optional(description), "status": .string(status.rawValue),
    ]
  }

  private func content(config: JSON) -> JSONObject {
    [
      "id": .string(id.text), "name": .string(name), "description": .optional(description),
      "provider": .string(provider), "model": .string(model), "emoji": .string(emoji),
      "workspace": .string(workspace), "status": .string(status.rawValue), "config": config,
      "createdAt": .string(createdAt.iso8601), "updatedAt": .string(updatedAt.iso8601),
    ]
  }
}
