import EventEngine
import Synchronization
import TestKit
import Testing
import WebServer
import Wire

@Suite struct HTTPServerTests {
  @Test func `A connection serves one request after the other, each with its own id and a date`() throws {
    let site = try TestSite()
    let client = try site.client()
    let answers = try (0..<3).map { _ in try client.exchange("GET /hello") }
    #expect(answers.map(\.status) == [200, 200, 200])
    #expect(answers.map(\.text) == ["hello", "hello", "hello"])
    #expect(Set(answers.map { $0.fields["x-request-id"] }).count == 3)
    #expect(answers[0].fields["date"]?.hasSuffix(" GMT") == true)
    #expect(answers[0].fields["connection"] == nil)
    #expect(site.server.counts == counts(requests: 3, connections: 1))
  }

  @Test func `Requests that came together are answered in order, also when the first one takes longest`()
    throws
  {
    let site = try TestSite()
    let client = try site.client()
    let later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
    let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(hello + later + hello)
    #expect(try client.receiveResponse().text == "hello")
    site.gate.open()
    #expect(try client.receiveResponse().text == "later on loop: true")
    #expect(try client.receiveResponse().text == "hello")
  }

  @Test func `A body arrives whole, by length or in chunks, however it is cut`() throws {
    let site = try TestSite()
    let client = try site.client()
    #expect(try client.exchange("POST /echo", "Content-Length: 5\r\n", body: "hello").text == "hello")
    try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in ["3\r\nhel", "\r\n2;x=y\r", "\nlo\r\n0\r", "\n\r\n"] { try client.send(piece) }
    #expect(try client.receiveResponse().text == "hello")
    let large = String(repeating: "0123456789", count: 100_000)
    #expect(try client.exchange("POST /echo", "Content-Length: 1000000\r\n", body: large).text == large)
  }

  @Test func `A stream goes out in chunks and the connection goes on`() throws {
    let site = try TestSite()
    let client = try site.client()
    let answer = try client.exchange("GET /count")
    #expect(answer.text == "one two three")
    #expect(answer.fields["transfer-encoding"] == "chunked")
    #expect(try client.exchange("GET /hello").text == "hello")
    #expect(try client.exchange("HEAD /count", hasBody: false).status == 200)
    #expect(try client.exchange("GET /hello").text == "hello")
    #expect(site.server.counts.streams == 0)
  }

  @Test func `A stream to an HTTP 1.0 client ends with the connection`() throws {
    let site = try TestSite()
    let client = try site.client()
    try client.send("GET /count HTTP/1.0\r\n\r\n")
    let answer = try client.receiveResponse()
    #expect(answer.text == "one two three")
    #expect(answer.fields["connection"] == "close")
  }

