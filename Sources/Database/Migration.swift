import Basics

/// One numbered SQL file that changes the schema. Forward only, never edited once applied.
package struct Migration: Equatable, Sendable {
  package let number: Int
  package let name: String
  package let sql: String

  package init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }

  /// Reads `NNNN_verb_noun.sql`.
  ///
  /// - Throws: `migration_invalid` when the file's name is not of that form.
  package init(fileName: String, sql: String) throws(DatabaseError) {
    let digits = fileName.prefix { $0.isASCII && $0.isNumber }
    guard digits.count == 4, let number = Int(digits), fileName.hasSuffix(".sql"),
      fileName.dropFirst(4).first == "_"
    else {
      throw DatabaseError(
        .wrongMigration, doing: "read the migration \(fileName)", detail: "its name is not NNNN_verb_noun.sql"
      )
    }
    self.init(number: number, name: String(fileName.dropLast(4)), sql: sql)
  }

  /// FNV-1a of the SQL, 64 bits as hexadecimal: finds an edit, and is no guard against malice.
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Hexadecimal.text((0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * $0)) })
  }
}
