import Basics
import Model
import Pipelines
import Storage

// A batch and its results as REST shows them.

extension Batch {
  /// The batch in numbers.
  var summary: JSON {
    let results = results
    let left = results.count { $0 == nil }
    return [
      "batch": .string(id.text), "agent": .string(agent.text), "count": .integer(Int64(count)),
      "left": .integer(Int64(left)), "status": left == 0 ? "done" : "working",
    ]
  }
}

/// How inputs ended, in numbers.
struct BatchTally {
  private var counts: [String: Int64] = [:]

  mutating func add(_ status: String) { counts[status, default: 0] += 1 }

  /// `failed` is all that has no answer and was not stopped.
  var members: JSONObject {
    let completed = counts["completed", default: 0]
    let stopped = counts["stopped", default: 0]
    return [
      "completed": .integer(completed), "stopped": .integer(stopped),
      "failed": .integer(counts.values.reduce(0, +) - completed - stopped),
    ]
  }
}

/// What came of one input.
struct BatchItem {
  let status: String
  let json: JSON

  /// Reads a result's run and answer.
  ///
  /// - Parameter result: nil while it is not over.
  init(_ index: Int, _ result: Batch.Result?, in store: ReadTransaction) throws {
    switch result {
    case nil: self.init(index, status: "working")
    case .stopped: self.init(index, status: "stopped")
    case .refused(let failure): self.init(index, status: "failed", ["error": failure.json])
    case .run(let id):
      guard let run = try store.runs.get(id) else {
        let error = RunError.runNotFound(id)
        let failure = RunFailure(code: error.code, message: error.message, hint: error.hint)
        self.init(index, status: "failed", ["error": failure.json])
        return
      }
      let message = try store.messages.get(run.output)
      self.init(
        index, status: run.status.rawValue,
        [
          "text": .optional(message?.text), "error": run.error?.json ?? .null,
          "usage": run.usage?.json ?? .null, "cost": run.cost?.json ?? .null, "runId": .string(run.id.text),
          "conversationId": .string(run.conversation.text), "messageId": .optional(message?.id.text),
        ])
    }
  }

  /// All have the same members.
  private init(_ index: Int, status: String, _ members: JSONObject = [:]) {
    var object: JSONObject = ["index": .integer(Int64(index)), "status": .string(status)]
    for name in ["text", "error", "usage", "cost", "runId", "conversationId", "messageId"] {
      object[name] = members[name] ?? JSON.null
    }
    self.status = status
    json = .object(object)
  }
}
