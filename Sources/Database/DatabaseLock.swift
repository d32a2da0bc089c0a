import Glibc

/// Keeps a second hub away from a database: it would number events a second time.
///
/// A file beside the database, because closing any descriptor of the database itself would drop SQLite's own locks.
package struct DatabaseLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock without waiting.
  ///
  /// - Parameter path: the database's path; the lock is `path` + `-lock`, and it stays when the lock is let go.
  /// - Throws: `database_locked`, `database_cannot_open`.
  package init(path: String) throws(DatabaseError) {
    let descriptor = open(path + "-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DatabaseError(.cannotOpen, doing: "open \(path)", detail: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(descriptor)
      throw DatabaseError(
        .locked, doing: "open \(path)",
        detail: reason == EWOULDBLOCK ? "another hub has it open" : String(cString: strerror(reason)))
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
