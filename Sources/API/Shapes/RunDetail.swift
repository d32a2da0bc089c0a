import Basics
import Model

/// A run with how its caller wanted the agent, the tools that it called, and the runs that are parts of it: what one asks for by its id. Lists have runs without them.
struct RunDetail: JSONWritable {
  let run: Run
  let calls: [ToolCallRecord]
  /// The runs of a pipeline's steps, oldest first.
  let parts: [Run]
  /// What somebody has to decide about.
  let approvals: [JSON]

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    run.writeMembers(into: &writer)
    if !run.overrides.isEmpty { writer.member("overrides", json: run.overrides.json) }
    writer.member("toolCalls", JSON.array(calls.map(\.json)))
    if run.status == .waiting { writer.member("approvals", JSON.array(approvals)) }
    if !parts.isEmpty {
      writer.key("parts")
      writer.beginArray()
      for part in parts { part.write(into: &writer) }
      writer.endArray()
    }
    writer.endObject()
  }
}
