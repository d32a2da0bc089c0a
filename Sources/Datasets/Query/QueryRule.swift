/// What questions to a data set may say. The engine enforces the same by its own means; this rule is there to say why.
package enum QueryRule {
  private static let dangerous: Set<String> = [
    "INSTALL", "LOAD", "COPY", "EXPORT", "ATTACH", "PRAGMA", "CREATE", "INSERT", "UPDATE", "DELETE", "DROP",
    "CALL",
    "ALTER",
  ]

  /// Checks a question.
  ///
  /// - Throws: `query_denied` for a word that changes things, `query_invalid` for what is no single SELECT, `query_too_large`.
  package static func check(_ sql: String, limits: QueryLimits = QueryLimits()) throws(DatasetError) {
    guard sql.utf8.count <= limits.sqlBytes else { throw .tooLong(bytes: limits.sqlBytes) }
    let tokens: [SQLTokenizer.Token]
    do throws(SQLTokenizer.Fault) {
      tokens = try SQLTokenizer.tokens(of: sql)
    } catch {
      throw .unreadable(error.message)
    }
    for case .word(let word) in tokens.map(\.kind) where dangerous.contains(word) {
      throw .dangerous(keyword: word)
    }
    guard isSelect(tokens) else { throw .notASelect }
    let semicolon = SQLTokenizer.Token.Kind.symbol(UInt8(ascii: ";"))
    guard tokens.drop(while: { $0.kind != semicolon }).allSatisfy({ $0.kind == semicolon }) else {
      throw .severalStatements
    }
    guard TableExpressions.count(tokens, limit: limits.expansions) < limits.expansions else {
      throw .tooComplex
    }
  }

  /// Which of some tables a question names, in their order.
  package static func tables(in sql: String, among tables: [String]) -> [String] {
    let tokens = (try? SQLTokenizer.tokens(of: sql)) ?? []
    let names = Set(
      tokens.compactMap { token in
        switch token.kind {
        case .word(let name), .name(let name): name
        case .text, .value, .symbol: nil
        }
      })
    return tables.filter { names.contains($0.uppercased()) }
  }

  /// The names that a question gives to tables of its own, in upper case.
  static func ownTables(_ sql: String) -> Set<String> {
    (try? SQLTokenizer.tokens(of: sql)).map { TableExpressions.names($0) } ?? []
  }

  /// Whether it begins with SELECT, or with definitions that a SELECT ends.
  private static func isSelect(_ tokens: [SQLTokenizer.Token]) -> Bool {
    guard case .word(let first)? = tokens.first?.kind else { return false }
    guard first == "WITH" else { return first == "SELECT" }
    var depth = 0
    for token in tokens.dropFirst() {
      switch token.kind {
      case .symbol(UInt8(ascii: "(")): depth += 1
      case .symbol(UInt8(ascii: ")")): depth -= 1
      case .word("SELECT") where depth == 0: return true
      case .word("VALUES") where depth == 0, .word("REPLACE") where depth == 0: return false
      default: break
      }
    }
    return false
  }
}
