import Testing
import Wire

/// The character classes, byte by byte, through the parser that applies them.
struct HTTPSyntaxTests {
  /// RFC 9110 §5.6.2.
  static let tokenBytes = Set(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

  private static func accepts(_ line: [UInt8]) -> Bool {
    let reading = RequestReading([Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + line + Array("\r\n\r\n".utf8)]
    )
    return reading.error == nil && reading.wholeCount == 1
  }

  @Test func `a field name is made of token characters only`() {
    for byte in UInt8.min...UInt8.max {
      let line = [UInt8(ascii: "X"), byte] + Array("Y: 1".utf8)
      #expect(Self.accepts(line) == (Self.tokenBytes.contains(byte) || byte == UInt8(ascii: ":")), "\(byte)")
    }
  }

  @Test func `a method is made of token characters only`() {
    for byte in UInt8.min...UInt8.max {
      let reading = RequestReading([[UInt8(ascii: "G"), byte] + Array(" / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)])
      #expect((reading.error == nil) == Self.tokenBytes.contains(byte), "\(byte)")
    }
  }

  @Test(arguments: 0..<20)
  func `a control character is found at every place of a value`(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var value = Array("0123456789\u{E9}\u{E9}abcdefgh".utf8)
      value[place] = byte
      let isAllowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
      #expect(Self.accepts(Array("X: ".utf8) + value) == isAllowed, "\(byte)")
    }
  }

  @Test func `a value that is made here cannot break its line`() {
    for byte in UInt8.min...UInt8.max where byte < 0x80 {
      var fields = HTTPFields()
      fields.append("X", "a" + String(UnicodeScalar(byte)) + "b")
      let isAllowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
      #expect(fields["x"] == (isAllowed ? "a" + String(UnicodeScalar(byte)) + "b" : "a b"))
    }
  }

  @Test func `fields are set and removed by their name in any case`() {
    var fields: HTTPFields = ["A": "1", "B": "2", "a": "3"]
    #expect(fields.count == 3)
    fields.set("A", "4")
    #expect(fields.all.map { "\($0.name)=\($0.value)" } == ["B=2", "A=4"])
    fields.remove("b")
    #expect(fields == ["A": "4"])
    #expect(!fields.contains("B"))
  }
}
