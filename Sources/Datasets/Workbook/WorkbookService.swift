import Basics

/// Keeps workbooks and answers questions about them: a database each, made when it is first asked, by the same rule, permissions and limits as
/// data sets.
///
/// A question sees the tables of its own workbook and nothing else. Whoever makes a service closes it.
package final class WorkbookService: Sendable {
  private let files: DatasetFiles
  private let limits: QueryLimits
  private let mostWorkbooks: Int
  private let builders: JobThreads
  private let askers: JobThreads

  /// Makes the threads.
  ///
  /// - Parameters:
  ///   - folder: for the workbooks' files and nothing else; made with the first of them, so that only this user can read it.
  ///   - limits: of a question; `rows` counts when a caller names no number.
  ///   - mostWorkbooks: more are refused, since their names come from outside.
  /// - Throws: the system's error when there are no more threads.
  package init(folder: String, limits: QueryLimits = QueryLimits(), mostWorkbooks: Int = 1000) throws {
    files = DatasetFiles(in: folder)
    self.limits = limits
    self.mostWorkbooks = mostWorkbooks
    builders = try JobThreads(name: "workbook", count: 1)
    askers = try JobThreads(name: "workbook-query", count: 2)
  }

  /// Ends what waits and stops the threads. Blocks; later calls do nothing.
  package func close() {
    askers.close()
    builders.close()
  }

  /// Asks a workbook a question in SQL.
  ///
  /// - Parameters:
  ///   - id: whose workbook it is; ids that differ never share a file.
  ///   - tables: the names of its tables; others cannot be read.
  ///   - limit: rows of the answer.
  ///   - make: its tables, for the first question.
  /// - Throws: `query_denied`, `query_invalid`, `query_timeout`, `query_too_large`, `query_cancelled`, `dataset_too_large` when there are too
  ///   many workbooks, `datasets_folder`, `disk_full`.
  package func query(
    _ id: String, sql: String, tables: [String], limit: Int? = nil,
    make: @escaping @Sendable () -> Workbook
  ) async throws(DatasetError) -> QueryResult {
    try QueryRule.check(sql, limits: limits)
    let name = Self.fileName(id)
    if !files.exists(name) { try await build(name, make) }
    let (path, limits, tables) = (files.database(name), limits, Set(tables.map { $0.lowercased() }))
    let rows = max(0, min(limit ?? limits.rows, limits.mostRows))
    return try await askers.run { cancellation throws(DatasetError) in
      try QueryRunner(limits: limits, tables: tables) { cancellation.isCancelled }
        .run(sql, limit: rows, path: path)
    }
  }

  /// The path of a workbook's database; a file that stands there is taken as it is.
  package func path(of id: String) -> String { files.database(Self.fileName(id)) }

  private func build(_ name: String, _ make: @escaping @Sendable () -> Workbook) async throws(DatasetError) {
    let (files, most) = (files, mostWorkbooks)
    try await builders.run { _ throws(DatasetError) in
      // Another question may have had it made meanwhile.
      guard !files.exists(name) else { return }
      try files.make()
      guard files.databaseCount < most else { throw .tooLarge(what: "workbooks", limit: most) }
      do {
        try WorkbookWriter.write(make(), to: files.database(name))
      } catch {
        throw DatasetError(error)
      }
    }
  }

  /// What is too long for a file's name is told by its digest, which no short id can be.
  private static func fileName(_ id: String) -> String {
    let longest = 60
    return id.utf8.count <= longest ? id : "digest-\(Hexadecimal.text(SHA256.digest(Array(id.utf8))))"
  }
}
