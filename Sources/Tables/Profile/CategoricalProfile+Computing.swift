import Statistics

extension CategoricalProfile {
  /// Computes the profile of a column of texts, truth values or integers.
  init(_ column: ColumnVector) {
    let tally = CategoryTally(column)
    let counts = tally.counts.filter { $0 > 0 }
    let numbers = column.type == .integer ? column.numbers.filter { !$0.isNaN } : []
    self.init(
      top: tally.top(5), rareCount: counts.count { $0 == 1 }, distinctCount: counts.count,
      valueCount: column.count - column.missingCount, entropy: Entropy.natural(counts),
      mean: numbers.isEmpty ? nil : Moments(numbers).mean, median: Quantiles(numbers).median)
  }
}

/// How often each category of a column comes.
struct CategoryTally {
  /// By the category's number.
  let counts: [Int]
  private let names: Names

  private enum Names {
    case dictionary(TextDictionary)
    case list([String])
  }

  /// Names are looked up for so many categories of equal count at most.
  private static let ties = 1000

  init(_ column: ColumnVector) {
    switch column.type {
    case .text:
      var counts = [Int](repeating: 0, count: column.dictionary.count)
      for code in column.codes where code >= 0 { counts[Int(code)] += 1 }
      self.counts = counts
      names = .dictionary(column.dictionary)
    case .boolean:
      counts = [0, 1].map { value in column.integers.count { $0 == value } }
      names = .list(["false", "true"])
    default:
      var found: [Int64: Int] = [:]
      for value in column.integers where value != ColumnVector.missing { found[value, default: 0] += 1 }
      let sorted = found.sorted { $0.key < $1.key }
      counts = sorted.map(\.value)
      names = .list(sorted.map { "\($0.key)" })
    }
  }

  /// A category's name.
  func name(_ category: Int) -> String {
    switch names {
    case .dictionary(let dictionary): dictionary[category]
    case .list(let list): list[category]
    }
  }

  /// The most frequent categories; of equals, those that come first in the alphabet.
  func top(_ limit: Int) -> [CategoricalProfile.Entry] {
    let bound = max(1, counts.sorted(by: >).prefix(limit).last ?? 0)
    let frequent = counts.indices.filter { counts[$0] > bound }
    let equal = counts.indices.lazy.filter { counts[$0] == bound }.prefix(Self.ties)
    return (frequent + equal).map { CategoricalProfile.Entry(value: name($0), count: counts[$0]) }
      .sorted { ($1.count, $0.value) < ($0.count, $1.value) }
      .prefix(limit).map { $0 }
  }
}
