import Basics
import Testing

struct TextPrefixTests {
  @Test(arguments: [
    ("abc", 5, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("🦙", 3, ""), ("", 0, ""), ("é", 2, "é"),
    ("e\u{301}", 2, "e"), ("abc", -1, ""),
  ])
  func `a text is cut between characters`(text: String, limit: Int, prefix: String) {
    #expect(text.prefix(utf8Count: limit) == prefix)
  }
}
