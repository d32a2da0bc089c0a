import Basics
import Model
import Pipelines
import Storage

/// What a data set is about, as an agent tells it.
struct DatasetDescription: Sendable {
  /// All members are always there: the panel that shows them calls functions of arrays.
  let json: JSON

  private static let texts = [
    "dataset_name", "purpose", "domain", "audience", "business_value", "data_health", "context_summary",
  ]
  private static let lists = ["key_entities", "use_cases", "key_insights", "recommended_analyses"]

  /// Takes what an agent wrote: an object, alone or amid prose, or plain text.
  init(_ answer: String) {
    let object = AnswerObject.first(in: answer) ?? ["context_summary": .string(answer)]
    var members = JSONObject()
    for name in Self.texts {
      let text = object[name]?.string ?? ""
      // The page inserts the summary as HTML, and it may hold anything that stood in the file.
      members[name] = .string(name == "context_summary" ? Self.escaped(text) : text)
    }
    for name in Self.lists {
      members[name] = .array((object[name]?.array ?? []).filter { $0.string != nil })
    }
    json = .object(members)
  }

  private init(kept json: JSON) { self.json = json }

  /// The description that is kept, or a new one, which is kept then.
  ///
  /// - Throws: `run_failed` with the agent's reason.
  static func find(
    _ dataset: Identifier<Dataset>, _ context: APIContext
  ) async throws -> (DatasetDescription, isKept: Bool) {
    if let kept = try await context.store.read({ try $0.workspaces.context(of: dataset) }) {
      return (DatasetDescription(kept: kept.context), true)
    }
    let conversation = try await context.store.write { store in
      let conversation = try store.conversations.create(title: "What the data set is about").id
      try store.datasets.link(conversation, to: dataset)
      return conversation
    }
    var invocation = Invocation(
      agent: Identifier("insightx-context-agent"), text: "What is this data set about?")
    invocation.conversation = conversation
    let run = try await context.runs.outcome(of: context.runs.invoke(invocation, isPromise: false).id)
    guard run.status == .completed else {
      throw APIError("run_failed", run.error.map { InsightXDialect.text(of: $0) } ?? "The run was stopped.")
    }
    let text = try await context.store.read { try $0.messages.get(run.output)?.text ?? "" }
    let description = DatasetDescription(text)
    try await context.store.write { try $0.workspaces.putContext(description.json, of: dataset) }
    return (description, false)
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
  }
}
