import Glibc
import Synchronization

/// Keeps a second hub away from a database: it would number events a second time.
///
/// A file beside the database, because closing any descriptor of the database itself would drop SQLite's own locks.
package final class DatabaseLock: Sendable {
  private let descriptor: Mutex<Int32?>

  /// Takes the lock without waiting.
  ///
  /// - Parameter path: the database's path; the lock is `path` + `-lock`, a file that stays when the lock is let go.
  /// - Throws: `database_locked`, `database_cannot_open`, `database_is_a_folder`.
  package init(path: String) throws(DatabaseError) {
    // Nothing can be opened there, and a lock beside it would only be litter.
    guard !PrivateFile.isFolder(at: path) else { throw .folder(at: path) }
    let file = open(path + "-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw DatabaseError(.cannotOpen, doing: "open \(path)", detail: String(cString: strerror(errno)))
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(file)
      throw DatabaseError(
        .locked, doing: "open \(path)",
        detail: reason == EWOULDBLOCK ? "another hub has it open" : String(cString: strerror(reason)))
    }
    descriptor = Mutex(file)
  }

  deinit { release() }

  /// Lets the next hub in; later calls do nothing.
  package func release() {
    guard let file = descriptor.withLock({ $0.take() }) else { return }
    // Closing alone would leave the lock with a child process that is just being started and still has the descriptor.
    flock(file, LOCK_UN)
    close(file)
  }
}
