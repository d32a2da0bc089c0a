import Basics

/// What the stages of one analysis have found, in the shapes that all versions of the pages read: each finds its member.
struct InsightXFindings: Equatable, Sendable {
  private(set) var classification = "EXPLAIN_ONLY"
  /// The code that a stage ran last.
  private var code: [String: String] = [:]
  private var faults: [String: String] = [:]
  /// The code whose result was told.
  private(set) var used: [String: String] = [:]

  /// Rows that are repeated at `data`, where one version looks.
  private static let repeatedRows = 10

  mutating func began(_ stage: InsightXStage, _ arguments: JSON) {
    code[stage.rawValue] = arguments[stage.code]?.string
    faults[stage.rawValue] = nil
  }

  mutating func failed(_ stage: InsightXStage, _ message: String) { faults[stage.rawValue] = message }

  /// Why the stage's last try of its code failed.
  func fault(of stage: InsightXStage) -> String? { faults[stage.rawValue] }

  /// The classification with its two members first.
  mutating func classified(_ result: JSON) -> JSON {
    let data = result["data"]
    classification = result["label"]?.string ?? data?["classification"]?.string ?? classification
    var object: JSONObject = [
      "classification": .string(classification),
      "reasoning": .string(data?["reasoning"]?.string ?? ""),
    ]
    for member in data?.object?.members ?? [] where object[member.name] == nil {
      object[member.name] = member.value
    }
    return .object(object)
  }

  /// What a stage's code gave; nil when none has run, or its last try failed.
  mutating func found(_ stage: InsightXStage, _ result: JSON) -> JSON? {
    guard let tool = stage.tool, let given = result["tools"]?[tool], faults[stage.rawValue] == nil,
      let value = given.object == nil ? given.string.flatMap(Self.beginning) : given
    else { return nil }
    let code = code[stage.rawValue] ?? ""
    used[stage.rawValue] = code
    return stage == .sql ? Self.rows(value, of: code) : Self.figures(value, of: code)
  }

  /// What SQL gave that the agent had only written; nil when there was none, or it failed.
  mutating func foundWritten(_ result: JSON) -> JSON? {
    let given = result["data"] ?? result["text"]?.string.flatMap(Self.beginning)
    guard let given, let sql = given["sql"]?.string else { return nil }
    used[InsightXStage.sql.rawValue] = sql
    return Self.rows(given, of: sql)
  }

  /// What is whole of a result that was too long for a model: all but the rows at its end.
  private static func beginning(of text: String) -> JSON? {
    let bytes = Array(text.utf8)
    var end = bytes.endIndex
    // A brace may stand in a value's text; a row or two further up it does not.
    for _ in 0..<mostTries {
      guard let brace = bytes[..<end].lastIndex(of: UInt8(ascii: "}")) else { return nil }
      if let json = try? JSON.parse(bytes[...brace] + Array("]}".utf8)), json["rows"]?.array != nil {
        return json
      }
      end = brace
    }
    return nil
  }

  private static let mostTries = 64

  private static func rows(_ value: JSON, of query: String) -> JSON {
    let rows = value["rows"]?.array ?? []
    let columns = value["columns"] ?? []
    let count = value["row_count"] ?? .integer(Int64(rows.count))
    let columnCount = columns.array?.count ?? 0
    return [
      "query": .string(query), "rows": .array(rows), "row_count": count, "columns": columns,
      "summary": value["summary"] ?? .string("Query returned \(rows.count) rows, \(columnCount) columns"),
      "data": .array(Array(rows.prefix(repeatedRows))),
      "results": ["rows": .array(rows), "columns": columns, "row_count": count],
      "truncated": .bool(value["truncated"]?.bool == true || count.integer != Int64(rows.count)),
    ]
  }

  private static func figures(_ value: JSON, of code: String) -> JSON {
    // A host without Python tells statistics instead, and why.
    let reason = value["not_run"]?.string
    let results = reason == nil ? value : value["statistics"] ?? [:]
    let own = ["metrics", "outliers", "insights"]
    let scalars = (results.object?.members ?? []).filter { member in
      guard !own.contains(member.name) else { return false }
      return member.value.array == nil && member.value.object == nil
    }
    return [
      "code": .string(code), "results": results,
      "summary": .string(reason ?? "Python execution completed successfully"),
      "metrics": results["metrics"] ?? .object(JSONObject(scalars)),
      "outliers": results["outliers"] ?? [], "insights": results["insights"] ?? [],
    ]
  }

  /// The answer of a composer or explainer together with what is known beside it.
  func response(_ text: String) -> InsightXAnswer {
    InsightXAnswer(
      text, classification: classification, sql: used[InsightXStage.sql.rawValue],
      python: used[InsightXStage.python.rawValue])
  }
}
