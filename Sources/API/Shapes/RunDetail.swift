import Basics
import Model

/// A run with the tools that it called: what one asks for by its id. Lists have runs without them.
struct RunDetail: JSONWritable {
  let run: Run
  let calls: [ToolCallRecord]

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    run.writeMembers(into: &writer)
    writer.member("toolCalls", JSON.array(calls.map(\.json)))
    if run.status == .waiting { writer.member("approvals", Self.approvals(calls)) }
    writer.endObject()
  }

  /// The calls that somebody has to decide about.
  static func approvals(_ calls: [ToolCallRecord]) -> JSON {
    .array(calls.filter { $0.status == .waiting }.map(\.request))
  }
}
