/// How many copies of common table expressions the engine makes of a question.
///
/// It copies one wherever a FROM names it, while it prepares the statement and without looking at any clock: 40 expressions that each name the
/// one before twice would be copied 2^40 times. So they are counted first, rather too many than too few.
struct TableExpressions {
  private let tokens: [SQLTokenizer.Token]
  private let limit: Int
  /// For each parenthesis the place of its other one; one that has none is not there.
  private let partners: [Int: Int]
  /// Where the bodies of a name stand.
  private var bodies: [String: [Range<Int>]] = [:]
  /// Names where a table stands, by their places.
  private var references: [(place: Int, name: String)] = []
  private var costs: [Range<Int>: Int] = [:]

  /// The number of copies; `limit` when there are that many or more.
  static func count(_ tokens: [SQLTokenizer.Token], limit: Int) -> Int {
    var expansion = TableExpressions(tokens, limit: limit)
    return expansion.cost(of: 0..<tokens.count)
  }

  /// The names that a question gives to expressions of its own, in upper case.
  static func names(_ tokens: [SQLTokenizer.Token]) -> Set<String> {
    Set(TableExpressions(tokens, limit: 0).bodies.keys)
  }

  private init(_ tokens: [SQLTokenizer.Token], limit: Int) {
    self.tokens = tokens
    self.limit = limit
    partners = Self.partners(tokens)
    findBodies()
    findReferences()
  }

  /// Finds each `name AS (…)`, `name (…) AS (…)` and `name AS MATERIALIZED (…)`.
  private mutating func findBodies() {
    for index in tokens.indices where tokens[index].kind == .word("AS") {
      var open = index + 1
      while open < tokens.count, [.word("NOT"), .word("MATERIALIZED")].contains(tokens[open].kind) {
        open += 1
      }
      guard open < tokens.count, tokens[open].kind == .open, let name = nameDefined(before: index) else {
        continue
      }
      bodies[name, default: []].append(open..<endOfParentheses(open))
    }
  }

  private func nameDefined(before index: Int) -> String? {
    var place = index - 1
    if place >= 0, tokens[place].kind == .close { place = (partners[place] ?? 0) - 1 }
    return place >= 0 ? tokens[place].kind.tableName : nil
  }

  private func endOfParentheses(_ open: Int) -> Int { (partners[open] ?? tokens.count - 1) + 1 }

  private static func partners(_ tokens: [SQLTokenizer.Token]) -> [Int: Int] {
    var partners: [Int: Int] = [:]
    var open: [Int] = []
    for (index, token) in tokens.enumerated() {
      if token.kind == .open { open.append(index) }
      guard token.kind == .close, let start = open.popLast() else { continue }
      partners[start] = index
      partners[index] = start
    }
    return partners
  }

  private static let clauses: Set<String> = [
    "SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "WITH",
    "VALUES",
  ]

  private mutating func findReferences() {
    // Whether the innermost parentheses are at their FROM; those that open there begin inside it.
    var isFrom = [false]
    for (index, token) in tokens.enumerated() {
      let isInFrom = isFrom.last ?? false
      if let name = token.kind.tableName, index > 0, bodies[name] != nil {
        switch tokens[index - 1].kind {
        case .word("FROM"), .word("JOIN"), .word("IN"): references.append((index, name))
        case .comma where isInFrom, .open where isInFrom: references.append((index, name))
        default: break
        }
      }
      switch token.kind {
      case .open: isFrom.append(isInFrom)
      case .close: if isFrom.count > 1 { isFrom.removeLast() }
      case .word("FROM"), .word("JOIN"): isFrom[isFrom.count - 1] = true
      case .word(let word) where Self.clauses.contains(word): isFrom[isFrom.count - 1] = false
      default: break
      }
    }
  }

  private mutating func cost(of range: Range<Int>) -> Int {
    if let cost = costs[range] { return cost }
    costs[range] = 0  // one that names itself is not copied into itself
    var cost = 1
    for (place, name) in references where range.contains(place) && cost < limit {
      cost += (bodies[name] ?? []).map { self.cost(of: $0) }.max() ?? 0
    }
    costs[range] = min(cost, limit)
    return min(cost, limit)
  }
}

extension SQLTokenizer.Token.Kind {
  fileprivate static var open: Self { .symbol(UInt8(ascii: "(")) }
  fileprivate static var close: Self { .symbol(UInt8(ascii: ")")) }
  fileprivate static var comma: Self { .symbol(UInt8(ascii: ",")) }

  /// The name that it is where a table is named. SQLite takes even a text for one.
  fileprivate var tableName: String? {
    switch self {
    case .word(let name), .name(let name), .text(let name): name
    case .value, .symbol: nil
    }
  }
}
