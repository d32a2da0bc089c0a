import Basics
import Datasets
import Model
import Storage

/// Keeps the answer of an analysis before its stream tells it: the page loads its messages anew when the stream has ended.
struct InsightXKeeper: Sendable {
  let context: APIContext
  let run: Run
  let order: InsightXRequest

  /// Stores the whole answer as what clients of chats get, and its findings with the data set. What cannot be stored is logged; the answer's
  /// text is in the conversation all the same.
  func keep(_ ending: RunEnding) async {
    guard ending.status == .completed else { return }
    do {
      let (findings, output) = try await context.store.read { [run] store in
        (try Self.findings(of: run, in: store), try store.runs.get(run.id)?.output)
      }
      let answer = findings.response(ending.text)
      try await context.workspace.chats.storeAnswer(answer.json, as: output, in: run.conversation)
      try await context.store.write { [order] store in
        for finding in answer.insights {
          let insight: JSON = [
            "query": .string(order.message), "finding": .string(finding),
            "confidence": answer.json["confidence"] ?? .null, "timestamp": .string(store.now.iso8601),
          ]
          try store.datasets.addInsight(insight, to: Identifier(order.session))
        }
      }
    } catch {
      context.log.write(.error, "An answer was not kept", ["run": run.id.text, "error": "\(error)"])
    }
  }

  /// What the stages found, as the store has it: whoever asked may have left meanwhile.
  private static func findings(of run: Run, in store: ReadTransaction) throws -> InsightXFindings {
    var findings = InsightXFindings()
    let parts = try store.runs.parts(of: run.id)
    for stored in try store.events.steps(of: run) where stored.type == .stepCompleted {
      guard let step = stored.step, case .other(_, let members) = try stored.event().body,
        let result = members["result"]
      else { continue }
      if step == InsightXStage.writtenSQL { _ = findings.foundWritten(result) }
      guard let stage = InsightXStage(rawValue: step) else { continue }
      if stage == .orchestrator { _ = findings.classified(result) }
      for part in parts where part.step == stored.step {
        for call in try store.toolCalls.ofRun(part.id) where call.call.name == stage.tool {
          findings.began(stage, call.call.argumentsObject)
          if call.status != .completed { findings.failed(stage, call.error?.message ?? "") }
        }
      }
      _ = findings.found(stage, result)
    }
    return findings
  }
}
