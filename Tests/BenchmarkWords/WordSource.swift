/// SplitMix64, so that every run has the same texts and questions.
package struct Generator: RandomNumberGenerator {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Words by Zipf's law: the nth is about 1/n as frequent as the first.
package struct WordSource {
  private let sums: [Double]

  /// - Parameter count: how many different words there are.
  package init(_ count: Int) {
    var sum = 0.0
    sums = (0..<count).map { index in
      sum += 1 / (Double(index) + 2.7)
      return sum
    }
  }

  /// So many words with blanks between.
  package func text(_ count: Int, _ random: inout Generator) -> String {
    (0..<count).map { _ in word(&random) }.joined(separator: " ")
  }

  private func word(_ random: inout Generator) -> String {
    let place = Double.random(in: 0..<(sums.last ?? 1), using: &random)
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] < place { low = middle + 1 } else { high = middle }
    }
    // Letters, so that words have parts: the frequent ones are short.
    var text = ""
    var number = low + 1
    while number > 0 {
      let syllable = number % 20
      text +=
        [
          "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta",
          "ve", "wi", "xo", "zu",
        ][syllable]
      number /= 20
    }
    return text
  }
}
