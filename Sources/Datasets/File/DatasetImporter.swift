import Database
import Glibc
import Tables

/// Turns an uploaded CSV file into a data set's own database, in two passes over the file: one finds out what the columns are, one stores them.
///
/// Memory stays that of one row, however large the file is. The database gets its name when it is complete, so a crash leaves nothing half.
struct DatasetImporter {
  private let source: String
  private let limits: DatasetLimits
  private let isCancelled: () -> Bool

  private static let pieceBytes = 256 << 10

  /// What an import found.
  struct Outcome: Equatable {
    let rowCount: Int
    let columnCount: Int
  }

  /// - Parameters:
  ///   - source: the path of the CSV file.
  ///   - isCancelled: asked once a piece; an import that is cancelled throws `query_cancelled`.
  init(source: String, limits: DatasetLimits, isCancelled: @escaping () -> Bool) {
    self.source = source
    self.limits = limits
    self.isCancelled = isCancelled
  }

  /// Makes the database.
  ///
  /// - Parameter target: the path it gets; beside it stands `target` + `.part` meanwhile.
  /// - Throws: `TableError`, `DatasetError`, `DatabaseError` (a full disk).
  func run(into target: String) throws -> Outcome {
    let dialect = try dialect()
    var survey = TableSurvey(dialect)
    try read(dialect) { record in
      survey.note(record)
      guard survey.rowCount <= limits.rows else {
        throw DatasetError.tooLarge(what: "rows", limit: limits.rows)
      }
    }
    let plan = try survey.plan()
    guard plan.rowCount * plan.columns.count <= limits.cells else {
      throw DatasetError.tooLarge(what: "cells (rows times columns)", limit: limits.cells)
    }
    let part = target + ".part"
    unlink(part)
    do {
      try build(plan, dialect, at: part)
      try DatasetFiles.publish(part, as: target)
    } catch {
      unlink(part)
      throw error
    }
    return Outcome(rowCount: plan.rowCount, columnCount: plan.columns.count)
  }

  private func build(_ plan: TablePlan, _ dialect: CSVDialect, at path: String) throws {
    let writer = try DatasetWriter(path: path, plan: plan)
    var isHeader = dialect.hasHeader
    try read(dialect) { record in
      if isHeader { isHeader = false } else { try writer.append(record) }
    }
    try writer.finish()
  }

  private func dialect() throws -> CSVDialect {
    let file = try SourceFile(source)
    var head: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: CSVDialect.headBytes)
    while head.count < CSVDialect.headBytes {
      let count = try file.read(into: &piece)
      if count == 0 { return try CSVDialect(head: head, isWhole: true) }
      head += piece[..<count]
    }
    return try CSVDialect(head: head, isWhole: false)
  }

  /// Reads the whole file, row by row.
  private func read(_ dialect: CSVDialect, visit: (CSVRecord) throws -> Void) throws {
    let file = try SourceFile(source)
    var parser = CSVParser(delimiter: dialect.delimiter, limits: limits.csv)
    var transcoder = UTF16Transcoder(isBigEndian: dialect.encoding == .utf16BigEndian)
    var preamble = dialect.preamble
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      guard !isCancelled() else { throw DatasetError.cancelled }
      let count = try file.read(into: &piece)
      if count == 0 { break }
      if dialect.encoding == .utf8 {
        let skipped = min(preamble, count)
        preamble -= skipped
        try parser.read(piece.span.extracting(skipped..<count), visit: visit)
      } else {
        let text = transcoder.transcode(piece[..<count])
        let skipped = min(preamble, text.count)
        preamble -= skipped
        try parser.read(text.span.extracting(skipped..<text.count), visit: visit)
      }
    }
    try parser.finish(visit: visit)
  }
}

/// A file that is read from its beginning to its end.
private final class SourceFile {
  private let descriptor: Int32

  init(_ path: String) throws(DatasetError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw DatasetFiles.failure("open \(path)") }
  }

  deinit { close(descriptor) }

  /// - Returns: how many bytes were read; 0 at the end.
  func read(into piece: inout [UInt8]) throws(DatasetError) -> Int {
    while true {
      let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      guard errno == EINTR else { throw DatasetFiles.failure("read an upload") }
    }
  }
}
