import Glibc

/// The file of a database's write-ahead log, to bring it to the disk away from the thread that writes it.
///
/// A commit of `synchronous = NORMAL` is in the operating system's hands: it survives the process, not the machine. An `fdatasync` of
/// this file behind it makes it as safe as a commit of `FULL` (sqlite.org/wal.html, "Performance Considerations").
package final class WriteAheadLog: Sendable {
  private let descriptor: Int32

  /// Opens the log of a database that has been written to; it stays the same file as long as a connection is open.
  ///
  /// - Throws: `database_cannot_open`.
  package init(ofDatabase path: String) throws(DatabaseError) {
    descriptor = open(path + "-wal", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DatabaseError(.cannotOpen, doing: "open \(path)-wal", detail: String(cString: strerror(errno)))
    }
  }

  deinit { close(descriptor) }

  /// Returns when all that was committed before the call is on the disk.
  ///
  /// - Throws: `disk_full` or `database_io`.
  package func sync() throws(DatabaseError) {
    while fdatasync(descriptor) != 0 {
      let code = errno
      guard code != EINTR else { continue }
      throw DatabaseError(
        code == ENOSPC || code == EDQUOT ? .diskFull : .inputOutput, doing: "bring a commit to the disk",
        detail: String(cString: strerror(code)))
    }
  }
}
