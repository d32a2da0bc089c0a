import Basics
import Database
package import Model

/// Tools that operators registered.
package struct ToolStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    name, description, method, url, headers, parameters, timeout_ms, max_result_bytes, approval, created_at, updated_at
    """
  static let get = "SELECT \(columns) FROM tools WHERE tenant = ?1 AND name = ?2"
  static let list = "SELECT \(columns) FROM tools WHERE tenant = ?1 ORDER BY name"
  static let put = """
    INSERT INTO tools (tenant, \(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT DO UPDATE SET
      description = excluded.description, method = excluded.method, url = excluded.url, headers = excluded.headers,
      parameters = excluded.parameters, timeout_ms = excluded.timeout_ms,
      max_result_bytes = excluded.max_result_bytes, approval = excluded.approval, updated_at = excluded.updated_at
    """
  static let delete = "DELETE FROM tools WHERE tenant = ?1 AND name = ?2"
  static let all = [get, list, put, delete]
}

extension ToolStore {
  static var statements: [String] { SQL.all }

  /// The tool of a name, or nil when there is none.
  package func get(_ name: String, tenant: String = "default") throws -> RegisteredTool? {
    try transaction.connection.first(SQL.get, .text(tenant), .text(name)) { try RegisteredTool(row: $0) }
  }

  /// All tools, by name.
  package func list(tenant: String = "default") throws -> [RegisteredTool] {
    try transaction.connection.rows(SQL.list, .text(tenant)) { try RegisteredTool(row: $0) }
  }
}

extension ToolStore where Access == WriteTransaction {
  /// Stores a tool, in place of one of the same name.
  package func put(_ tool: RegisteredTool, tenant: String = "default") throws {
    try transaction.connection.run(
      SQL.put, .text(tenant), .text(tool.name), DatabaseValue(tool.description), .text(tool.method.rawValue),
      .text(tool.url), .text(tool.headers.json.text), .text(tool.parameters.text),
      .integer(Int64(tool.timeout)), .integer(Int64(tool.maximumResult)), .text(tool.approval.rawValue),
      .integer(tool.createdAt.milliseconds), .integer(tool.updatedAt.milliseconds))
  }

  /// Takes a tool away.
  ///
  /// - Throws: `tool_not_found`.
  package func delete(_ name: String, tenant: String = "default") throws {
    let count = try transaction.connection.run(SQL.delete, .text(tenant), .text(name))
    guard count == 1 else { throw StoreError.notFound(noun: "tool", id: name) }
  }
}

extension RegisteredTool {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let method = Method(rawValue: row.text(2)), let approval = ToolApproval(rawValue: row.text(8))
    else {
      throw StoreError.unreadable(
        noun: "tool", detail: "unknown method or approval \(row.text(2)), \(row.text(8))")
    }
    self.init(
      name: row.text(0), description: row.optionalText(1), method: method, url: row.text(3),
      headers: [Header](json: try row.optionalJSON(4, of: "tool") ?? [:]),
      parameters: try row.optionalJSON(5, of: "tool") ?? [:], timeout: Int(row.integer(6)),
      maximumResult: Int(row.integer(7)), approval: approval, createdAt: row.timestamp(9),
      updatedAt: row.timestamp(10))
  }
}
