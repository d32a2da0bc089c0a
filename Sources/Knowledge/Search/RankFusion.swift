/// Puts two rankings together that cannot be compared: what stands high in either stands high in both (reciprocal rank fusion, with the
/// usual constant of 60).
enum RankFusion {
  /// A chunk and what each ranking said of it.
  struct Fused: Equatable {
    let chunk: Int64
    let score: Double
    /// From 1; nil when the ranking did not have it.
    let wordRank: Int?
    let vectorRank: Int?
  }

  private static let constant = 60.0

  /// All chunks of both rankings, the best first; of equals the older chunk.
  ///
  /// - Parameter vectorWeight: how much a place among the vectors counts beside one among the words.
  static func fuse(words: [Int64], vectors: [Int64], vectorWeight: Double = 1) -> [Fused] {
    let wordRanks = ranks(words)
    let vectorRanks = ranks(vectors)
    let chunks = Set(words).union(vectors)
    return chunks.map { chunk in
      Fused(
        chunk: chunk, score: part(wordRanks[chunk]) + vectorWeight * part(vectorRanks[chunk]),
        wordRank: wordRanks[chunk], vectorRank: vectorRanks[chunk])
    }
    .sorted { ($1.score, $0.chunk) < ($0.score, $1.chunk) }
  }

  private static func part(_ rank: Int?) -> Double { rank.map { 1 / (constant + Double($0)) } ?? 0 }

  private static func ranks(_ chunks: [Int64]) -> [Int64: Int] {
    Dictionary(chunks.enumerated().map { ($0.element, $0.offset + 1) }) { first, _ in first }
  }
}
