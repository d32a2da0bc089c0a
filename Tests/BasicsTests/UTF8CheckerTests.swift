import Basics
import TestKit
import Testing

struct UTF8CheckerTests {
  @Test(arguments: [
    "", "plain ASCII that is longer than eight bytes", "κόσμε", "🦙",
    "\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
    "\u{D7FF}\u{E000}", "12345678é12345678é", "1234567é",
  ])
  func `valid text passes in every split`(text: String) {
    for pieces in everySplit(of: text) {
      var checker = UTF8Checker()
      let isAccepted = pieces.allSatisfy { checker.accept($0.span) }
      #expect(isAccepted)
      #expect(checker.isComplete)
    }
  }

  /// Bytes, and how many of them are valid: the next one must fail at once.
  static let invalid: [([UInt8], Int)] = [
    ([0x80], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xC3, 0x28], 1), ([0xE0, 0x9F, 0xBF], 1),
    ([0xED, 0xA0, 0x80], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF5], 0),
    ([0xFF], 0),
    ([0xE2, 0x82, 0x41], 2), ([0x61, 0xF0, 0x9F, 0xA6, 0x61], 4), (Array("12345678".utf8) + [0xFF], 8),
    (Array("123".utf8) + [0xFE] + Array("45678".utf8), 3),
  ]

  @Test(arguments: invalid)
  func `an invalid byte fails as soon as it comes`(bytes: [UInt8], validCount: Int) {
    var checker = UTF8Checker()
    let verdicts = bytes[...validCount].map { checker.accept([$0].span) }
    #expect(verdicts == Array(repeating: true, count: validCount) + [false])
    var whole = UTF8Checker()
    let isAccepted = whole.accept(bytes.span)
    #expect(!isAccepted)
  }

  @Test(arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0xA6]] as [[UInt8]])
  func `half a character is not complete`(bytes: [UInt8]) {
    var checker = UTF8Checker()
    let isAccepted = checker.accept(bytes.span)
    #expect(isAccepted)
    #expect(!checker.isComplete)
  }

  @Test func `the checker agrees with the standard library on random bytes`() {
    var random = SeededGenerator(seed: 7)
    let alphabet: [UInt8] = [
      0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF3, 0xF4,
    ]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? 0
      }
      var checker = UTF8Checker()
      let isValid = checker.accept(bytes.span) && checker.isComplete
      #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
    }
  }
}
