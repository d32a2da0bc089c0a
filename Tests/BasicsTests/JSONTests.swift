import Basics
import Testing

struct JSONTests {
  static let valid: [(String, JSON)] = [
    ("null", .null), ("true", true), ("-12", -12), ("1.5", 1.5), ("1e3", .number(1000)),
    ("\"a\\u00e9\\n\"", "aé\n"),
    ("\"\\ud83d\\ude00\"", "😀"), ("\"\\ud83dx\"", "\u{FFFD}x"), (" [ 1 , 2 ] ", [1, 2]), ("{}", [:]),
    ("{\"a\":1,\"a\":2}", ["a": 2]), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
  ]

  @Test(arguments: valid)
  func `a valid text parses`(text: String, expected: JSON) throws {
    #expect(try JSON.parse(text) == expected)
  }

  @Test(arguments: [
    "", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "\"", "\"\u{1}\"", "nul", "[1] 2", "\"\\x\"",
    "\"\\u12\"", "1e999",
    String(repeating: "[", count: 200),
  ])
  func `an invalid text is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSON.parse(text) }
  }

  @Test func `invalid UTF-8 is refused`() {
    #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func `what is written parses to the same value`() throws {
    let value: JSON = [
      "text": "tab\t quote\" back\\ bell\u{7} line\u{2028} 🦙",
      "numbers": [0, -1, .integer(.max), .integer(.min), 0.1],
      "nested": ["empty": [], "none": nil, "yes": true],
    ]
    #expect(try JSON.parse(value.bytes) == value)
  }

  @Test func `members of an encoded object join the open one`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("a", 1)
    writer.members(ofObject: Array("{\"b\":2}".utf8))
    writer.members(ofObject: Array("{}".utf8))
    writer.member("c", 3)
    writer.endObject()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "{\"a\":1,\"b\":2,\"c\":3}")
  }

  /// Every byte that must be escaped, at every place of a word and beside every kind of byte.
  @Test func `a string is escaped wherever its special bytes stand`() throws {
    for special in ["\u{0}", "\u{1F}", "\"", "\\", "\n", "\u{7F}", "\u{80}", "é", "🦙"] {
      for before in 0..<18 {
        for after in 0..<10 {
          for filler in ["a", " ", "!", "#", "[", "]", "é"] {
            let text =
              String(repeating: filler, count: before) + special + String(repeating: filler, count: after)
            #expect(try JSON.parse(JSON.string(text + text).bytes) == .string(text + text))
          }
        }
      }
    }
  }
}
