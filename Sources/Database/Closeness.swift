import CSQLite

/// The function `closeness(TABLE, WEIGHTS)` of full-text searches: how much a row is about the words that were looked for.
///
/// BM25 without its look at the whole table: SQLite's own `bm25` walks all rows that hold each word before it ranks the first one, 40 ms a word
/// that is in each of a million rows. Here the caller says what a word weighs, and what is usual for a length. Only the first column counts.
enum Closeness {
  private static let name = "closeness"
  /// How soon more of the same word says nothing new, and how much a row's length counts: as usual for BM25.
  private static let saturation = 1.2
  private static let lengthShare = 0.75
  /// Words of a usual row.
  private static let usualLength = 100.0
  /// What an interface is asked for by; a literal, since SQLite keeps the address.
  private static let interface: StaticString = "fts5_api_ptr"

  /// Teaches a connection the function.
  static func define(on connection: DatabaseConnection) throws(DatabaseError) {
    // Unsafe: the interface is a C structure that SQLite owns for as long as the connection is open, and it is used in here only.
    guard let api = try api(of: connection.handle) else {
      throw DatabaseError(connection.handle, doing: "find the full-text search")
    }
    let code = api.pointee.xCreateFunction(api, name, nil, rank, nil)
    guard code == SQLITE_OK else { throw DatabaseError(connection.handle, doing: "define \(name)") }
  }

  private static func api(
    of handle: OpaquePointer
  ) throws(DatabaseError) -> UnsafeMutablePointer<fts5_api>? {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, nil) == SQLITE_OK else {
      throw DatabaseError(handle, doing: "find the full-text search")
    }
    defer { sqlite3_finalize(statement) }
    var api: UnsafeMutablePointer<fts5_api>?
    interface.withUTF8Buffer { name in
      name.withMemoryRebound(to: CChar.self) { name in
        withUnsafeMutablePointer(to: &api) { slot in
          _ = sqlite3_bind_pointer(statement, 1, slot, name.baseAddress, nil)
          _ = sqlite3_step(statement)
        }
      }
    }
    return api
  }

  /// Unsafe: C calls it with structures of its own, valid for the call.
  private static let rank: fts5_extension_function = { api, search, answer, count, values in
    guard let api, count == 1, let weights = values?[0], let start = sqlite3_value_blob(weights) else {
      return sqlite3_result_error(answer, "closeness wants a blob of weights", -1)
    }
    let size = Int(sqlite3_value_bytes(weights)) / MemoryLayout<Double>.size
    let weight = { (index: Int) in
      start.loadUnaligned(fromByteOffset: index * MemoryLayout<Double>.size, as: Double.self)
    }
    var length: Int32 = 0
    var places: Int32 = 0
    guard api.pointee.xColumnSize(search, 0, &length) == SQLITE_OK,
      api.pointee.xInstCount(search, &places) == SQLITE_OK
    else { return sqlite3_result_error_code(answer, SQLITE_CORRUPT) }
    let score = withUnsafeTemporaryAllocation(of: Double.self, capacity: max(size, 1)) { found in
      found.initialize(repeating: 0)
      for place in 0..<places {
        var (phrase, column, position): (Int32, Int32, Int32) = (0, 0, 0)
        _ = api.pointee.xInst(search, place, &phrase, &column, &position)
        if column == 0, Int(phrase) < size { found[Int(phrase)] += 1 }
      }
      let norm = saturation * (1 - lengthShare + lengthShare * Double(length) / usualLength)
      return (0..<size).reduce(0) { $0 + weight($1) * found[$1] * (saturation + 1) / (found[$1] + norm) }
    }
    sqlite3_result_double(answer, score)
  }
}
