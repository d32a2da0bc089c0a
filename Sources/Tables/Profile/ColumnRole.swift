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

  /// Words that tell a role.
  private struct Vocabulary {
    let role: ColumnRole
    let words: Set<String>
    var needsNumbers = false
    var leastDistinct = 0
  }

  /// In the order in which they are asked.
  private static let vocabularies = [
    Vocabulary(
      role: .targetMetric, words: ["status", "result", "outcome", "label", "flag", "class", "target"]),
    Vocabulary(role: .identifier, words: ["id", "uuid", "key", "code"], leastDistinct: 51),
    Vocabulary(
      role: .dimension, words: ["category", "type", "group", "segment", "region", "country", "city"]),
    Vocabulary(role: .temporal, words: ["date", "time", "at", "created", "updated", "timestamp"]),
    Vocabulary(
      role: .financialMetric, words: ["amount", "price", "revenue", "cost", "fee", "total", "balance"],
      needsNumbers: true),
    Vocabulary(role: .countMetric, words: ["count", "qty", "quantity", "num"], needsNumbers: true),
  ]

  /// Guesses from a name, from whether the values are numbers, and from how many different ones there are. The first match wins.
  package init(name: String, isNumeric: Bool, distinctCount: Int) {
    let words = Set(Self.words(of: name))
    let named = Self.vocabularies.first { entry in
      !entry.words.isDisjoint(with: words) && (isNumeric || !entry.needsNumbers)
        && distinctCount >= entry.leastDistinct
    }
    self = named?.role ?? (isNumeric ? .measure : distinctCount <= 2 ? .binaryFlag : .dimension)
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
