/// A piece of a text, as it is found and cited.
package struct Chunk: Equatable, Sendable {
  /// Bytes of the text's UTF-8; never cuts a character apart.
  package var range: Range<Int>
  /// The headings above its beginning, `Refunds > Cards`; empty above the first.
  package var heading: String

  package init(range: Range<Int>, heading: String) {
    self.range = range
    self.heading = heading
  }
}
