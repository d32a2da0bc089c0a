import Basics
import Datasets
import Model

/// A data set as clients of InsightX read it.
enum SessionJSON {
  /// - Parameter profile: nil leaves it out, as lists do.
  static func json(of dataset: Dataset, profile: JSON? = nil) -> JSON {
    var object: JSONObject = [
      "id": .string(dataset.id.text), "filename": .string(dataset.filename),
      "row_count": .count(dataset.rowCount), "status": .string(dataset.status.rawValue),
    ]
    object["data_dna"] = profile
    // The name is the older systems'; the file is a database of SQLite.
    object["parquet_path"] = dataset.status == .uploading ? .null : .string("\(dataset.id.text).db")
    object["created_at"] = .string(dataset.createdAt.iso8601)
    return .object(object)
  }
}

/// What stands beside a data set, as clients of InsightX read it: a row of their table `workspace_sidebar`.
enum SidebarJSON {
  static func json(of sidebar: WorkspaceSidebar) -> JSON {
    [
      "id": .string(sidebar.row.id), "session_id": .string(sidebar.dataset.text),
      "filename": .string(sidebar.filename), "data_dna": sidebar.profile ?? .null,
      "context_analysis": sidebar.row.contextAnalysis ?? .null,
      "current_sql_code": .optional(sidebar.row.sqlCode),
      "sql_code_history": .array(sidebar.queries.map(entry)),
      "current_python_code": .optional(sidebar.row.pythonCode),
      "python_code_history": .array(sidebar.pythonRuns.map(entry)),
      "created_at": .string(sidebar.row.createdAt.iso8601),
      "updated_at": .string(sidebar.row.updatedAt.iso8601),
    ]
  }

  private static func entry(_ execution: CodeExecution) -> JSON {
    [
      "code": .string(execution.code), "executed_at": .string(execution.executedAt.iso8601),
      "description": .optional(execution.description), "message_id": .optional(execution.message?.text),
      "result": execution.result ?? .null, "row_count": .count(execution.rowCount),
      "execution_time_ms": .integer(Int64(execution.milliseconds)),
      "status": .string(execution.error == nil ? "success" : "error"),
      "error_message": .optional(execution.error),
    ]
  }
}

extension JSON {
  /// A number of rows; null while it is not known.
  static func count(_ count: Int?) -> JSON { count.map { .integer(Int64($0)) } ?? .null }
}
