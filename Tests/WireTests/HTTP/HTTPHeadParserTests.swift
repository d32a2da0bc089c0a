import Testing
import Wire

/// What a head says, through the parser that reads heads. Heads that must be refused are in `HostileRequestTests`.
struct HTTPHeadParserTests {
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
