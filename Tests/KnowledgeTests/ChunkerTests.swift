import Model
import TestKit
import Testing

@testable import Knowledge

struct ChunkerTests {
  /// Texts of all kinds: scripts, emoji, line ends, headings, walls without a blank.
  private static func randomText(_ random: inout SeededGenerator) -> String {
    let pieces = [
      "word ", "Sentence ends. ", "\n", "\n\n", "\r\n", "# Heading\n", "## Part two\n",
      "```\n# no heading\n```\n", "ä", "漢字。",
      "🙂👩‍👩‍👧", "\t", "e\u{301}", "longwordwithoutanyblankinside", "  \n", "x", "Zitat.\" ",
    ]
    let count = Int.random(in: 0...400, using: &random)
    return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  @Test(arguments: 0..<120)
  func `any text is covered, chunks keep their bounds, and overlaps are exact`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let text = Self.randomText(&random)
    let size = Int.random(in: 100...300, using: &random)
    let limits = try #require(
      ChunkLimits(size: size, overlap: Int.random(in: 0...(size / 2), using: &random)))
    let bytes = Array(text.utf8)
    let chunks = Chunker.chunks(of: text, limits)
    #expect(chunks.first?.range.lowerBound ?? 0 == 0)
    #expect(chunks.last?.range.upperBound ?? 0 == bytes.count)
    let headings = Headings(of: bytes)
    for chunk in chunks {
      // A range that cuts a character apart has no valid UTF-8.
      let part = try #require(String(validating: bytes[chunk.range], as: UTF8.self))
      #expect((1...limits.size).contains(part.unicodeScalars.count))
    }
    for (left, right) in zip(chunks, chunks.dropFirst()) {
      #expect(
        left.range.lowerBound < right.range.lowerBound && left.range.upperBound < right.range.upperBound)
      #expect(right.range.lowerBound <= left.range.upperBound, "a gap")
      let shared = bytes[right.range.lowerBound..<left.range.upperBound]
      let count = String(decoding: shared, as: UTF8.self).unicodeScalars.count
      if count != limits.overlap {
        #expect(count == 0 && headings.places.contains(right.range.lowerBound), "an overlap of \(count)")
      }
      #expect(right.heading == headings.path(at: left.range.upperBound))
    }
  }

  @Test func `a section begins a chunk, and its heading path goes with it`() throws {
    let limits = try #require(ChunkLimits(size: 200, overlap: 20))
    let paragraph = String(repeating: "Some words here. ", count: 8)
    let text =
      "# Top\n\n\(paragraph)\n\n## One\n\n\(paragraph)\n\n### Deep\n\n\(paragraph)\n\n## Two\n\n\(paragraph)"
    let chunks = Chunker.chunks(of: text, limits)
    #expect(chunks.map(\.heading) == ["Top", "Top > One", "Top > One > Deep", "Top > Two"])
    let bytes = Array(text.utf8)
    #expect(chunks.dropFirst().allSatisfy { bytes[$0.range.lowerBound] == UInt8(ascii: "#") })
  }

  @Test(
    arguments: [
      ("paragraph", "aaa. bbb ccc\n\nddd. eee fff\nggg hhh.", "aaa. bbb ccc\n\n"),
      ("line", "aaa. bbb ccc\nddd. eee fff ggg hhh", "aaa. bbb ccc\n"),
      ("sentence", "aaa bbb ccc. Ddd eee fff ggg", "aaa bbb ccc. "),
      ("word", "aaa bbb ccc ddd eee fff", "aaa bbb ccc ddd "),
      ("character", "aaabbbcccdddeeefff", "aaabbbcccdddeeefff"),
    ])
  func `a cut is at the best place`(kind: String, text: String, first: String) throws {
    let limits = try #require(ChunkLimits(size: 100, overlap: 0))
    // 100 characters are the least; a run of letters before the text puts the cut into it.
    let lead = String(repeating: "x", count: 100 - min(18, text.count))
    let chunks = Chunker.chunks(of: lead + text + String(repeating: "y", count: 40), limits)
    let part = String(
      decoding: Array((lead + text).utf8)[chunks[0].range.clamped(to: 0..<(lead + text).utf8.count)],
      as: UTF8.self)
    #expect(part.dropFirst(lead.count) == first.prefix(100 - lead.count), "\(kind)")
  }

  @Test func `headings in code are none`() {
    let text = "# A\n```\n# b\n```\n~~~ x\n# c\n```\n# d\n~~~\n#e\n####### f\n   ## G ##\n    # h\n"
    let headings = Headings(of: Array(text.utf8))
    #expect(headings.places.count == 2)
    #expect(headings.path(at: text.utf8.count) == "A > G")
  }

  @Test func `an empty text has no chunks, a short one is one`() {
    #expect(Chunker.chunks(of: "", .standard).isEmpty)
    #expect(Chunker.chunks(of: "Hello.", .standard) == [Chunk(range: 0..<6, heading: "")])
  }

  @Test func `a large text is cut in time that grows with it`() throws {
    let text = String(repeating: "wall", count: 1_000_000)
    let isFast = TimeLimit.isMet(.seconds(10)) {
      ContinuousClock().measure { #expect(Chunker.chunks(of: text, .standard).count > 4000) }
    }
    #expect(isFast)
  }

  @Test(arguments: [(99, 0), (100, 51), (8001, 0), (500, -1)])
  func `limits that make no sense are refused`(size: Int, overlap: Int) {
    #expect(ChunkLimits(size: size, overlap: overlap) == nil)
  }

  @Test func `limits in tokens are four characters each`() {
    #expect(ChunkLimits(tokens: 250, overlap: 50) == .standard)
  }
}
