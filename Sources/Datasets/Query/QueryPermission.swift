import Database

/// What the engine may do for a question: read the tables it is about, and call functions that only compute.
struct QueryPermission {
  /// The tables that may be read, in lower case.
  let tables: Set<String>
  /// Names that the question gives to tables of its own, in upper case. The engine asks for those, too, when it only counts their rows.
  let ownTables: Set<String>

  func allows(_ action: StatementAction) -> Bool {
    switch action {
    case .select, .recursion: true
    case .read(let table, let column):
      tables.contains(table.lowercased()) || Self.tableFunctions.contains(table.lowercased())
        || column.isEmpty && ownTables.contains(table.uppercased())
    case .function(let name): Self.functions.contains(name.lowercased())
    case .other: false
    }
  }

  /// What was asked for, as it follows "The query may not use".
  static func words(for action: StatementAction) -> String {
    switch action {
    case .select, .recursion: "this statement"
    case .read(let table, _): "the table \(table)"
    case .function(let name): "the function \(name)"
    case .other: "anything but SELECT"
    }
  }

  /// Functions that stand where a table does. The engine declares them at their first use, which no question may: so they are used once before.
  static let tableFunctions = ["json_each", "json_tree"]

  /// Neither files, nor extensions, nor settings, nor chance.
  private static let functions: Set<String> = QueryFunctions.names.union([
    // Text.
    "char", "format", "glob", "hex", "instr", "length", "like", "lower", "ltrim", "printf", "quote",
    "replace", "rtrim",
    "soundex", "substr", "substring", "trim", "unicode", "unhex", "upper", "octet_length", "concat",
    "concat_ws",
    // Values.
    "abs", "coalesce", "ifnull", "iif", "if", "likelihood", "likely", "max", "min", "nullif", "round", "sign",
    "typeof",
    "unlikely", "zeroblob",
    // Mathematics.
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees",
    "exp",
    "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh", "sqrt",
    "tan", "tanh",
    "trunc",
    // Time.
    "date", "datetime", "julianday", "strftime", "time", "unixepoch", "timediff", "current_date",
    "current_time",
    "current_timestamp",
    // Sums and windows.
    "avg", "count", "cume_dist", "dense_rank", "first_value", "group_concat", "lag", "last_value", "lead",
    "nth_value",
    "ntile", "percent_rank", "rank", "row_number", "string_agg", "sum", "total",
    // JSON.
    "json", "json_array", "json_array_length", "json_each", "json_extract", "json_group_array",
    "json_group_object",
    "json_object", "json_quote", "json_type", "json_valid", "->", "->>",
  ])
}
