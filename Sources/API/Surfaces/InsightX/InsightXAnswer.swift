import Basics
import Model
import Pipelines

/// The whole answer of an analysis, as the pages show it and as it is stored.
struct InsightXAnswer: Equatable, Sendable {
  /// For a model that says nothing.
  static let fallback = "I could not put an answer together. Please ask again, or in other words."

  let json: JSON
  /// Findings that are worth remembering for later questions.
  let insights: [String]

  /// - Parameter answer: what the model wrote: the object itself, in a fence or amid prose, or plain text.
  init(_ answer: String, classification: String, sql: String?, python: String?) {
    let object = Self.object(in: answer)
    let text = object?["text"]?.string ?? (object == nil ? answer : "")
    insights = Self.insights(of: object ?? [:])
    var members: JSONObject = [
      "text": .string(text.isBlank ? Self.fallback : text), "classification": .string(classification),
      "metrics": object?["metrics"]?.object.map { .object($0) } ?? .null,
      "chart_spec": object?["chart_spec"]?.object.map { .object($0) } ?? .null,
      "confidence": object?["confidence"] ?? .null,
      "follow_ups": .array((object?["follow_ups"]?.array ?? []).filter { $0.string != nil }),
      "sql_used": .optional(object?["sql_used"]?.string ?? sql),
      "python_used": .optional(object?["python_used"]?.string ?? python),
      "insights": .array(insights.map { .string($0) }),
    ]
    for name in ["insight_type", "data_rows", "warning"] { members[name] = object?[name] }
    json = .object(members)
  }

  /// Readable Markdown.
  var text: String { json["text"]?.string ?? "" }

  /// The answer's object: the first one with a text, in the order in which models mean them.
  private static func object(in answer: String) -> JSONObject? {
    AnswerObject.candidates(in: answer).first { $0["text"]?.string != nil }?.object
  }

  private static func insights(of object: JSONObject) -> [String] {
    let listed = object["insights"]?.array?.compactMap { $0.string ?? $0["finding"]?.string } ?? []
    let single = object["finding"]?.string.map { [$0] } ?? []
    return (listed + single.filter { !listed.contains($0) }).filter { !$0.isBlank }
  }
}
