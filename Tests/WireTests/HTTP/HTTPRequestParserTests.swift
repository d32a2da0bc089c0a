import TestKit
import Testing
import Wire

struct HTTPRequestParserTests {
  /// A request, its method and path, and its body.
  static let valid: [(String, String, String)] = [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /", ""),
    ("\r\nGET /x?y=1 HTTP/1.1\r\nHOST:a:80\r\n\r\n", "GET /x", ""),
    ("GET / HTTP/1.0\r\n\r\n", "GET /", ""),
    ("OPTIONS * HTTP/1.1\r\nHost: [::1]:3001\r\n\r\n", "OPTIONS *", ""),
    ("GET http://b:1/p HTTP/1.1\r\nHost: a\r\n\r\n", "GET /p", ""),
    ("get / HTTP/1.1\r\nhost: a\r\n\r\n", "get /", ""),
    ("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST /p", "hello"),
    ("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST /p", ""),
    (
      "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n01;x=\"y\"\r\n!\r\n0\r\n\r\n",
      "POST /p", "hello!"
    ),
    (
      "POST /p HTTP/1.1\r\nHost: a\r\ntransfer-encoding:\tchunked \r\n\r\nA;\r\n0123456789\r\n000\r\nX-T: 1\r\nY:\r\n\r\n",
      "POST /p", "0123456789"
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t caf\u{E9} \t \r\n\r\n", "GET /", ""),
  ]

  @Test(arguments: valid)
  func `a valid request reads the same in every split`(text: String, line: String, body: String) {
    for pieces in everySplit(of: text) {
      let reading = RequestReading(pieces)
      #expect(reading.error == nil)
      #expect(reading.heads.map { "\($0.method) \($0.target.path)" } == [line])
      #expect(reading.bodies == [body])
      #expect(reading.wholeCount == 1)
    }
  }

  @Test func `requests that come together are read in order in every split`() {
    let text = Self.valid.map(\.0).joined()
    let together = RequestReading(text)
    #expect(together.wholeCount == Self.valid.count)
    #expect(together.bodies == Self.valid.map(\.2))
    for pieces in everySplit(of: text) { #expect(RequestReading(pieces) == together) }
  }

  @Test func `later requests wait until they are asked for`() throws {
    var parser = HTTPRequestParser()
    parser.receive(
      Array("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nrest".utf8).span)
    guard case .head(let first) = try parser.next() else { return #expect(Bool(false), "no head") }
    #expect(first.target.path == "/1")
    #expect(try parser.next() == .end)
    #expect(parser.bufferedCount == 32)
    #expect(parser.takeRemainder().count == 32)
    #expect(parser.bufferedCount == 0)
  }
}
