package import Basics
package import Model
package import Sandbox
package import Storage
import Tables

/// Everything that can be done with data sets: taking them in, finding out what is in them, asking them, and removing them.
///
/// Each data set is a database of its own below one folder; what is known of it is in the hub's database. Imports and profiles take turns on one
/// thread, questions have two others. Whoever makes a service closes it.
package final class DatasetService: Sendable {
  let store: Store
  let files: DatasetFiles
  package let limits: DatasetLimits
  let log: Log
  private let builders: JobThreads
  private let askers: JobThreads
  private let sample: SampleGate

  /// Makes the folder unless it is there, and the threads.
  ///
  /// - Parameter folder: for the data sets' files; only this user can read them.
  /// - Throws: `datasets_folder`.
  package init(folder: String, store: Store, limits: DatasetLimits = DatasetLimits(), log: Log) throws {
    self.store = store
    self.limits = limits
    self.log = log
    files = try DatasetFiles(folder: folder)
    builders = try JobThreads(name: "dataset", count: 1)
    askers = try JobThreads(name: "query", count: 2)
    sample = SampleGate()
  }

  /// Cleans up after an earlier process: uploads that did not come to their end leave nothing. Call it before anything else.
  package func recover() async throws {
    let imported = try await store.write { transaction in
      for dataset in try transaction.datasets.unfinished() {
        try transaction.datasets.remove(dataset.id, tenant: dataset.tenant)
      }
      return try transaction.datasets.imported()
    }
    let removed = files.sweep(keeping: imported.map(\.text) + [SampleDataset.id.text])
    if removed > 0 {
      log.write(.info, "Removed files of uploads that were not finished", ["count": "\(removed)"])
    }
  }

  /// Ends what waits and stops the threads. Blocks; later calls do nothing.
  package func close() {
    askers.close()
    builders.close()
  }

  /// Does work that takes seconds, one after another.
  func build<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws(DatasetError) -> Value
  ) async throws(DatasetError) -> Value {
    try await builders.run(work)
  }

  /// Asks a data set a question in SQL.
  ///
  /// An id that was never uploaded is answered from the sample.
  ///
  /// - Parameter limit: rows of the answer; 500 when nothing is said, 10,000 at most.
  /// - Throws: `query_denied`, `query_invalid`, `query_timeout`, `query_too_large`, `query_cancelled`, `dataset_file_missing`.
  package func query(
    _ id: Identifier<Dataset>, sql: String, limit: Int? = nil, tenant: String = "default"
  ) async throws -> QueryResult {
    try QueryRule.check(sql, limits: limits.query)
    let subject = try await resolve(id, tenant: tenant)
    let path = files.database(subject.text)
    guard files.exists(subject.text) else { throw DatasetError.fileMissing(id.text) }
    let limits = limits.query
    let rows = max(0, min(limit ?? limits.rows, limits.mostRows))
    return try await askers.run { cancellation throws(DatasetError) in
      try QueryRunner(limits: limits) { cancellation.isCancelled }.run(sql, limit: rows, path: path)
    }
  }

  /// The data set that questions about an id go to: itself, or the sample when there never was one of that id.
  ///
  /// - Throws: `dataset_not_found` for one that was deleted, `dataset_file_missing` for one that is still being imported.
  package func resolve(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> Identifier<
    Dataset
  > {
    let dataset = try await get(id, tenant: tenant)
    // One that is still being imported has no rows to ask; the sample's would be a lie.
    if let dataset, dataset.status == .uploading { throw DatasetError.fileMissing(id.text) }
    if dataset != nil, id != SampleDataset.id { return id }
    let isDeleted = try await store.read { try $0.datasets.isDeleted(id, tenant: tenant) }
    guard !isDeleted else { throw DatasetError.notFound(id.text) }
    try await sample.open { [self] in try await makeSample() }
    return SampleDataset.id
  }

  /// The path of the SQLite database with the table `transactions` that an id stands for; for a sandbox that reads it with other means.
  package func databasePath(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> String {
    files.database(try await resolve(id, tenant: tenant).text)
  }

  /// The file that Python code reads as the data set of an id.
  package func tableFile(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> TableFile {
    let path = try await databasePath(id, tenant: tenant)
    guard files.exists(path: path) else { throw DatasetError.fileMissing(id.text) }
    let dates = try await askers.run { _ throws(DatasetError) in
      do {
        return try DatasetReader(path: path).columns().filter { $0.type == .datetime }.map(\.name)
      } catch {
        throw DatasetError(error)
      }
    }
    return TableFile(path: path, form: .sqlite(table: DatasetSchema.table), dateColumns: dates)
  }
}
