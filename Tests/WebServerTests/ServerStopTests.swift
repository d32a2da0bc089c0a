import EventEngine
import TestKit
import Testing
import WebServer
import Wire

@Suite struct ServerStopTests {
  @Test func `Stopping lets answers out, ends streams, tells sockets and closes the rest`() throws {
    let site = try TestSite(loops: 2)
    let idle = try site.client()
    #expect(try idle.exchange("GET /hello").status == 200)
    let busy = try site.client()
    try busy.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
    let watching = try site.client()
    try watching.send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try watching.receive(through: "watching\r\n")
    let socket = try site.client()
    _ = try socket.openWebSocket("/socket")
    while site.server.counts.requests < 4 {}
    let stopped = Recorder<Bool>()
    site.server.stop(within: .seconds(20)) { stopped.record(true) }
    #expect(try idle.isEnded())
    #expect(try String(decoding: watching.receiveAll(), as: UTF8.self) == "0\r\n\r\n")
    #expect(try socket.receiveFrame().closeCode == 1001)
    try socket.send(WebSocketFrame.close(1001, mask: 7))
    #expect(stopped.all.isEmpty)
    #expect(throws: RawSocketError.self) { try site.client() }
    site.gate.open()
    let last = try busy.receiveResponse()
    #expect(last.text == "later on loop: true")
    #expect(last.fields["connection"] == "close")
    for client in [idle, busy, watching, socket] { client.close() }
    #expect(stopped.wait() == [true])
    #expect(site.server.counts.connections == 0)
  }

  @Test(
    arguments: [
      ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 503"),
      (
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n5\r\nha",
        "HTTP/1.1 503"
      ),
      (
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n", "HTTP/1.1 100"
      ),
      ("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 404"),
      ("GET /hel", ""),
    ])
  func `The rest of a half-sent request is not waited for`(request: String, answer: String) throws {
    let site = try TestSite()
    let client = try site.client()
    try client.send(request)
    while site.loops[0].connectionCount < 1 {}
    if !request.hasPrefix("GET") { while site.server.counts.requests < 1 {} }
    let start = ContinuousClock.now
    let stopped = Recorder<Bool>()
    site.server.stop(within: .seconds(20)) { stopped.record(true) }
    let text = String(decoding: try client.receiveAll(), as: UTF8.self)
    #expect(text.hasPrefix(answer), "\(text)")
    if !answer.isEmpty, !answer.hasSuffix("404") { #expect(text.contains("draining")) }
    client.close()
    #expect(stopped.wait() == [true])
    #expect(ContinuousClock.now - start < TimeLimit.of(.seconds(5)))
  }

  @Test func `A client that is silent after its goodbye costs a second at most`() throws {
    let site = try TestSite()
    let half = try site.client()
    try half.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    let socket = try site.client()
    _ = try socket.openWebSocket("/socket")
    while site.server.counts.requests < 2 {}
    let start = ContinuousClock.now
    let stopped = Recorder<Bool>()
    site.server.stop(within: .seconds(20)) { stopped.record(true) }
    #expect(stopped.wait() == [true])
    #expect(ContinuousClock.now - start < TimeLimit.of(.seconds(5)))
    // What they were told is there when they look.
    #expect(try half.receiveResponse().status == 503)
    #expect(try socket.receiveFrame().closeCode == 1001)
  }

  @Test func `Who has stopped accepting serves on, and accepts no more, whoever asks`() throws {
    let site = try TestSite()
    let client = try site.client()
    #expect(try client.exchange("GET /hello").status == 200)
    site.server.stopAccepting()
    let listener = try Listener(host: "127.0.0.1", port: 0)
    site.server.serve(listener)
    #expect(try client.exchange("GET /hello").status == 200)
    // The port is free, so another test's server may have it by now: what counts is that this one gets nobody.
    let late = try? site.client()
    let stranger = try RawSocket(port: listener.port)
    try stranger.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.exchange("GET /hello").status == 200)
    withExtendedLifetime(late) { #expect(site.server.counts.connections == 1) }
  }

  @Test func `What does not end in time is dropped`() throws {
    let site = try TestSite()
    let busy = try site.client()
    try busy.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
    while site.server.counts.requests < 1 {}
    let stopped = Recorder<Bool>()
    site.server.stop(within: .milliseconds(100)) { stopped.record(true) }
    #expect(stopped.wait() == [true])
    #expect(try busy.isEnded())
  }

  @Test func `A server without connections stops at once`() throws {
    let site = try TestSite(loops: 2)
    let stopped = Recorder<Bool>()
    site.server.stop(within: .seconds(60)) { stopped.record(true) }
    #expect(stopped.wait() == [true])
  }
}
