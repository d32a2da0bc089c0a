package import Basics

/// Prices by provider and model, as data with date and source. Who is not in it has no price: its cost is unknown, never 0.
package struct PriceTable: Equatable, Sendable {
  /// One line: whose tokens, since when known, from where, and what they cost.
  package struct Row: Equatable, Sendable {
    /// A name of `ProviderTable`.
    package var provider: String
    /// The host that the price holds for, nil for any: a model of the same name elsewhere has another price, or none.
    package var server: String?
    /// Names of models; `*` stands for any text.
    package var models: [String]
    /// The price holds for calls with more input tokens than this; nil for all.
    package var above: Int?
    package var price: Price

    package init(provider: String, server: String? = nil, models: [String], above: Int? = nil, price: Price) {
      self.provider = provider
      self.server = server
      self.models = models
      self.above = above
      self.price = price
    }
  }

  /// The day on which somebody last compared the prices with their sources.
  package let date: String
  package let rows: [Row]

  package init(date: String, rows: [Row]) {
    self.date = date
    self.rows = rows
  }

  /// Knows no price.
  package static let empty = PriceTable(date: "", rows: [])

  /// What a call cost; nil when its price is not known. The first row that fits counts.
  ///
  /// - Parameter server: the host that was called; nil when nobody was.
  package func cost(of usage: Usage, provider: String, model: String, server: String?) -> Cost? {
    let model = model.lowercased()
    let row = rows.first { row in
      row.provider == provider && (row.server == nil || row.server == server)
        && usage.inputTokens > row.above ?? -1 && row.models.contains { Self.fits(model, $0) }
    }
    return row?.price.cost(of: usage)
  }

  /// Whether a name is what a pattern says: its pieces between stars come in order, the first and the last at the ends.
  static func fits(_ name: String, _ pattern: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = pieces.first, let last = pieces.last else { return false }
    guard pieces.count > 1 else { return name == pattern }
    guard name.hasPrefix(first), name.utf8.count >= first.utf8.count + last.utf8.count else { return false }
    var rest = name.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() {
      guard let end = Self.end(of: piece, in: rest) else { return false }
      rest = rest[end...]
    }
    return rest.hasSuffix(last)
  }

  private static func end(of piece: Substring, in text: Substring) -> Substring.Index? {
    var start = text.startIndex
    while true {
      if text[start...].hasPrefix(piece) { return text.index(start, offsetBy: piece.count) }
      guard start < text.endIndex else { return nil }
      start = text.index(after: start)
    }
  }
}

/// A price table that cannot be used.
package struct PriceTableError: CodedError, Equatable {
  /// What is wrong, and where.
  package let detail: String

  package var code: String { "prices_invalid" }
  package var message: String { "The price table cannot be used: \(detail)." }
  package var hint: String? {
    "Prices are whole micro-dollars per million tokens: 0.15 dollars are 150000. Prices/README.md shows the form."
  }
}

extension PriceTable {
  /// Reads a table: `{"date":"2026-11-21","prices":[{"provider","server","models","above","input","output",…,"source"}]}`.
  ///
  /// - Throws: `prices_invalid`, naming the first wrong row; a price that is misread is worse than none.
  package init(json: JSON) throws(PriceTableError) {
    guard let date = json["date"]?.string, Day(date) != nil else {
      throw PriceTableError(detail: "it has no date, like \"2026-11-21\"")
    }
    guard let array = json["prices"]?.array else { throw PriceTableError(detail: "it has no list of prices") }
    var rows: [Row] = []
    for (index, json) in array.enumerated() { rows.append(try Row(json, place: "prices[\(index)]")) }
    self.init(date: date, rows: rows)
  }
}

extension PriceTable.Row {
  private static let known = [
    "provider", "server", "models", "above", "input", "output", "cachedRead", "cacheWrite", "reasoning",
    "source",
  ]

  fileprivate init(_ json: JSON, place: String) throws(PriceTableError) {
    func fault(_ detail: String) -> PriceTableError { PriceTableError(detail: "\(place) \(detail)") }
    func number(_ name: String, upTo highest: Int64) throws(PriceTableError) -> Int64? {
      guard let value = json[name] else { return nil }
      guard let number = value.integer, (0...highest).contains(number) else {
        throw fault("has a \(name) that is not a whole number from 0 to \(highest)")
      }
      return number
    }
    for name in json.object?.names ?? [] where !Self.known.contains(name) {
      throw fault("has a \(name), which means nothing here")
    }
    guard let provider = json["provider"]?.string, !provider.isEmpty else { throw fault("has no provider") }
    let models = json["models"]?.array?.compactMap(\.string) ?? []
    guard !models.isEmpty, models.count == json["models"]?.array?.count else {
      throw fault("has no models, a list of names")
    }
    guard json["source"]?.string?.isEmpty == false else { throw fault("has no source") }
    guard let input = try number("input", upTo: Price.highest),
      let output = try number("output", upTo: Price.highest)
    else { throw fault("has no input or no output price") }
    self.init(
      provider: provider, server: json["server"]?.string, models: models.map { $0.lowercased() },
      above: try number("above", upTo: Int64(Price.mostTokens)).map { Int($0) },
      price: Price(
        input: input, output: output, cachedRead: try number("cachedRead", upTo: Price.highest),
        cacheWrite: try number("cacheWrite", upTo: Price.highest),
        reasoning: try number("reasoning", upTo: Price.highest)))
  }
}
