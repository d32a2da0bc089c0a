/// How long the chunks of a text are, and how much of one the next begins with. In characters, which are Unicode's scalars here.
package struct ChunkLimits: Equatable, Sendable {
  /// What a chunk has at most.
  package let size: Int
  /// What a chunk has in common with the one before it, unless a section begins between them.
  package let overlap: Int

  /// What a collection gets when nobody says otherwise.
  package static let standard = ChunkLimits(unchecked: 1000, 200)
  /// What may be asked for.
  package static let sizes = 100...8000

  /// Takes limits of which a chunk always has something of its own; nil for others.
  package init?(size: Int, overlap: Int) {
    guard Self.sizes.contains(size), overlap >= 0, overlap <= size / 2 else { return nil }
    self.init(unchecked: size, overlap)
  }

  private init(unchecked size: Int, _ overlap: Int) {
    self.size = size
    self.overlap = overlap
  }

  /// Limits in tokens, at four characters a token: a rough measure, since each model counts its own.
  package init?(tokens: Int, overlap: Int) {
    guard tokens <= Self.sizes.upperBound else { return nil }
    self.init(size: 4 * tokens, overlap: 4 * overlap)
  }
}
