package import Basics
package import Model
package import Providers

/// Turns texts into vectors that are near to each other when the texts are.
package protocol EmbeddingModel: Sendable {
  /// What a collection remembers of it: `lexical`, or `provider/model`.
  var name: String { get }
  /// How many texts one call may bring.
  var batch: Int { get }
  /// The least likeness of a question and a chunk that means anything; nil when every vector does.
  var floor: Float? { get }

  /// How much a place in the ranking of vectors counts beside one in the ranking of words.
  var weight: Double { get }

  /// One vector for each text, in the order of the texts, all of the same length.
  ///
  /// - Parameter agent: whose usage and budget it is; nil when no agent asked.
  /// - Throws: whatever keeps it from answering; a text alone is never the reason.
  func embed(
    _ texts: [String], for purpose: EmbeddingCall.Purpose, of agent: Identifier<Agent>?
  ) async throws -> [[Float]]
}

extension [Float] {
  /// The vector at length 1; zeros for one whose length is no number to divide by.
  var normalized: [Float] {
    let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length.isNormal ? map { $0 / length } : [Float](repeating: 0, count: count)
  }
}
