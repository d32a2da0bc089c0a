import EventEngine
import Glibc
import TestKit
import Testing

@Suite struct ListenerTests {
  @Test func `A taken port is named, with what to do about it`() throws {
    let first = try Listener(host: "127.0.0.1", port: 0)
    let error = #expect(throws: EngineError.self) { try Listener(host: "127.0.0.1", port: first.port) }
    #expect(error == .portTaken(host: "127.0.0.1", port: first.port))
    #expect(error?.message.contains("\(first.port)") == true)
    #expect(error?.hint?.contains("another port") == true)
  }

  @Test(arguments: ["999.1.1.1", "not an address", "203.0.113.7"])
  func `A bad address is refused in words`(host: String) {
    let error = #expect(throws: EngineError.self) { try Listener(host: host, port: 0) }
    #expect(error?.code == "bad_address")
    #expect(error?.message.contains(host) == true)
  }

  @Test(arguments: ["::", "::1"])
  func `IPv6 is served`(host: String) throws {
    let listener = try Listener(host: host, port: 0)
    #expect(listener.port > 0)
  }

  @Test func `IPv4 callers of an IPv6 socket have IPv4 addresses`() throws {
    let loops = try TestLoops()
    let listener = try Listener(host: "::", port: 0)
    let addresses = Recorder<String>()
    let acceptor = Acceptor(listener, loops: loops.loops) { _, connection in
      addresses.record(connection.remoteAddress)
    }
    let client = try RawSocket(port: listener.port)
    #expect(addresses.wait() == ["127.0.0.1"])
    client.close()
    _ = acceptor
  }

  @Test func `A closed acceptor gives the port back`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    let closed = Recorder<Bool>()
    server.acceptor?.close { _ in closed.record(true) }
    #expect(closed.wait() == [true])
    #expect(throws: RawSocketError.self) { try RawSocket(port: server.port) }
    _ = try Listener(host: "127.0.0.1", port: server.port)
  }
}
