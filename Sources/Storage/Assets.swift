import Basics
import CAssets
package import Database
package import Model

/// The files that travel inside the binary: migrations, prices, seeds, the page, the program inside the Python sandbox.
package enum Assets {
  /// The paths of all files, from the project's root.
  package static var paths: [String] { files.map { String(cString: $0.path) } }

  /// The bytes of one file, or nil when there is no such file.
  package static func file(_ path: String) -> [UInt8]? {
    guard let file = files.first(where: { String(cString: $0.path) == path }) else { return nil }
    return [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
  }

  /// The migrations, in the table's order.
  package static func migrations() throws -> [Migration] {
    let folder = "Migrations/"
    return try paths.filter { $0.hasPrefix(folder) && $0.hasSuffix(".sql") }.map { path in
      try Migration(
        fileName: String(path.dropFirst(folder.count)), sql: String(decoding: file(path) ?? [], as: UTF8.self)
      )
    }
  }

  /// The delivered prices.
  ///
  /// - Throws: `asset_invalid` when the file is not of the form it should have.
  package static func prices() throws -> PriceTable {
    let path = "Prices/prices.json"
    do {
      return try PriceTable(json: JSON.parse(file(path) ?? []))
    } catch {
      throw StoreError.badAsset(path: path, detail: "\(error)")
    }
  }

  /// The program that runs inside each Python sandbox.
  package static var sandboxWorker: [UInt8] { file("Sandbox/worker.py") ?? [] }

  private static var files: UnsafeBufferPointer<cassets_file> {
    var count = 0
    let start = cassets_files(&count)
    return UnsafeBufferPointer(start: start, count: count)
  }
}
