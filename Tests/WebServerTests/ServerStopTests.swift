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
