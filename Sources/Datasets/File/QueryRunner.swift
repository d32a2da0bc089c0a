import Basics
import Database
import Glibc

/// Runs one question on one database, within all limits.
///
/// The connection is the question's own: it reads a file that never changes, can open no other, and may do nothing but read the tables it is
/// about.
struct QueryRunner {
  private let limits: QueryLimits
  private let tables: Set<String>
  private let isCancelled: () -> Bool

  /// How many operations of the engine pass between two looks at the clock: some microseconds.
  private static let watchEvery = 200

  /// - Parameter tables: those that may be read, in lower case.
  init(
    limits: QueryLimits, tables: Set<String> = [DatasetSchema.table],
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.limits = limits
    self.tables = tables
    self.isCancelled = isCancelled
  }

  /// What ended a statement before its time.
  private final class Ending {
    var error: DatasetError?
    var denied = ""
  }

  /// - Parameter limit: rows of the answer at most.
  /// - Throws: `DatasetError`.
  func run(_ sql: String, limit: Int, path: String) throws(DatasetError) -> QueryResult {
    try QueryRule.check(sql, limits: limits)
    let ending = Ending()
    do {
      let connection = try DatabaseConnection(path: path, access: .immutable)
      try guardConnection(
        connection, QueryPermission(tables: tables, ownTables: QueryRule.ownTables(sql)), ending)
      return try read(try connection.statement(sql), limit: limit)
    } catch {
      throw Self.translate(error, ending, limits)
    }
  }

  private func guardConnection(
    _ connection: DatabaseConnection, _ permission: QueryPermission, _ ending: Ending
  ) throws {
    try QueryFunctions.define(on: connection)
    for function in QueryPermission.tableFunctions { try connection.execute(DatasetSchema.declare(function)) }
    connection.limit(.valueBytes, to: limits.valueBytes)
    connection.limit(.sqlBytes, to: limits.sqlBytes)
    connection.limit(.expressionDepth, to: 200)
    connection.limit(.compoundSelects, to: 100)
    connection.limit(.operations, to: 200_000)
    connection.limit(.attachedDatabases, to: 0)
    connection.limit(.patternBytes, to: 1000)
    connection.authorize { action in
      if permission.allows(action) { return true }
      ending.denied = QueryPermission.words(for: action)
      return false
    }
    let deadline = Self.now() + limits.seconds * 1_000_000_000
    let memory = DatabaseMemory.ofThread + limits.memoryBytes
    connection.watch(every: Self.watchEvery) {
      if isCancelled() {
        ending.error = .cancelled
      } else if Self.now() > deadline {
        ending.error = .timeout(seconds: limits.seconds)
      } else if DatabaseMemory.ofThread > memory {
        ending.error = .tooMuchMemory(megabytes: limits.memoryBytes >> 20)
      }
      return ending.error == nil
    }
  }

  private func read(_ statement: Statement, limit: Int) throws -> QueryResult {
    let columns = (0..<statement.columnCount).map { statement.columnName($0) }
    let areBooleans = columns.indices.map { statement.declaredType($0) == DatasetSchema.boolean }
    var rows: [[JSON]] = []
    var bytes = 0
    while try statement.step() {
      guard rows.count < limit, bytes < limits.resultBytes else {
        return QueryResult(columns: columns, rows: rows, isTruncated: true)
      }
      rows.append(
        columns.indices.map { index in
          let value = Self.value(statement, index, isBoolean: areBooleans[index])
          bytes += 16 + (value.string?.utf8.count ?? 0)
          return value
        })
    }
    return QueryResult(columns: columns, rows: rows, isTruncated: false)
  }

  private static func value(_ row: Statement, _ column: Int, isBoolean: Bool) -> JSON {
    switch row.kind(column) {
    case .null: .null
    case .integer: isBoolean ? .bool(row.integer(column) != 0) : .integer(row.integer(column))
    case .real: .number(row.real(column))
    case .text: .string(row.text(column))
    case .bytes: .string(Hexadecimal.text(row.bytes(column)))
    }
  }

  private static func translate(_ error: any Error, _ ending: Ending, _ limits: QueryLimits) -> DatasetError {
    guard let error = error as? DatabaseError else { return DatasetError(error) }
    switch error.reason {
    case .interrupted: return ending.error ?? .cancelled
    case .denied: return .denied(ending.denied)
    case .tooLarge: return .valueTooLarge(bytes: limits.valueBytes)
    case .outOfMemory: return .tooMuchMemory(megabytes: limits.memoryBytes >> 20)
    // What the engine says of a statement's text: an unknown column, a missing parenthesis.
    case .failed: return ending.denied.isEmpty ? .unreadable(error.detail) : .denied(ending.denied)
    default: return DatasetError(error)
    }
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
