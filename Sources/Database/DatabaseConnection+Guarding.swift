import CSQLite

/// What a statement is about to do, as SQLite tells it while it prepares one.
package enum StatementAction: Equatable, Sendable {
  case select
  /// A common table expression that refers to itself.
  case recursion
  /// A column of a table; empty when only rows are counted.
  case read(table: String, column: String)
  case function(String)
  /// Anything else, by SQLite's number: writing, attaching, settings.
  case other(Int32)
}

/// Bounds of what one connection may use.
package enum ConnectionLimit: Sendable {
  /// Bytes of a text, a blob or a row.
  case valueBytes
  case sqlBytes
  case expressionDepth
  case compoundSelects
  case columns
  case operations
  case attachedDatabases
  case patternBytes

  fileprivate var number: Int32 {
    switch self {
    case .valueBytes: SQLITE_LIMIT_LENGTH
    case .sqlBytes: SQLITE_LIMIT_SQL_LENGTH
    case .expressionDepth: SQLITE_LIMIT_EXPR_DEPTH
    case .compoundSelects: SQLITE_LIMIT_COMPOUND_SELECT
    case .columns: SQLITE_LIMIT_COLUMN
    case .operations: SQLITE_LIMIT_VDBE_OP
    case .attachedDatabases: SQLITE_LIMIT_ATTACHED
    case .patternBytes: SQLITE_LIMIT_LIKE_PATTERN_LENGTH
    }
  }
}

/// Keeps a closure where a C callback finds it.
final class Authorizer {
  fileprivate let allows: (StatementAction) -> Bool
  fileprivate init(_ allows: @escaping (StatementAction) -> Bool) { self.allows = allows }
}

/// Keeps a closure where a C callback finds it.
final class Watcher {
  fileprivate let goesOn: () -> Bool
  fileprivate init(_ goesOn: @escaping () -> Bool) { self.goesOn = goesOn }
}

/// For statements that strangers write: what they may do, how long, and with how much.
extension DatabaseConnection {
  /// Sets a bound; what exceeds it fails as `value_too_large` or with SQLite's own words.
  package func limit(_ limit: ConnectionLimit, to value: Int) {
    sqlite3_limit(handle, limit.number, Int32(value))
  }

  /// Asks about each thing that a statement would do before it can run; a statement of which one is not allowed fails as `statement_denied`.
  package func authorize(_ allows: @escaping (StatementAction) -> Bool) {
    let authorizer = Authorizer(allows)
    self.authorizer = authorizer
    sqlite3_set_authorizer(
      handle,
      { context, code, first, second, _, _ in
        guard let context else { return SQLITE_DENY }
        let action = DatabaseConnection.action(code, first, second)
        return Unmanaged<Authorizer>.fromOpaque(context).takeUnretainedValue().allows(action)
          ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(authorizer).toOpaque())
  }

  /// Asks again and again, while a statement runs, whether it may go on; if not, it fails as `statement_interrupted`.
  ///
  /// - Parameter operations: of SQLite's machine between two questions.
  package func watch(every operations: Int, _ goesOn: @escaping () -> Bool) {
    let watcher = Watcher(goesOn)
    self.watcher = watcher
    sqlite3_progress_handler(
      handle, Int32(operations),
      { context in
        guard let context else { return 1 }
        return Unmanaged<Watcher>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
      }, Unmanaged.passUnretained(watcher).toOpaque())
  }

  private static func action(
    _ code: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?
  ) -> StatementAction {
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
    return switch code {
    case SQLITE_SELECT: .select
    case SQLITE_RECURSIVE: .recursion
    case SQLITE_READ: .read(table: text(first), column: text(second))
    // The name of a function is the second of what SQLite tells.
    case SQLITE_FUNCTION: .function(text(second))
    default: .other(code)
    }
  }

  /// The name by which SQLite opens a file that never changes.
  static func immutableURI(_ path: String) -> String {
    var uri = "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0...0x20, 0x7F...:
        uri += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      default: uri.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return uri + "?immutable=1&mode=ro"
  }
}
