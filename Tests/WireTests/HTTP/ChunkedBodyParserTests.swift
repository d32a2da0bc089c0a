import TestKit
import Testing
import Wire

/// The chunked coding (RFC 9112 §7.1), through the parser of requests.
struct ChunkedBodyParserTests {
  private static func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
  }

  /// A coded body and what it stands for.
  static let valid: [(String, String)] = [
    ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("3\r\nabc\r\n2\r\nde\r\n00\r\n\r\n", "abcde"),
    ("a;n=v;q=\"x\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"),
    ("000000000000002\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
    ("1\r\n0\r\n0\r\nX-Trailer: \t1\r\nY:\r\n\r\n", "0"),
  ]

  @Test(arguments: valid)
  func `a chunked body reads the same in every split`(coded: String, plain: String) {
    for pieces in everySplit(of: Self.chunked(coded)) {
      let reading = RequestReading(pieces)
      #expect(reading.error == nil)
      #expect(reading.bodies == [plain])
      #expect(reading.wholeCount == 1)
    }
  }

  static let malformed: [(String, HTTPParseError)] =
    [
      "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r0\r\n",
      "\r\nhello",
      "g\r\n", "0x5\r\nhello\r\n", "-5\r\n", "+5\r\n", " 5\r\nhello", "5 \r\nhello", "5\t;a\r\nhello",
      "5;a\nhello\r\n", "5;a\rb\r\n", "5;\0\r\n", "fffffffffffffffff\r\n", "0000000000000005\r\n",
      "5\r\nhellox\r\n",
      "0\n\n", "0\r\n\n", "0\r\nX\r\n\r\n", "0\r\nX: a\nY: b\r\n\r\n", "0\r\n X: a\r\n", "0\r\n: a\r\n",
      "0\r\nX : a\r\n",
      "0\r\nX: \0\r\n", "5\r\r\nhello", "0\r\n\rGET",
    ].map { (chunked($0), .malformedChunk) } + [
      (chunked("100001\r\n"), .bodyTooLarge), (chunked("7fffffffffffff\r\n"), .bodyTooLarge),
    ]

  @Test(arguments: malformed)
  func `a malformed chunk is refused in every split`(text: String, error: HTTPParseError) {
    for pieces in everySplit(of: text) {
      let reading = RequestReading(pieces)
      #expect(reading.error == error)
      #expect(reading.wholeCount == 0)
    }
  }

  @Test func `chunks that came together are one piece, also before a fault`() throws {
    var parser = HTTPRequestParser()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    parser.receive(Array((head + "1\r\na\r\n2\r\nbc\r\nx").utf8).span)
    guard case .head = try parser.next() else { return #expect(Bool(false), "no head") }
    #expect(try parser.next() == .body(Array("abc".utf8)))
    #expect(throws: HTTPParseError.malformedChunk) { try parser.next() }
  }
}
