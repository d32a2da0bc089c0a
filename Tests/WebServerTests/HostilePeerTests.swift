import EventEngine
import TestKit
import Testing
import WebServer
import Wire

/// A request that is refused, shown by its beginning.
struct Refusal: Sendable, CustomTestStringConvertible {
  let request: String
  let status: Int

  init(_ request: String, _ status: Int) {
    self.request = request
    self.status = status
  }

  var testDescription: String { "\(status) \(request.prefix(60).debugDescription)" }
}

@Suite struct HostilePeerTests {
  /// One of each kind that the parser refuses; all of them are in the parser's own tests.
  static let refused: [Refusal] = [
    Refusal("GET /\r\n\r\n", 400), Refusal("GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\nHost: a\n\n", 400), Refusal("G(T / HTTP/1.1\r\n", 400),
    Refusal("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505), Refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Refusal("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    Refusal("GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
    Refusal("GET /hello HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    Refusal(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400
    ),
    Refusal("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 400),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellox\r\n", 400),
    Refusal("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", 417),
    Refusal("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17000))\r\n\r\n", 431),
    Refusal("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
  ]

  @Test(arguments: refused)
  func `A malformed request gets its status and a close, and what follows it is not served`(
    refusal: Refusal
  ) throws {
    let site = try TestSite()
    let client = try site.client()
    try client.send(refusal.request + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    let answer = try client.receiveResponse()
    #expect(answer.status == refusal.status)
    #expect(answer.fields["connection"] == "close")
    #expect(try client.receiveAll() == [])
    #expect(site.bodies.all.isEmpty)
  }

  @Test func `A head that trickles in is cut off at its deadline`() throws {
    let site = try site { $0.head = .milliseconds(150) }
    let client = try site.client()
    let started = ContinuousClock.now
    // Each byte comes in time; the head as a whole does not.
    for byte in "GET /hello HTTP/1.1\r\nHo".utf8 {
      try client.send([byte])
      if ContinuousClock.now - started > .milliseconds(100) { break }
      _ = try? quietly(client, .milliseconds(10))
    }
    #expect(try client.receiveResponse().status == 408)
    #expect(try client.isEnded())
    #expect(ContinuousClock.now - started >= .milliseconds(150))
  }

  @Test func `A body that comes too slowly is cut off`() throws {
    let site = try site { $0.bodyGrace = .milliseconds(100) }
    let client = try site.client()
    #expect(try client.exchange("POST /echo", "Content-Length: 10\r\n", body: "abc").status == 408)
    #expect(try client.isEnded())
    #expect(site.bodies.all.isEmpty)
  }

  @Test func `A connection without requests is closed without a word`() throws {
    let site = try site {
      $0.firstByte = .milliseconds(100)
      $0.idle = .milliseconds(200)
    }
    let fresh = try site.client()
    #expect(try fresh.receiveAll() == [])
    let used = try site.client()
    #expect(try used.exchange("GET /hello").status == 200)
    #expect(try used.receiveAll() == [])
  }

  @Test func `A slow reader of a stream makes the writer wait, not the memory grow`() throws {
    let site = try TestSite()
    let client = try site.client(patience: .seconds(30), receiveBuffer: 16384)
    let answer = try client.exchange("GET /flood")
    #expect(answer.body.count == 16 << 20)
    #expect(site.notes.all == [])
  }

  @Test func `A client that sends requests without reading answers is served only so far`() throws {
    let site = try TestSite()
    let client = try site.client(patience: .seconds(30), receiveBuffer: 16384)
    let request = "GET /large?size=200000 HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(String(repeating: request, count: 100))
    // The server has stopped looking at requests when a further one-request connection has been served twice.
    for _ in 0..<2 { #expect(try site.client().exchange("GET /hello").status == 200) }
    #expect(site.notes.all.count < 30)
    for _ in 0..<100 { #expect(try client.receiveResponse().body.count == 200_000) }
    #expect(site.notes.all.count == 100)
  }

  @Test func `A reader that takes nothing is dropped`() throws {
    var configuration = ServerConfiguration()
    configuration.stalledWrite = .milliseconds(200)
    let site = try TestSite(configuration: configuration)
    let client = try site.client(receiveBuffer: 4096)
    try client.send("GET /large?size=20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try client.receive(exactly: 1)
    #expect(site.isEmptySoon())
  }

  private func site(_ change: (inout HTTPDeadlines) -> Void) throws -> TestSite {
    var configuration = ServerConfiguration()
    change(&configuration.deadlines)
    return try TestSite(configuration: configuration)
  }

  /// Waits for bytes that should not come; throws when they do not.
  private func quietly(_ client: RawSocket, _ time: Duration) throws -> [UInt8] {
    let before = client.patience
    client.patience = time
    defer { client.patience = before }
    return try client.receive(exactly: 1)
  }
}
