package import Basics

// Calls of tools as events and surfaces show them. `call` is the call's number in its run, `id` is the model's own name for it.

extension ToolCallRecord {
  /// Bytes of arguments and of results that an event shows; whoever wants all of them reads the run.
  package static let shownBytes = 4096

  /// What its events say beside who and where; milliseconds count from its start.
  package var eventBody: EventBody {
    var members = head
    if status == .running {
      members["arguments"] = Self.shown(arguments)
      return .other(.toolStarted, members)
    }
    if let startedAt, let finishedAt {
      members["ms"] = .integer(finishedAt.milliseconds - startedAt.milliseconds)
    }
    members["error"] = error?.json
    if let result {
      let text = result.text
      let shown = text.prefix(utf8Count: Self.shownBytes)
      members["result"] = .string(shown)
      members["resultBytes"] = resultBytes.map { .integer(Int64($0)) }
      if shown.utf8.count < text.utf8.count { members["cut"] = true }
    }
    return .other(status == .completed ? .toolCompleted : .toolFailed, members)
  }

  /// The call as those see it who have to agree to it: whole, since nobody should agree to what is not shown.
  package var request: JSON {
    var members = head
    members["arguments"] = arguments
    return .object(members)
  }

  /// The whole call, as `GET /api/runs/{id}` shows it.
  package var json: JSON {
    var members = head
    members["status"] = .string(status.rawValue)
    members["arguments"] = call.isValid ? call.argumentsObject : .string(call.arguments)
    members["editedArguments"] = edited ?? .null
    members["result"] = result?.json ?? .null
    members["resultBytes"] = resultBytes.map { .integer(Int64($0)) } ?? .null
    members["error"] = error?.json ?? .null
    members["reason"] = .optional(reason)
    members["createdAt"] = .string(createdAt.iso8601)
    members["decidedAt"] = .optional(decidedAt?.iso8601)
    members["startedAt"] = .optional(startedAt?.iso8601)
    members["finishedAt"] = .optional(finishedAt?.iso8601)
    return .object(members)
  }

  private var head: JSONObject {
    [
      "call": .integer(Int64(number)), "id": .string(call.id), "tool": .string(call.name),
      "round": .integer(Int64(round)),
    ]
  }

  private static func shown(_ arguments: JSON) -> JSON {
    let text = arguments.text
    return text.utf8.count <= shownBytes ? arguments : .string(text.prefix(utf8Count: shownBytes) + "…")
  }
}

extension Run {
  /// What is told when a run waits: the calls that somebody has to agree to.
  package static func waiting(for calls: [ToolCallRecord]) -> EventBody {
    .other(
      .runWaiting,
      ["status": .string(Status.waiting.rawValue), "approvals": .array(calls.map(\.request))])
  }
}
