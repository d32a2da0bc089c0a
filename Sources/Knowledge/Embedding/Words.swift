/// The words of a text, in lower case, as UTF-8.
enum Words {
  static let longest = 64

  /// Every run of letters and digits. Letters beyond ASCII are not looked at one by one: all of them count.
  static func all(in text: String) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.lowercased().utf8)
    return bytes.split { !isPart($0) }.filter { $0.count <= longest }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
    default: false
    }
  }
}

/// Words that say nothing about what a text is about.
enum StopWords {
  private static let words: Set<String> = [
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can",
    "could", "did", "do", "does", "for", "from", "get", "had", "has", "have", "he", "her", "him", "his",
    "how", "i",
    "if", "in", "into", "is", "it", "its", "just", "like", "may", "me", "might", "my", "no", "not", "of",
    "on", "or",
    "our", "please", "shall", "she", "should", "so", "some", "such", "tell", "than", "that", "the", "their",
    "them",
    "then", "there", "these", "they", "this", "those", "to", "us", "was", "we", "were", "what", "when",
    "where",
    "which", "who", "why", "will", "with", "would", "you", "your",
  ]
  private static let bytes = Set(words.map { Array($0.utf8) })

  static func contains(_ word: ArraySlice<UInt8>) -> Bool { word.count < 8 && bytes.contains(Array(word)) }
}
