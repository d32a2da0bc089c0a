package import Basics
package import Model
package import Providers

/// Vectors without any model: words, and pieces of words, hashed into 384 numbers.
///
/// It is lexical and says so: texts are near when they share words or parts of words (so misspelt and inflected ones, too), not when they
/// mean the same. It needs no key and no network, and the same text always gets the same vector.
package struct LexicalModel: EmbeddingModel {
  /// The name in settings, collections and answers.
  package static let name = "lexical"
  /// How long its vectors are.
  package static let dimensions = 384

  package let name: String = LexicalModel.name
  package let batch = 64
  /// Four times the spread of what two texts have in common by chance, which is the root of 1/384.
  package let floor: Float? = 0.2
  /// It sees the same words again that the full-text search sees, and less sharply.
  package let weight = 0.5

  package init() {}

  package func embed(
    _ texts: [String], for purpose: EmbeddingCall.Purpose, of agent: Identifier<Agent>?
  ) async -> [[Float]] {
    texts.map { Self.vector(of: $0) }
  }

  private static let shortestPiece = 3
  private static let longestPiece = 5
  /// Of a piece, beside a word's 1: a word of seven letters has twelve of them.
  private static let pieceWeight: Float = 0.25

  /// The vector of one text.
  static func vector(of text: String) -> [Float] {
    var words: [UInt64] = []
    var pieces: [UInt64] = []
    for word in Words.all(in: text) where !StopWords.contains(word) {
      words.append(hash(word, seed: 0))
      let framed = [UInt8(ascii: "^")] + word + [UInt8(ascii: "$")]
      for length in shortestPiece...longestPiece where framed.count >= length {
        for start in 0...(framed.count - length) {
          pieces.append(hash(framed[start..<(start + length)], seed: 1))
        }
      }
    }
    var vector = [Float](repeating: 0, count: dimensions)
    add(words, weight: 1, to: &vector)
    add(pieces, weight: pieceWeight, to: &vector)
    return vector.normalized
  }

  /// A word that comes four times counts twice: texts that repeat themselves shall not win by that.
  private static func add(_ hashes: [UInt64], weight: Float, to vector: inout [Float]) {
    // Sorted, so that equals stand together and the sum is the same each time.
    let sorted = hashes.sorted()
    var start = 0
    while start < sorted.count {
      let hash = sorted[start]
      var end = start + 1
      while end < sorted.count, sorted[end] == hash { end += 1 }
      let amount = weight * Float(end - start).squareRoot()
      vector[Int(hash % UInt64(dimensions))] += hash >> 63 == 0 ? amount : -amount
      start = end
    }
  }

  /// FNV-1a with its bits mixed at the end, which its own high bits need.
  private static func hash(_ bytes: some Sequence<UInt8>, seed: UInt64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 &+ seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    return hash ^ hash >> 33
  }
}
