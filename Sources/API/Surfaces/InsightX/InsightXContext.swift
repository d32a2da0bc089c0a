import Basics
import Datasets
import Model
import Pipelines
import Storage

/// What a data set is about, as an agent tells it once.
enum InsightXContext {
  /// The description that is kept, or a new one, which is kept then.
  ///
  /// - Throws: `run_failed` with the agent's reason; `dataset_not_found`.
  static func find(
    _ dataset: Identifier<Dataset>, _ context: APIContext
  ) async throws -> (JSON, isKept: Bool) {
    if let kept = try await context.workspace.contextInsights(of: dataset) { return (kept, true) }
    var invocation = Invocation(
      agent: Identifier("insightx-context-agent"), text: "What is this data set about?")
    invocation.conversation = try await context.store.write { store in
      let conversation = try store.conversations.create(title: "What the data set is about").id
      try store.datasets.link(conversation, to: dataset)
      return conversation
    }
    let run = try await context.runs.outcome(of: context.runs.invoke(invocation, isPromise: false).id)
    guard run.status == .completed else {
      throw APIError("run_failed", run.error.map { InsightXDialect.text(of: $0) } ?? "The run was stopped.")
    }
    let text = try await context.store.read { try $0.messages.get(run.output)?.text ?? "" }
    let answer = AnswerObject.first(in: text) ?? ["context_summary": .string(text)]
    return (try await context.workspace.storeContextInsights(answer, of: dataset), false)
  }
}
