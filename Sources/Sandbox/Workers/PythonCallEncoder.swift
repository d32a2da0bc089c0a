import Basics

/// Writes a call as the line that a worker reads.
enum PythonCallEncoder {
  static func encode(_ call: PythonCall) -> [UInt8] {
    var object: JSONObject = [
      "code": .string(call.code), "seconds": .number(Double(call.timeout.nanoseconds) / 1e9),
    ]
    if let table = call.table { object["table"] = .object(Self.table(table)) }
    if !call.rows.isEmpty { object["rows"] = .array(call.rows) }
    return JSON.object(object).bytes + [UInt8(ascii: "\n")]
  }

  private static func table(_ table: TableFile) -> JSONObject {
    var object: JSONObject = ["path": .string(tablePath)]
    switch table.form {
    case .csv: object["form"] = "csv"
    case .sqlite(let name):
      object["form"] = "sqlite"
      object["name"] = .string(name)
    }
    object["dates"] = .array(table.dateColumns.map { .string($0) })
    return object
  }

  /// The name of a worker's data set in its folder.
  static let tableName = "table"
  private static let tablePath = "\(BubblewrapArguments.Inside.data)/\(tableName)"
}
