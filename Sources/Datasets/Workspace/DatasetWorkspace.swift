package import Basics
package import Model
package import PythonTools
import Sandbox
import Storage
package import Tools

/// Everything that is done around data sets: code is run and noted, insights are kept, and agents get their tools.
package struct DatasetWorkspace: Sendable {
  package let datasets: DatasetService
  package let python: PythonRunner
  let log: Log

  package init(_ datasets: DatasetService, python: PythonRunner, log: Log) {
    self.datasets = datasets
    self.python = python
    self.log = log
  }

  /// The conversations about data sets.
  package var chats: DatasetChats { DatasetChats(datasets) }

  /// What agents and pipelines may be given: `run_sql`, `run_written_sql`, `run_python`, `read_data_dna`, `read_context`, `write_context`, `write_code`.
  package var tools: [any Tool] {
    let scope = DatasetScope(datasets)
    return [
      RunSQLTool(scope, workspace: self), RunWrittenSQLTool(scope, workspace: self),
      RunPythonTool(python, source: self), ReadProfileTool(scope), ReadContextTool(scope),
      WriteContextTool(scope), WriteCodeTool(scope),
    ]
  }

  /// For whom code is run; part of its note.
  package struct Occasion: Sendable {
    package var conversation: Identifier<Conversation>?
    package var message: Identifier<Message>?
    package var description: String?
    package var tenant = "default"

    package init() {}

    init(_ context: ToolContext) {
      conversation = context.conversation
      tenant = context.tenant
    }
  }

  // MARK: - SQL

  /// Asks a data set in SQL and notes it, whatever comes of it.
  ///
  /// - Throws: what `DatasetService.query` throws.
  package func runSQL(
    _ sql: String, limit: Int? = nil, on id: Identifier<Dataset>, for occasion: Occasion = Occasion()
  ) async throws -> QueryResult {
    let start = ContinuousClock.now
    var execution = CodeExecution(language: .sql, code: sql, milliseconds: 0)
    execution.rowLimit = limit
    do {
      let result = try await datasets.query(id, sql: sql, limit: limit, tenant: occasion.tenant)
      execution.rowCount = result.rows.count
      execution.result = Self.excerpt(of: result)
      await note(execution, since: start, on: id, for: occasion)
      return result
    } catch {
      await note(execution, since: start, failure: error, on: id, for: occasion)
      throw error
    }
  }

  /// The rows of the query that was answered last, for a conversation or, without one, on a data set; none when there was none.
  ///
  /// The query is asked again instead of its rows being kept: a data set never changes, so it gives the same ones, after a restart, too.
  package func rowsOfLastQuery(
    for conversation: Identifier<Conversation>?, on id: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> [JSON] {
    let last = try await datasets.store.read { store in
      if let conversation { return try store.workspaces.lastQuery(for: conversation) }
      return try store.workspaces.lastQuery(on: id, tenant: tenant)
    }
    guard let last else { return [] }
    do {
      return try await datasets.query(id, sql: last.sql, limit: last.limit, tenant: tenant).records
    } catch let error as DatasetError {
      // The code that was to use the rows can go on without them, and says so if it cannot.
      log.write(.warning, "The last query could not be asked again", ["error": error.message])
      return []
    }
  }

  // MARK: - Python

  /// Runs Python code on a data set and notes it, whatever comes of it.
  ///
  /// - Throws: what `PythonRunner.run` throws, `dataset_not_found`.
  package func runPython(
    _ code: String, timeout: Duration, on id: Identifier<Dataset>, for occasion: Occasion = Occasion()
  ) async throws -> PythonAnswer {
    let call = PythonCall(
      code: code, timeout: timeout,
      table: try await datasets.tableFile(id, tenant: occasion.tenant),
      rows: try await rowsOfLastQuery(for: occasion.conversation, on: id, tenant: occasion.tenant))
    let start = ContinuousClock.now
    let result: Result<PythonAnswer, SandboxError>
    do throws(SandboxError) {
      result = .success(
        try await python.run(call) { [datasets] in
          try? await datasets.statistics(of: id, tenant: occasion.tenant)
        })
    } catch {
      result = .failure(error)
    }
    await note(code, result, since: start, on: id, for: occasion)
    return try result.get()
  }

  func note(
    _ code: String, _ result: Result<PythonAnswer, SandboxError>, since start: ContinuousClock.Instant,
    on id: Identifier<Dataset>, for occasion: Occasion
  ) async {
    var execution = CodeExecution(language: .python, code: code, milliseconds: 0)
    switch result {
    case .success(let answer):
      execution.result = Self.bounded(.object(answer.json))
      await note(execution, since: start, on: id, for: occasion)
    case .failure(let error):
      await note(execution, since: start, failure: error, on: id, for: occasion)
    }
  }

  // MARK: - Notes

  /// Rows of an answer that a note keeps.
  private static let notedRows = 10
  /// Bytes of a result that a note keeps.
  private static let notedBytes = 64 << 10

  private static func excerpt(of result: QueryResult) -> JSON? {
    bounded([
      "columns": .array(result.columns.map { .string($0) }),
      "rows": .array(Array(result.records.prefix(notedRows))),
      "row_count": .integer(Int64(result.rows.count)),
    ])
  }

  private static func bounded(_ json: JSON) -> JSON? { json.bytes.count <= notedBytes ? json : nil }

  /// A note that cannot be stored is no reason to keep an answer back.
  private func note(
    _ execution: CodeExecution, since start: ContinuousClock.Instant, failure: (any Error)? = nil,
    on id: Identifier<Dataset>, for occasion: Occasion
  ) async {
    var execution = execution
    execution.milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    execution.description = occasion.description
    execution.message = occasion.message
    execution.conversation = occasion.conversation
    execution.error = failure.map { ($0 as? any CodedError)?.message ?? "The code could not be run." }
    do {
      try await datasets.store.write(.relaxed) { [execution] in
        try $0.workspaces.add(execution, on: id, tenant: occasion.tenant)
      }
    } catch {
      log.write(.warning, "Could not note code that was run", ["dataset": id.text, "error": "\(error)"])
    }
  }
}
