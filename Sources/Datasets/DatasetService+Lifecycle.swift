package import Basics
import Glibc
package import Model
import Storage
import Tables

/// From the first byte of a file to the last trace of a data set.
extension DatasetService {
  /// Begins an upload. Nothing is stored of it before it is finished.
  ///
  /// - Throws: `dataset_not_csv` for a name that ends like another kind of file, `disk_full`, `datasets_folder`.
  package func upload(filename: String, tenant: String = "default") throws -> DatasetUpload {
    let name = FileName.safe(filename)
    guard FileName.mayBeCSV(name) else { throw DatasetError.notAFile(name: name) }
    let id: Identifier<Dataset> = store.newIdentifier()
    return try DatasetUpload(
      id: id, filename: name, path: files.upload(id.text), limit: limits.uploadBytes, tenant: tenant)
  }

  /// Makes a data set of an upload: its rows can be asked from now on, its profile comes with `explore`.
  ///
  /// - Throws: `csv_…` with the line at fault, `dataset_too_large`, `disk_full`, `upload_ended`. Nothing is left then.
  package func finish(_ upload: DatasetUpload) async throws -> Dataset {
    guard upload.end() else { throw DatasetError.uploadEnded }
    let (id, path, limits, target) = (upload.id, upload.path, limits, files.database(upload.id.text))
    do {
      var dataset = try await store.write {
        try $0.datasets.create(id, filename: upload.filename, tenant: upload.tenant)
      }
      let outcome = try await build { cancellation throws(DatasetError) in
        do {
          return try DatasetImporter(source: path, limits: limits) { cancellation.isCancelled }.run(
            into: target)
        } catch let error as TableError {
          throw DatasetError.storage(code: error.code, message: error.description)
        } catch {
          throw DatasetError(error)
        }
      }
      unlink(path)
      try await store.write { try $0.datasets.finishUpload(id, rowCount: outcome.rowCount) }
      dataset.rowCount = outcome.rowCount
      dataset.status = .exploring
      return dataset
    } catch {
      files.remove(id.text)
      _ = try? await store.write { try $0.datasets.remove(id, tenant: upload.tenant) }
      throw error
    }
  }

  /// Finds out what is in a data set, and keeps it; one that is ready already is not looked at again.
  ///
  /// - Returns: its profile ("Data DNA"), with the insights that came since.
  /// - Throws: `dataset_not_found`, `dataset_file_missing`.
  @discardableResult
  package func explore(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> JSON {
    guard let dataset = try await get(id, tenant: tenant), dataset.status != .uploading else {
      throw DatasetError.notFound(id.text)
    }
    if dataset.status == .ready, let profile = try await knownProfile(id, tenant: tenant) { return profile }
    let profile = try await profile(at: files.database(id.text), id)
    try await store.write { try $0.datasets.finishExploring(id, profile: profile) }
    return try await knownProfile(id, tenant: tenant) ?? profile
  }

  /// Computes the profile of a database.
  func profile(at path: String, _ id: Identifier<Dataset>) async throws(DatasetError) -> JSON {
    guard files.exists(id.text) else { throw DatasetError.fileMissing(id.text) }
    return try await build { cancellation throws(DatasetError) in
      do {
        let reader = try DatasetReader(path: path)
        var profile = Profiler.profile(of: try reader.table { cancellation.isCancelled })
        profile.patterns = Array((try reader.remarks() + profile.patterns).prefix(10))
        return profile.json
      } catch {
        throw DatasetError(error)
      }
    }
  }

  /// What statistics can say of the data set that an id stands for; where no Python is at hand, this answers instead of it.
  ///
  /// - Parameter columns: only these; all when empty.
  package func statistics(
    of id: Identifier<Dataset>, columns: [String] = [], tenant: String = "default"
  ) async throws -> JSON {
    let path = try await databasePath(id, tenant: tenant)
    return try await build { cancellation throws(DatasetError) in
      do {
        let table = try DatasetReader(path: path).table { cancellation.isCancelled }
        return StatisticsReport.report(of: table, columns: columns)
      } catch {
        throw DatasetError(error)
      }
    }
  }

  /// A data set, or nil when there is none of that id.
  package func get(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> Dataset? {
    try await store.read { try $0.datasets.get(id, tenant: tenant) }
  }

  /// The profile that is kept of a data set, with the insights that came since; nil while there is none.
  package func knownProfile(_ id: Identifier<Dataset>, tenant: String = "default") async throws -> JSON? {
    try await store.read { transaction in
      guard var profile = try transaction.datasets.profile(of: id, tenant: tenant)?.object else { return nil }
      profile["accumulated_insights"] = .array(try transaction.datasets.insights(of: id, tenant: tenant))
      return .object(profile)
    }
  }

  /// The profile that answers about an id are made with: its own, made now if need be, or the sample's with the id's own insights.
  package func profile(for id: Identifier<Dataset>, tenant: String = "default") async throws -> JSON {
    let subject = try await resolve(id, tenant: tenant)
    guard subject != id else { return try await explore(id, tenant: tenant) }
    var profile = try await explore(subject, tenant: SampleDataset.tenant).object ?? [:]
    profile["accumulated_insights"] = .array(
      try await store.read { try $0.datasets.insights(of: id, tenant: tenant) })
    return .object(profile)
  }

  /// Keeps what an answer found out about an id, uploaded or not, with the moment unless it brings one.
  ///
  /// - Returns: how many there are now.
  @discardableResult
  package func addInsight(
    _ insight: JSON, to id: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> Int {
    try await store.write {
      try $0.datasets.addInsight(Insight.stamped(insight, at: $0.now), to: id, tenant: tenant)
    }
  }

  /// Removes a data set with its file.
  ///
  /// - Throws: `dataset_not_found`; the sample cannot be removed.
  package func delete(_ id: Identifier<Dataset>, tenant: String = "default") async throws {
    guard id != SampleDataset.id else { throw DatasetError.notFound(id.text) }
    let existed = try await store.write { try $0.datasets.delete(id, tenant: tenant) }
    guard existed else { throw DatasetError.notFound(id.text) }
    // Questions that are being answered keep the file that they have open.
    files.remove(id.text)
  }
}

/// Names of files that come from outside.
enum FileName {
  /// The last part of a path, without control characters, of a bounded length.
  static func safe(_ name: String) -> String {
    let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
    let clean = String(
      last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200).map { Character($0) })
    return clean.isEmpty ? "data.csv" : clean
  }

  /// Whether a name does not end like a file that is no CSV.
  static func mayBeCSV(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return true }
    return ["csv", "tsv", "tab", "txt"].contains(name[name.index(after: dot)...].lowercased())
  }
}