  @Test func `A route may write to other connections while answers of its own wait`() throws {
    let site = try TestSite()
    let watcher = try site.client()
    try watcher.send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try watcher.receive(through: "8\r\nwatching\r\n")
    let client = try site.client()
    try client.send(["/hello", "/tell", "/hello"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    #expect(try (0..<3).map { _ in try client.receiveResponse().text } == ["hello", "done", "hello"])
    #expect(try String(decoding: watcher.receive(exactly: 9), as: UTF8.self) == "4\r\ntold\r\n")
  }

  @Test func `HEAD is GET without the body`() throws {
    let site = try TestSite()
    let client = try site.client()
    let answer = try client.exchange("HEAD /hello", hasBody: false)
    #expect(answer.status == 200)
    #expect(answer.fields["content-length"] == "5")
    #expect(try client.exchange("GET /hello").text == "hello")
  }

  @Test func `An unknown path, a wrong method and a question for methods have their answers`() throws {
    let site = try TestSite()
    let client = try site.client()
    let missing = try client.exchange("GET /nothing")
    #expect(missing.status == 404)
    #expect(missing.text.hasPrefix("route_not_found: "))
    #expect(missing.fields["x-request-id"]?.isEmpty == false)
    let wrong = try client.exchange("POST /hello", "Content-Length: 2\r\n", body: "{}")
    #expect(wrong.status == 405)
    #expect(wrong.fields["allow"] == "GET, HEAD, OPTIONS")
    let slash = try client.exchange("POST /hello/?x=1%20y", "Content-Length: 2\r\n", body: "{}")
    #expect(slash.status == 307 && slash.fields["location"] == "/hello?x=1%20y")
    let options = try client.exchange("OPTIONS /agents/1")
    #expect(options.status == 204)
    #expect(options.fields["allow"] == "DELETE, GET, HEAD, OPTIONS")
  }

  @Test(arguments: ["a", "trace-1_B.2", String(repeating: "x", count: 128)])
  func `A caller's request id is the request's, in logs and in the answer`(id: String) throws {
    let site = try TestSite(
      hooks: ServerHooks(finish: { request, response in response.fields.append("X-Seen", request?.id ?? "") })
    )
    let client = try site.client()
    for path in ["/hello", "/nothing", "/count"] {
      let answer = try client.exchange("GET \(path)", "X-Request-Id: \(id)\r\n")
      #expect(answer.fields["x-request-id"] == id)
      #expect(answer.fields["x-seen"] == id)
    }
    #expect(try client.exchange("GET /hello").fields["x-request-id"] != id)
  }

  @Test(arguments: ["", "a b", "a\"b", "ä", "a,b", "a/b", String(repeating: "x", count: 129)])
  func `A request id that could garble a log is replaced`(id: String) throws {
    let site = try TestSite()
    let answer = try site.client().exchange("GET /hello", "X-Request-Id: \(id)\r\n")
    #expect(answer.status == 200)
    #expect(answer.fields["x-request-id"]?.utf8.count == 13)
  }

  @Test func `A client that waits for 100 gets it only when its body is wanted`() throws {
    let site = try TestSite()
    let client = try site.client()
    let fields = "Content-Length: 2\r\nExpect: 100-continue\r\n"
    let first = try client.exchange("POST /echo", fields)
    #expect(first.status == 100)
    try client.send("ok")
    #expect(try client.receiveResponse().text == "ok")
    #expect(try client.exchange("POST /nothing", fields).status == 404)
    #expect(try client.isEnded())
  }

  @Test func `A body that is too large is refused before it is sent`() throws {
    var configuration = ServerConfiguration()
    configuration.limits.body = 1000
    let site = try TestSite(configuration: configuration)
    let known = try site.client().exchange("POST /echo", "Content-Length: 1001\r\n")
    #expect(known.status == 413)
    #expect(known.fields["connection"] == "close")
    let chunked = try site.client().exchange("POST /echo", "Transfer-Encoding: chunked\r\n", body: "400\r\n")
    #expect(chunked.status == 413)
    #expect(site.bodies.all.isEmpty)
  }

  @Test func `An answer reaches a client that ended its side after the request`() throws {
    let site = try TestSite()
    let direct = try site.client()
    try direct.send("GET /large?size=300000 HTTP/1.1\r\nHost: a\r\n\r\n")
    direct.finishSending()
    #expect(try direct.receiveResponse().body.count == 300_000)
    #expect(try direct.isEnded())
    let later = try site.client()
    try later.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
    later.finishSending()
    site.gate.open()
    #expect(try later.receiveResponse().text == "later on loop: true")
    #expect(try later.isEnded())
  }

  @Test func `Connection close is honoured`() throws {
    let site = try TestSite()
    let client = try site.client()
    let answer = try client.exchange("GET /hello", "Connection: close\r\n")
    #expect(answer.fields["connection"] == "close")
    #expect(try client.isEnded())
  }

  @Test func `Hooks admit requests and finish answers`() throws {
    let hooks = ServerHooks(
      admit: { request in
        request.head.host == "evil"
          ? Response(421, type: "text/plain", Array("not here".utf8)) : nil
      },
      finish: { request, response in
        response.fields.append("X-Finished", request?.path ?? "no request")
      })
    let site = try TestSite(hooks: hooks)
    #expect(try site.client().exchange("GET /hello").fields["x-finished"] == "/hello")
    let client = try site.client()
    try client.send("GET /hello HTTP/1.1\r\nHost: evil\r\n\r\n")
    let refused = try client.receiveResponse()
    #expect(refused.status == 421)
    #expect(refused.fields["x-finished"] == "/hello")
    try client.send("broken\r\n\r\n")
    #expect(try client.receiveResponse().fields["x-finished"] == "no request")
  }

  @Test func `Many clients on two loops are all served`() throws {
    let site = try TestSite(loops: 2)
    let clients = try (0..<20).map { _ in try site.client() }
    for _ in 0..<5 {
      for client in clients { try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") }
      for client in clients { #expect(try client.receiveResponse().text == "hello") }
    }
    #expect(site.loops.map(\.connectionCount) == [10, 10])
    #expect(site.server.counts == counts(requests: 100, connections: 20))
  }

  @Test func `Clients that vanish leave nothing behind`() throws {
    let site = try TestSite()
    for path in ["/hello", "/later", "/watch", "/flood", "/large?size=5000000", "/socket"] {
      let client = try site.client()
      try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      if path == "/watch" { _ = try client.receive(through: "watching") }
      client.reset()
    }
    let half = try site.client()
    try half.send("GET /hel")
    half.reset()
    #expect(site.isEmptySoon())
    site.gate.open()
    #expect(site.notes.all.contains("closed"))
    #expect(try site.client().exchange("GET /hello").text == "hello")
    #expect(site.isEmptySoon())
  }

  private func counts(requests: UInt64, connections: Int) -> ServerCounts {
    var counts = ServerCounts()
    counts.requests = requests
    counts.connections = connections
    return counts
  }
}
