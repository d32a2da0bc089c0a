/// The ways in which files write that there is no value.
package enum MissingText {
  private static let spellings: [[UInt8]] = [
    "NULL", "NaN", "NA", "N/A", "#N/A", "#NA", "<NA>", "None", "NaT", "\\N", "-NaN", "#NULL!", "inf", "-inf",
    "+inf",
    "Infinity", "-Infinity",
  ]
  .map { Array($0.utf8) }

  /// Whether a field holds no value: nothing at all, or a word for it in any case. Infinities count, which neither JSON nor sums can bear.
  package static func matches(_ field: Span<UInt8>) -> Bool {
    guard !field.isEmpty else { return true }
    guard field.count <= 9 else { return false }
    switch field[0] | 0x20 {
    // The first letters of the spellings; most fields end here.
    case UInt8(ascii: "n"), UInt8(ascii: "i"), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: "-"),
      UInt8(ascii: "+"), 0x7C:
      return spellings.contains { isEqual(field, $0) }
    default: return false
    }
  }

  private static func isEqual(_ field: Span<UInt8>, _ word: [UInt8]) -> Bool {
    guard field.count == word.count else { return false }
    for index in word.indices where lower(field[index]) != lower(word[index]) { return false }
    return true
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
  }
}
