import Basics
import Database

/// How much of the disk the database takes.
package struct DatabaseSize: Equatable, Sendable {
  /// Bytes of the file.
  package let bytes: Int64
  /// Those of them that hold nothing: new rows take them before the file grows.
  package let free: Int64
}

extension Store {
  /// Gives the room of deleted rows back to the file system, which copies the whole database; nobody may have it open.
  ///
  /// - Throws: `database_locked` while a hub runs, `disk_full` when there is no room for the copy.
  package static func shrink(path: String) throws {
    let lock = try DatabaseLock(path: path)
    defer { lock.release() }
    let connection = try DatabaseConnection(path: path, access: .readWrite)
    try connection.execute("VACUUM")
    try connection.checkpointWhole()
  }
}
