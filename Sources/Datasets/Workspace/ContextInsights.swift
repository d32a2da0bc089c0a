package import Basics
package import Model
import Storage

/// What a data set is about, in the members that clients show. None is ever missing: they do not look whether it is there.
package struct ContextInsights: Equatable, Sendable {
  package let json: JSON

  private static let lists = ["key_entities", "use_cases", "key_insights", "recommended_analyses"]
  private static let order = [
    "dataset_name", "purpose", "domain", "key_entities", "use_cases", "audience", "business_value",
    "data_health", "key_insights", "recommended_analyses", "context_summary",
  ]

  /// Takes what an agent answered, whatever it is.
  ///
  /// - Parameter datasetName: stands where the answer names none.
  package init(_ answer: JSON, datasetName: String) {
    var object: JSONObject = [:]
    for name in Self.order {
      let value = answer[name] ?? .null
      object[name] =
        Self.lists.contains(name) ? .array(Self.texts(of: value)) : .string(Self.text(of: value))
    }
    if object["dataset_name"] == "" { object["dataset_name"] = .string(datasetName) }
    // Clients insert it as HTML.
    object["context_summary"] = .string(Self.escaped(object["context_summary"]?.string ?? ""))
    json = .object(object)
  }

  private static func text(of value: JSON) -> String {
    value.isNull
      ? "" : value.string ?? value.array?.map { text(of: $0) }.joined(separator: ", ") ?? value.text
  }

  private static func texts(of value: JSON) -> [JSON] {
    let elements = value.array ?? (value.isNull || value == "" ? [] : [value])
    return elements.map { .string(text(of: $0)) }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

extension DatasetWorkspace {
  /// What is known of a data set's context; nil while no agent has told.
  package func contextInsights(
    of id: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> JSON? {
    try await datasets.store.read { try $0.workspaces.context(of: id, tenant: tenant)?.context }
  }

  /// Keeps what an agent told of a data set's context, completed to what clients need.
  ///
  /// - Returns: what is kept.
  /// - Throws: `dataset_not_found` for one that was deleted.
  @discardableResult
  package func storeContextInsights(
    _ answer: JSON, of id: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> JSON {
    _ = try await datasets.resolve(id, tenant: tenant)
    let name = try await datasets.get(id, tenant: tenant)?.filename ?? SampleDataset.filename
    let insights = ContextInsights(answer, datasetName: name).json
    try await datasets.store.write { store in
      try store.workspaces.putContext(insights, of: id, tenant: tenant)
      try store.workspaces.putSidebar(of: id, contextAnalysis: insights, tenant: tenant)
    }
    return insights
  }
}
