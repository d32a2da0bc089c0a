package import Basics
import Datasets
package import Model
package import Tools

/// `query_field_service`: one SELECT on the tables of the company that the run is for.
package struct QueryFieldServiceTool: Tool {
  private let service: FieldService
  private let memory: ResultMemoryService?

  /// - Parameter memory: keeps what was found for later questions of the conversation; nil keeps nothing.
  package init(_ service: FieldService, memory: ResultMemoryService? = nil) {
    self.service = service
    self.memory = memory
  }

  package let definition = ToolDefinition(
    name: "query_field_service",
    description: """
      Runs one SQL SELECT (SQLite's dialect) on the company's field service tables and returns columns, rows and row_count; at most \
      \(FieldService.mostRows) rows. Nothing can be changed. Dates are texts like 2026-11-16 08:00:00; the day of the data, today, is \
      \(SampleCompany.today): use it instead of 'now'. Tables:
      \(FieldServiceSchema.words)
      """,
    parameters: [
      "type": "object",
      "properties": [
        "sql": ["type": "string", "description": "One SELECT statement on these tables."]
      ],
      "required": ["sql"], "additionalProperties": false,
    ])

  /// Models take an empty answer for the truth, though a value was only spelled otherwise.
  private static let nothingFits = """
    No row fits. If a name, a status or a date in the condition may be wrong, look once at the values that there are and ask again; else say that \
    there is nothing.
    """

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let company = try FieldService.company(of: context)
    let sql = arguments["sql"]?.string ?? ""
    let result = try await service.query(sql, company: company, tenant: context.tenant)
    await memory?.keep(result, of: sql, company: company, in: context)
    var answer = result.json.object ?? [:]
    if result.rows.isEmpty { answer["note"] = .string(Self.nothingFits) }
    return .json(.object(answer))
  }
}
