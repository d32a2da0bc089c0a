package import Basics
import Database
package import Model

/// What stands around a data set: the sidebar, the code that was run, and what the data is about.
package struct WorkspaceStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let sidebar = """
    SELECT id, context_analysis, sql_code, python_code, created_at, updated_at FROM dataset_sidebars
    WHERE tenant = ?1 AND dataset = ?2
    """
  static let putSidebar = """
    INSERT INTO dataset_sidebars (tenant, dataset, id, context_analysis, sql_code, python_code, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
    ON CONFLICT DO UPDATE SET
      context_analysis = coalesce(excluded.context_analysis, context_analysis),
      sql_code = coalesce(excluded.sql_code, sql_code), python_code = coalesce(excluded.python_code, python_code),
      updated_at = excluded.updated_at
    """
  static let executions = """
    SELECT language, code, description, message, error, result, row_count, milliseconds, executed_at FROM (
      SELECT * FROM dataset_executions WHERE tenant = ?1 AND dataset = ?2 AND language = ?3 ORDER BY id DESC LIMIT ?4
    ) ORDER BY id
    """
  static let addExecution = """
    INSERT INTO dataset_executions (
      tenant, dataset, language, code, description, message, status, error, result, row_count, milliseconds, executed_at,
      conversation, row_limit
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    """
  static let lastInConversation = """
    SELECT code, row_limit FROM dataset_executions INDEXED BY dataset_executions_by_conversation
    WHERE conversation = ?1 AND language = 'sql' AND status = 'success' ORDER BY id DESC LIMIT 1
    """
  static let lastOnDataset = """
    SELECT code, row_limit FROM dataset_executions INDEXED BY dataset_executions_by_dataset
    WHERE tenant = ?1 AND dataset = ?2 AND language = 'sql' AND status = 'success' ORDER BY id DESC LIMIT 1
    """
  static let countExecutions = """
    SELECT count(*) FROM dataset_executions WHERE tenant = ?1 AND dataset = ?2 AND language = ?3
    """
  static let context = """
    SELECT id, context, created_at, updated_at FROM dataset_contexts WHERE tenant = ?1 AND dataset = ?2
    """
  static let putContext = """
    INSERT INTO dataset_contexts (tenant, dataset, id, context, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5)
    ON CONFLICT DO UPDATE SET context = excluded.context, updated_at = excluded.updated_at
    """
  static let deleteSidebar = "DELETE FROM dataset_sidebars WHERE tenant = ?1 AND dataset = ?2"
  static let deleteExecutions = "DELETE FROM dataset_executions WHERE tenant = ?1 AND dataset = ?2"
  static let deleteContext = "DELETE FROM dataset_contexts WHERE tenant = ?1 AND dataset = ?2"
  static let all = [
    sidebar, putSidebar, executions, addExecution, lastInConversation, lastOnDataset, countExecutions,
    context, putContext, deleteSidebar, deleteExecutions,
    deleteContext,
  ]
}

extension WorkspaceStore {
  static var statements: [String] { SQL.all }

  /// The sidebar of a data set, or nil when nothing was put there yet.
  package func sidebar(of id: Identifier<Dataset>, tenant: String = "default") throws -> DatasetSidebar? {
    try transaction.connection.first(SQL.sidebar, .text(tenant), .text(id.text)) { row in
      DatasetSidebar(
        id: row.text(0), contextAnalysis: try row.optionalJSON(1, of: "sidebar"),
        sqlCode: row.optionalText(2),
        pythonCode: row.optionalText(3), createdAt: row.timestamp(4), updatedAt: row.timestamp(5))
    }
  }

  /// The code that was run on a data set, the oldest first.
  ///
  /// - Parameter limit: only so many of the newest.
  package func executions(
    on id: Identifier<Dataset>, _ language: CodeExecution.Language, limit: Int = 50,
    tenant: String = "default"
  ) throws -> [CodeExecution] {
    try transaction.connection.rows(
      SQL.executions, .text(tenant), .text(id.text), .text(language.rawValue), .integer(Int64(limit))
    ) { row in
      CodeExecution(
        language: language, code: row.text(1), description: row.optionalText(2),
        message: row.optionalIdentifier(3), result: try row.optionalJSON(5, of: "execution"),
        rowCount: row.optionalInteger(6).map { Int($0) }, milliseconds: Int(row.integer(7)),
        error: row.optionalText(4), executedAt: row.timestamp(8))
    }
  }

