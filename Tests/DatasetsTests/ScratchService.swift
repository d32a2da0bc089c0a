import Basics
import Datasets
import Model
import PythonTools
import Sandbox
import Storage
import TestKit

/// A service of a test's own, with its hub's database.
final class ScratchService: Sendable {
  let hub = ScratchFolder()
  let folder = ScratchFolder()
  let store: Store
  let service: DatasetService
  /// On a host without Python: what needs one is tested in `PythonToolsTests` and over the routes.
  let workspace: DatasetWorkspace

  init(_ limits: DatasetLimits = DatasetLimits()) throws {
    var configuration = StoreConfiguration(path: "\(hub.path)/hub.db")
    configuration.boot = "boot-1"
    store = try Store.open(configuration, log: .silent)
    service = try DatasetService(folder: folder.path, store: store, limits: limits, log: .silent)
    workspace = try Self.workspace(service, "\(hub.path)/python")
  }

  static func workspace(_ service: DatasetService, _ folder: String) throws -> DatasetWorkspace {
    let sandbox = try PythonSandbox(
      configuration: SandboxConfiguration(worker: [], folder: folder, bubblewrap: [], modules: []),
      log: .silent)
    return DatasetWorkspace(service, python: PythonRunner(sandbox), log: .silent)
  }

  deinit {
    service.close()
    store.close()
  }

  /// The files of data sets.
  var files: [String] { folder.names }

  /// Uploads a file as pieces of some bytes each.
  func add(_ bytes: [UInt8], name: String = "data.csv", pieces: Int = 1000) async throws -> Dataset {
    let upload = try service.upload(filename: name)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      try upload.append(Array(bytes[start..<min(start + pieces, bytes.count)]))
    }
    return try await service.finish(upload)
  }

  func add(_ text: String, name: String = "data.csv", pieces: Int = 1000) async throws -> Dataset {
    try await add(Array(text.utf8), name: name, pieces: pieces)
  }

  /// The rows of an answer as JSON text.
  func ask(_ dataset: Dataset, _ sql: String, limit: Int? = nil) async throws -> String {
    JSON.array(try await service.query(dataset.id, sql: sql, limit: limit).records).text
  }

  /// How a question fails.
  func refusal(_ dataset: Dataset, _ sql: String) async -> DatasetError? {
    do {
      _ = try await service.query(dataset.id, sql: sql)
      return nil
    } catch { return error as? DatasetError ?? .storage(code: "other", message: "\(error)") }
  }
}

/// A small table of several types.
let payments = """
  id,amount,region,is_member,paid_at,note
  1,10.5,North,true,2024-01-31 08:00:00,first
  2,20,South,false,2024-02-01 09:30:00,
  3,NA,North,true,2024-02-02 10:00:00,"two
  lines"
  4,-4.25,East,false,2024-03-01 11:00:00,'quoted'
  """
