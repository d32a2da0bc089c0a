import Basics
import Datasets
import Tables

/// The tables of a field service company, and how models are told of them.
enum FieldServiceSchema {
  static let technicians: [Sheet.Column] = [
    .init("id", .text, .key, note: "tech_001 …"), .init("name"), .init("email", .text, .unique),
    .init("skills", note: "JSON array of \(Trade.all.map(\.name).joined(separator: ", "))"),
    .init("contract_type", note: "full_time, part_time or contractor"),
    .init("max_daily_hours", .integer), .init("max_weekly_hours", .integer),
    .init("hourly_rate", .real, note: "dollars"), .init("active", .boolean),
    .init("created_at", .datetime),
  ]
  static let jobs: [Sheet.Column] = [
    .init("id", .text, .key, note: "job_0001 …"), .init("customer_id"), .init("customer_name"),
    .init("site_location"), .init("description"), .init("scheduled_start", .datetime),
    .init("scheduled_end", .datetime), .init("required_skills", note: "JSON array"),
    .init("status", note: "pending, in_progress, completed or cancelled"),
    .init("budget", .real, note: "dollars"), .init("created_at", .datetime),
  ]
  static let workLogs: [Sheet.Column] = [
    .init("id", .text, .key, note: "wlog_00001 …"),
    .init("technician_id", .text, .references("technicians")), .init("job_id", .text, .references("jobs")),
    .init("date", .datetime), .init("hours_logged", .real), .init("description"),
    .init("approved", .boolean), .init("created_at", .datetime),
  ]
  static let expenses: [Sheet.Column] = [
    .init("id", .text, .key, note: "exp_00001 …"), .init("job_id", .text, .references("jobs")),
    .init("type", note: SampleExpenses.types.joined(separator: ", ")),
    .init("amount", .real, note: "dollars"), .init("description"),
    .init("receipt_text", note: "empty when there is no receipt"),
    .init("status", note: "pending, approved or rejected"), .init("submitted_date", .datetime),
  ]
  static let scheduleRules: [Sheet.Column] = [
    .init("id", .text, .key, note: "rule_001 …"), .init("rule_name"), .init("rule_description"),
    .init("severity", note: "error, warning or info"), .init("active", .boolean),
  ]

  /// Every table with its columns, those first that others point to.
  static let sheets = [
    Sheet("technicians", technicians), Sheet("jobs", jobs), Sheet("work_logs", workLogs),
    Sheet("expenses", expenses), Sheet("schedule_rules", scheduleRules),
  ]
  static let tables = sheets.map(\.name)

  /// The tables in words: a line each.
  static let words = sheets.map { sheet in
    "\(sheet.name)(\(sheet.columns.map(Self.words).joined(separator: ", ")))"
  }.joined(separator: "\n")

  private static func words(_ column: Sheet.Column) -> String {
    var notes = [column.note]
    if case .references(let table) = column.rule { notes.append("\(table).id") }
    switch column.type {
    case .integer, .real: notes.insert("number", at: 0)
    case .boolean: notes.insert("true or false", at: 0)
    case .datetime: notes.insert("date as text", at: 0)
    case .text: break
    }
    let note = notes.filter { !$0.isEmpty }.joined(separator: "; ")
    return note.isEmpty ? column.name : "\(column.name) [\(note)]"
  }

  /// The tables as JSON: `{"tables":[{"name","columns":[{"name","type","note","references"}]}]}`.
  static let json: JSON = [
    "tables": .array(
      sheets.map { sheet in
        ["name": .string(sheet.name), "columns": .array(sheet.columns.map(Self.json))]
      })
  ]

  private static func json(_ column: Sheet.Column) -> JSON {
    var object: JSONObject = ["name": .string(column.name), "type": .string(column.type.rawValue)]
    if !column.note.isEmpty { object["note"] = .string(column.note) }
    if case .references(let table) = column.rule { object["references"] = .string("\(table).id") }
    return .object(object)
  }
}
