/// What a column is probably for, by the words of its name first.
package enum ColumnRole: String, Sendable {
  case targetMetric = "target_metric"
  case identifier
  case dimension
  case temporal
  case financialMetric = "financial_metric"
  case countMetric = "count_metric"
  case measure
  case binaryFlag = "binary_flag"

  private static let targets: Set<String> = [
    "status", "result", "outcome", "label", "flag", "class", "target",
  ]
  private static let identifiers: Set<String> = ["id", "uuid", "key", "code"]
  private static let dimensions: Set<String> = [
    "category", "type", "group", "segment", "region", "country", "city",
  ]
  private static let times: Set<String> = ["date", "time", "at", "created", "updated", "timestamp"]
  private static let amounts: Set<String> = ["amount", "price", "revenue", "cost", "fee", "total", "balance"]
  private static let counts: Set<String> = ["count", "qty", "quantity", "num"]

  /// Guesses from a name, from whether the values are numbers, and from how many different ones there are. The first match wins.
  package init(name: String, isNumeric: Bool, distinctCount: Int) {
    let words = Self.words(of: name)
    func holds(_ vocabulary: Set<String>) -> Bool { words.contains { vocabulary.contains($0) } }
    self =
      if holds(Self.targets) { .targetMetric }  //
      else if holds(Self.identifiers), distinctCount > 50 { .identifier }  //
      else if holds(Self.dimensions) { .dimension }  //
      else if holds(Self.times) { .temporal }  //
      else if isNumeric, holds(Self.amounts) { .financialMetric }  //
      else if isNumeric, holds(Self.counts) { .countMetric }  //
      else if isNumeric { .measure }  //
      else if distinctCount <= 2 { .binaryFlag }  //
      else { .dimension }
  }

  /// The words of a name in lower case, each also without a plural's s: `customerRegions_at` is customer, regions, region, at.
  static func words(of name: String) -> [String] {
    var words = [""]
    var wasLower = false
    for character in name {
      let startsWord = character.isUppercase && wasLower
      wasLower = character.isLowercase
      if !character.isLetter {
        words.append("")
      } else if startsWord {
        words.append(character.lowercased())
      } else {
        words[words.count - 1] += character.lowercased()
      }
    }
    return words.filter { !$0.isEmpty }.flatMap { word in
      word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss")
        ? [word, String(word.dropLast())] : [word]
    }
  }
}
