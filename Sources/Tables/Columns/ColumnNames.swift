/// Turns the names of a header into names that SQL takes without quotes.
package enum ColumnNames {
  /// Words that SQL would not take as a column's name, and those that questions may not contain.
  private static let reserved: Set<String> = [
    "add", "all", "alter", "and", "as", "attach", "autoincrement", "between", "call", "case", "check",
    "collate",
    "commit", "constraint", "copy", "create", "cross", "current_date", "current_time", "current_timestamp",
    "default",
    "deferrable", "delete", "detach", "distinct", "drop", "else", "end", "escape", "except", "exists",
    "export",
    "foreign", "from", "full", "group", "having", "in", "index", "inner", "insert", "install", "intersect",
    "into",
    "is", "isnull", "join", "left", "limit", "load", "natural", "not", "nothing", "notnull", "null", "offset",
    "on",
    "or", "order", "outer", "pragma", "primary", "references", "returning", "right", "rowid", "oid",
    "_rowid_",
    "select", "set", "table", "then", "to", "transaction", "union", "unique", "update", "using", "vacuum",
    "values",
    "when", "where", "with",
  ]

  /// Names for SQL, in the order of the header: each different from the others whatever the case.
  ///
  /// Good names stay as they are; other characters become `_`, a name that SQL knows gets a `_`, an empty one is called by its place
  /// (`column_3`), and one that comes again by its turn (`amount_2`).
  package static func identifiers(for names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.enumerated().map { index, name in
      var word = identifier(name)
      if word.isEmpty { word = "column_\(index + 1)" }
      if reserved.contains(word.lowercased()) { word += "_" }
      var unique = word
      var turn = 1
      while !taken.insert(unique.lowercased()).inserted {
        turn += 1
        unique = "\(word)_\(turn)"
      }
      return unique
    }
  }

  private static func identifier(_ name: String) -> String {
    var word = ""
    for scalar in name.unicodeScalars {
      let isPart = scalar.properties.isAlphabetic || scalar == "_" || "0"..."9" ~= scalar
      if isPart { word.unicodeScalars.append(scalar) } else if word.last != "_" { word.append("_") }
    }
    while word.last == "_", name.last != "_" { word.removeLast() }
    if word.first == "_", name.first != "_" { word.removeFirst() }
    // SQLite's limit is far away, a reader's patience is not.
    word = String(word.prefix(60))
    if let first = word.unicodeScalars.first, "0"..."9" ~= first { word = "_" + word }
    return word
  }
}
