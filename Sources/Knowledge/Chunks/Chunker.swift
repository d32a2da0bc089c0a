package import Model

/// Cuts a text into chunks: where a section begins if it can be, else between paragraphs, lines, sentences, words, and at last anywhere
/// between two characters.
///
/// Every byte of the text is in a chunk. A chunk begins with the last characters of the one before it, exactly as many as the limits say,
/// so that what stands across a cut is found, too; only a section begins afresh.
package struct Chunker {
  private let text: [UInt8]
  private let limits: ChunkLimits
  private let headings: Headings

  /// The chunks of a text, in order; none for an empty one.
  package static func chunks(of text: String, _ limits: ChunkLimits) -> [Chunk] {
    let chunker = Self(text: Array(text.utf8), limits)
    var chunks: [Chunk] = []
    var start = 0
    var fresh = 0
    while fresh < chunker.text.count {
      let cut = chunker.cut(from: start, fresh: fresh)
      chunks.append(Chunk(range: start..<cut.place, heading: chunker.headings.path(at: fresh)))
      fresh = cut.place
      start = cut.beginsSection ? fresh : chunker.place(fresh, back: limits.overlap)
    }
    return chunks
  }

  private init(text: [UInt8], _ limits: ChunkLimits) {
    self.text = text
    self.limits = limits
    headings = Headings(of: text)
  }

  /// Where the chunk ends that begins at `start`, and has its own text from `fresh` on.
  private func cut(from start: Int, fresh: Int) -> (place: Int, beginsSection: Bool) {
    let end = place(start, ahead: limits.size)
    let room = limits.size - (fresh > start ? limits.overlap : 0)
    let section = place(fresh, ahead: max(1, room / 4))
    if section <= end, let place = headings.first(in: section...end), place < text.count {
      return (place, true)
    }
    guard end < text.count else { return (end, false) }
    // Behind the characters that the next chunk begins with, so that each begins behind the one before it.
    let least = max(place(fresh, ahead: max(1, room / 2)), place(start, ahead: limits.overlap + 1))
    return (latestBreak(in: min(least, end)...end), false)
  }

  /// What may stand at a cut, the best first.
  private enum Break: Int {
    case paragraph, line, sentence, word, none
  }

  /// The last of the best places in a range.
  private func latestBreak(in range: ClosedRange<Int>) -> Int {
    var best = (place: range.upperBound, kind: Break.none)
    var place = range.upperBound
    while place >= range.lowerBound, best.kind != .paragraph {
      let kind = kind(ofBreakAt: place)
      if kind.rawValue < best.kind.rawValue { best = (place, kind) }
      place -= 1
    }
    return best.place
  }

  private func kind(ofBreakAt place: Int) -> Break {
    guard place > 0 else { return .none }
    let before = text[place - 1]
    if before == UInt8(ascii: "\n") { return isBlankLine(endingAt: place - 1) ? .paragraph : .line }
    if before == UInt8(ascii: " ") || before == UInt8(ascii: "\t") {
      return endsSentence(before: place - 1) ? .sentence : .word
    }
    // 。！？ need no blank behind them.
    let wide: [[UInt8]] = [[0xE3, 0x80, 0x82], [0xEF, 0xBC, 0x81], [0xEF, 0xBC, 0x9F]]
    return place >= 3 && wide.contains(Array(text[(place - 3)..<place])) ? .sentence : .none
  }

  private func isBlankLine(endingAt end: Int) -> Bool {
    var place = end
    while place > 0, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(text[place - 1]) {
      place -= 1
    }
    return place == 0 || text[place - 1] == UInt8(ascii: "\n")
  }

  private func endsSentence(before place: Int) -> Bool {
    var place = place
    while place > 0, [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ")")].contains(text[place - 1]) {
      place -= 1
    }
    return place > 0 && [UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?")].contains(text[place - 1])
  }

  // MARK: Characters

  /// The place so many characters ahead, or the end.
  private func place(_ start: Int, ahead count: Int) -> Int {
    var place = start
    var rest = count
    while rest > 0, place < text.count {
      place += 1
      while place < text.count, isContinuation(text[place]) { place += 1 }
      rest -= 1
    }
    return place
  }

  /// The place so many characters back.
  private func place(_ start: Int, back count: Int) -> Int {
    var place = start
    var rest = count
    while rest > 0, place > 0 {
      place -= 1
      while place > 0, isContinuation(text[place]) { place -= 1 }
      rest -= 1
    }
    return place
  }

  /// Whether a byte belongs to a character that began before it (RFC 3629 §3).
  private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
