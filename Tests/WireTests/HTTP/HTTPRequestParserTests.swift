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

  @Test func `chunks that came together are one piece, also before a fault`() throws {
    var parser = HTTPRequestParser()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    parser.receive(Array((head + "1\r\na\r\n2\r\nbc\r\nx").utf8).span)
    guard case .head = try parser.next() else { return #expect(Bool(false), "no head") }
    #expect(try parser.next() == .body(Array("abc".utf8)))
    #expect(throws: HTTPParseError.malformedChunk) { try parser.next() }
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

  @Test func `fields are found in any case and kept in order`() throws {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nCookie:  1\r\naccept: y , Z\r\n\r\n"
    let fields = try #require(RequestReading(text).heads.first).fields
    #expect(fields["ACCEPT"] == "x")
    #expect(fields.values(of: "accept") == ["x", "y , Z"])
    #expect(fields.list("Accept") == ["x", "y", "Z"])
    #expect(fields.list("Accept", contains: "z"))
    #expect(!fields.list("Accept", contains: "yz"))
    #expect(fields["cookie"] == "1")
    #expect(fields.all.map(\.name) == ["Host", "Accept", "Cookie", "accept"])
  }

  /// Fields of a request, its minor version, and whether the connection would go on.
  static let persistence: [(String, Int, Bool)] = [
    ("", 1, true), ("Connection: close\r\n", 1, false), ("Connection: x, CLOSE\r\n", 1, false),
    ("", 0, false),
    ("Connection: Keep-Alive\r\n", 0, true), ("Connection: keep-alive\r\nConnection: close\r\n", 0, false),
    ("Connection: closed\r\n", 1, true),
  ]

  @Test(arguments: persistence)
  func `the connection goes on as its version and options say`(field: String, minor: Int, goesOn: Bool) throws
  {
    let head = try #require(RequestReading("GET / HTTP/1.\(minor)\r\nHost: a\r\n\(field)\r\n").heads.first)
    #expect(head.wantsKeepAlive == goesOn)
    #expect(head.minorVersion == minor)
  }

  @Test func `an absolute target outranks the Host field`() throws {
    let text = "GET HTTP://b.example:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n"
    let head = try #require(RequestReading(text).heads.first)
    #expect(head.host == "b.example:81")
    #expect(head.target.rawQuery == "q")
    #expect(head.target.raw == "HTTP://b.example:81/p?q")
  }

  @Test func `the expectation of a body is known`() throws {
    func head(_ version: String, _ length: Int) throws -> HTTPRequestHead {
      let text =
        "POST / HTTP/\(version)\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: \(length)\r\n\r\n"
      return try #require(RequestReading(text).heads.first)
    }
    #expect(try head("1.1", 3).expectsContinue)
    #expect(try !head("1.1", 0).expectsContinue)
    #expect(try !head("1.0", 3).expectsContinue)
  }

  @Test func `the protocols to switch to need both fields`() throws {
    func tokens(_ fields: String) throws -> [String] {
      try #require(RequestReading("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").heads.first).upgradeTokens
    }
    #expect(try tokens("Upgrade: websocket, h2c\r\nConnection: x, Upgrade\r\n") == ["websocket", "h2c"])
    #expect(try tokens("Upgrade: websocket\r\n") == [])
  }
}
