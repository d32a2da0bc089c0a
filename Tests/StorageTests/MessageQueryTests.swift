import Storage
import Testing

struct MessageQueryTests {
  @Test(arguments: [
    ("Hello", ["\"Hello\""]), ("two  words", ["\"two\"", "\"words\""]),
    ("\"a phrase\" word", ["\"a phrase\"", "\"word\""]), ("beg*", ["\"beg\"*"]),
    ("\"two beg\"*", ["\"two beg\"*"]), ("\"open to the end", ["\"open to the end\""]),
    ("AUTH-001", ["\"AUTH-001\""]), ("C++ - & x!", ["\"C\"", "\"x\""]), ("same same", ["\"same\""]),
    ("a\"b c\"d", ["\"a\"", "\"b c\"", "\"d\""]), ("text:NEAR(a b)", ["\"text:NEAR(a\"", "\"b\""]),
    ("über 東京*", ["\"über\"", "\"東京\"*"]), ("* word", ["\"word\""]), ("abc*cd", ["\"abc\"*", "\"cd\""]),
  ])
  func `what is typed becomes terms`(text: String, terms: [String]) throws {
    #expect(try MessageQuery(text).terms.map(\.expression) == terms)
  }

  @Test(arguments: ["", "  ", "\"\"", "*", "- & !", "\"\"\"\"\""])
  func `without a word there is nothing to look for`(text: String) {
    #expect(throws: MessageQuery.Fault.noWord) { try MessageQuery(text) }
  }

  @Test func `bounds are told apart`() {
    let words = (0...MessageQuery.most).map { "w\($0)" }.joined(separator: " ")
    #expect(throws: MessageQuery.Fault.tooManyWords) { try MessageQuery(words) }
    #expect(throws: MessageQuery.Fault.shortBeginning) { try MessageQuery("ab*") }
    #expect(throws: MessageQuery.Fault.shortBeginning) { try MessageQuery("long-ab*") }
  }
}

struct MarkedTextTests {
  @Test func `places are counted in UTF-16 units`() throws {
    let text = MarkedText(text: "grüße 👩‍👩‍👧 wörld", matches: [0..<5])
    #expect(
      text.excerpt.segments == [.init(text: "grüße", isMatch: true), .init(text: " 👩‍👩‍👧 wörld", isMatch: false)])
    #expect(text.excerpt.start == 0)
  }

  @Test func `an excerpt stands around the first match`() {
    let before = String(repeating: "word ", count: 100)
    let text = MarkedText(
      text: before + "match" + String(repeating: " tail", count: 100), matches: [500..<505, 900..<905])
    let excerpt = text.excerpt
    #expect(excerpt.start == 440)
    #expect(excerpt.segments.map(\.isMatch) == [false, true, false])
    #expect(excerpt.segments[1].text == "match")
    #expect(excerpt.segments.map(\.text).joined().utf16.count == 240)
    #expect(excerpt.segments[0].text.hasPrefix("word "))
  }

  @Test func `a cut through a wide character loses nothing but itself`() {
    let text = MarkedText(text: String(repeating: "😀", count: 300), matches: [400..<402])
    #expect(text.excerpt.segments.map(\.text).joined().allSatisfy { $0 == "😀" })
  }

  @Test func `a text without a match shows its beginning`() {
    #expect(MarkedText(text: "", matches: []).excerpt.segments.isEmpty)
    #expect(MarkedText(text: "some", matches: []).excerpt.segments == [.init(text: "some", isMatch: false)])
  }
}
