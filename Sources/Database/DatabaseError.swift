import Basics
import CSQLite
import Glibc

/// Why SQLite, or a check around it, refused; says what was being done and what to try.
package struct DatabaseError: CodedError, Equatable {
  /// The kinds that a caller or an operator can tell apart; the raw value is the stable code.
  package enum Reason: String, Sendable, CaseIterable {
    case diskFull = "disk_full"
    case locked = "database_locked"
    case notADatabase = "not_a_database"
    case readOnly = "database_read_only"
    case cannotOpen = "database_cannot_open"
    case isFolder = "database_is_a_folder"
    case corrupt = "database_corrupt"
    case inputOutput = "database_io"
    case constraint = "constraint_violated"
    case denied = "statement_denied"
    case interrupted = "statement_interrupted"
    case tooLarge = "value_too_large"
    case outOfMemory = "out_of_memory"
    case newerDatabase = "database_from_the_future"
    case otherProgram = "database_of_another_program"
    case editedMigration = "migration_edited"
    case wrongMigration = "migration_invalid"
    case failed = "database_failed"
  }

  package let reason: Reason
  /// What was being done, as it follows "Could not": `open /var/hub.db`.
  package let doing: String
  /// What SQLite or the check said.
  package let detail: String

  package init(_ reason: Reason, doing: String, detail: String) {
    self.reason = reason
    self.doing = doing
    self.detail = detail
  }

  package var code: String { reason.rawValue }
  package var message: String { "Could not \(doing): \(detail)." }

  package var hint: String? {
    switch reason {
    case .diskFull: "Free some space on the database's disk, or raise its quota; nothing was stored half."
    case .locked:
      "Another process uses this database; stop it, or choose another file with AGENTHUB_DATABASE."
    case .notADatabase: "The file is not an SQLite database; choose another path with AGENTHUB_DATABASE."
    case .readOnly: "Give this user the right to write the file and its folder (SQLite puts files beside it)."
    case .cannotOpen: "Check that the folder exists and that this user may write there."
    case .isFolder: "Name a file in it, with --database or AGENTHUB_DATABASE."
    case .corrupt: "Stop the hub and restore a backup; `PRAGMA integrity_check` tells the damage."
    case .inputOutput: "Look at the disk and the kernel's log; nothing was stored half."
    case .newerDatabase: "Start the newer program that made it, or restore a backup of the older one."
    case .otherProgram: "Choose another path with AGENTHUB_DATABASE."
    case .editedMigration: "Migrations are never edited once applied: undo the edit and add a new one."
    case .constraint, .wrongMigration, .failed, .denied, .interrupted, .tooLarge, .outOfMemory: nil
    }
  }
}

extension DatabaseError {
  /// A path that names a folder where a file is needed.
  static func folder(at path: String) -> Self {
    Self(.isFolder, doing: "open \(path)", detail: "it is a folder")
  }

  /// Space comes back, other programs let go, and disks get mended; the rest stays as it is.
  package var retryAfterMilliseconds: Int? {
    switch reason {
    case .locked: 1000
    case .diskFull, .inputOutput, .readOnly: 5000
    default: nil
    }
  }

  /// Reads the error that SQLite just reported on a connection.
  init(_ handle: OpaquePointer?, doing: String) {
    self.init(
      handle.map { Self.reason($0) } ?? .failed, doing: doing,
      detail: handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
  }

  private static func reason(_ handle: OpaquePointer) -> Reason {
    switch sqlite3_errcode(handle) & 0xFF {
    case SQLITE_FULL: .diskFull
    case SQLITE_BUSY, SQLITE_LOCKED: .locked
    case SQLITE_NOTADB: .notADatabase
    case SQLITE_READONLY: .readOnly
    case SQLITE_CANTOPEN, SQLITE_PERM: .cannotOpen
    case SQLITE_AUTH: .denied
    case SQLITE_INTERRUPT: .interrupted
    case SQLITE_TOOBIG: .tooLarge
    case SQLITE_NOMEM: .outOfMemory
    case SQLITE_CORRUPT: .corrupt
    // SQLite calls only ENOSPC full; a quota and a limit on file sizes are the same to an operator. Of failed writes
    // sqlite3_system_errno knows nothing (measured: 0), but the thread's errno still does.
    case SQLITE_IOERR: [ENOSPC, EDQUOT, EFBIG].contains(errno) ? .diskFull : .inputOutput
    case SQLITE_CONSTRAINT: .constraint
    default: .failed
    }
  }
}