  /// The query that was answered last for a conversation, with its bound of rows; nil when there was none.
  package func lastQuery(
    for conversation: Identifier<Conversation>
  ) throws -> (sql: String, limit: Int?)? {
    try transaction.connection.first(SQL.lastInConversation, .text(conversation.text)) {
      ($0.text(0), $0.optionalInteger(1).map { Int($0) })
    }
  }

  /// The query that was answered last on a data set, for whomever.
  package func lastQuery(
    on id: Identifier<Dataset>, tenant: String = "default"
  ) throws -> (sql: String, limit: Int?)? {
    try transaction.connection.first(SQL.lastOnDataset, .text(tenant), .text(id.text)) {
      ($0.text(0), $0.optionalInteger(1).map { Int($0) })
    }
  }

  /// How often code of a language was run on a data set.
  package func countExecutions(
    on id: Identifier<Dataset>, _ language: CodeExecution.Language, tenant: String = "default"
  ) throws -> Int {
    try transaction.connection.first(
      SQL.countExecutions, .text(tenant), .text(id.text), .text(language.rawValue)
    ) { Int($0.integer(0)) } ?? 0
  }

  /// What a data set is about, or nil when no agent has told yet.
  package func context(of id: Identifier<Dataset>, tenant: String = "default") throws -> DatasetContext? {
    try transaction.connection.first(SQL.context, .text(tenant), .text(id.text)) { row in
      DatasetContext(
        id: row.text(0), context: try row.optionalJSON(1, of: "context") ?? .null,
        createdAt: row.timestamp(2),
        updatedAt: row.timestamp(3))
    }
  }
}

extension WorkspaceStore where Access == WriteTransaction {
  /// Puts something into the sidebar; what is nil stays as it is.
  package func putSidebar(
    of id: Identifier<Dataset>, contextAnalysis: JSON? = nil, sqlCode: String? = nil,
    pythonCode: String? = nil,
    tenant: String = "default"
  ) throws {
    let row: Identifier<DatasetSidebar> = transaction.newIdentifier()
    try transaction.connection.run(
      SQL.putSidebar, .text(tenant), .text(id.text), .text(row.text), DatabaseValue(contextAnalysis?.text),
      DatabaseValue(sqlCode), DatabaseValue(pythonCode), .integer(transaction.now.milliseconds))
  }

  /// Notes that code was run, whether it succeeded or not, and shows it in the sidebar.
  package func add(
    _ execution: CodeExecution, on id: Identifier<Dataset>, tenant: String = "default"
  ) throws {
    try transaction.connection.run(
      SQL.addExecution, .text(tenant), .text(id.text), .text(execution.language.rawValue),
      .text(execution.code),
      DatabaseValue(execution.description), DatabaseValue(execution.message?.text),
      .text(execution.error == nil ? "success" : "error"), DatabaseValue(execution.error),
      DatabaseValue(execution.result?.text), DatabaseValue(execution.rowCount),
      .integer(Int64(execution.milliseconds)), .integer(transaction.now.milliseconds),
      DatabaseValue(execution.conversation?.text), DatabaseValue(execution.rowLimit))
    try putSidebar(
      of: id, sqlCode: execution.language == .sql ? execution.code : nil,
      pythonCode: execution.language == .python ? execution.code : nil, tenant: tenant)
  }

  /// Keeps what a data set is about.
  package func putContext(_ context: JSON, of id: Identifier<Dataset>, tenant: String = "default") throws {
    let row: Identifier<DatasetContext> = transaction.newIdentifier()
    try transaction.connection.run(
      SQL.putContext, .text(tenant), .text(id.text), .text(row.text), .utf8(context.bytes),
      .integer(transaction.now.milliseconds))
  }

  func delete(_ id: Identifier<Dataset>, tenant: String) throws {
    for sql in [SQL.deleteSidebar, SQL.deleteExecutions, SQL.deleteContext] {
      try transaction.connection.run(sql, .text(tenant), .text(id.text))
    }
  }
}
