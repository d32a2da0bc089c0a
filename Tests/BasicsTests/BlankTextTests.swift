import Basics
import Testing

struct BlankTextTests {
  @Test(arguments: ["", " ", "\n\t\r\n", "\u{A0}\u{3000}\u{2028}"])
  func `white space of all kinds is blank`(text: String) {
    #expect(text.isBlank)
    #expect(text.trimmed == "")
  }

  @Test(arguments: [
    ("a", "a"), ("  a b\r\n", "a b"), ("\u{3000}ä\u{A0}", "ä"), ("x\u{200B}", "x\u{200B}"), ("\r\né\n", "é"),
  ])
  func `a text keeps what is between its first and last sign`(text: String, expected: String) {
    #expect(!text.isBlank)
    #expect(text.trimmed == expected)
    #expect(("[" + text)[...].dropFirst().trimmed == expected)
  }
}
