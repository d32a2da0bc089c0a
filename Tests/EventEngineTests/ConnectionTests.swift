import EventEngine
import Glibc
import TestKit
import Testing

@Suite struct ConnectionTests {
  @Test func `Bytes go there and back, and the peer's end is answered`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    let client = try RawSocket(port: server.port)
    try client.send("hello")
    #expect(try client.receive(exactly: 5) == Array("hello".utf8))
    client.finishSending()
    #expect(try client.receiveAll() == [])
    #expect(server.waitForEnd() == .finished)
    let expected: [Happening] = [
      .began(loop: 0, secure: false, address: "127.0.0.1"), .received(Array("hello".utf8)), .peerFinished,
      .closed(.finished),
    ]
    #expect(server.happenings.all == expected)
    #expect(loops.first.connectionCount == 0)
  }

  @Test func `Megabytes come back unchanged through a slow reader`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    let client = try RawSocket(port: server.port, receiveBuffer: 8192)
    let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let writer = try Threads.start(name: "writer") { [descriptor = client.descriptor] in
      var position = 0
      while position < sent.count {
        let count = sent.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress.map { $0 + position }, $0.count - position, 0)
        }
        guard count > 0 else { return }
        position += count
      }
    }
    let back = try client.receive(exactly: sent.count)
    writer.join()
    #expect(back == sent)
  }

  @Test func `What was sent before finish arrives whole, though the peer never stopped sending`() throws {
    let loops = try TestLoops()
    let server = try TestServer(loops) { _, delegate in
      delegate.onReceived = { connection, _ in
        connection.send([UInt8](repeating: 7, count: 1_000_000))
        connection.finish()
      }
    }
    let client = try RawSocket(port: server.port, receiveBuffer: 8192)
    try client.send("go")
    try client.send([UInt8](repeating: 1, count: 200_000))
    #expect(try client.receiveAll() == [UInt8](repeating: 7, count: 1_000_000))
    client.close()
    #expect(server.waitForEnd() == .finished)
  }

  @Test func `A peer that does not end is given up after two seconds`() throws {
    let loops = try TestLoops()
    let server = try TestServer(loops) { connection, _ in
      connection.send(Array("bye".utf8))
      connection.finish()
    }
    let client = try RawSocket(port: server.port)
    #expect(try client.receiveAll() == Array("bye".utf8))
    #expect(server.waitForEnd() == .finished)
  }

  @Test func `An abort is told once, after the callback that asked for it`() throws {
    let loops = try TestLoops()
    let server = try TestServer(loops) { connection, delegate in
      delegate.onReceived = { connection, _ in
        connection.abort()
        connection.abort()
        connection.send([1])
        connection.finish()
      }
    }
    let client = try RawSocket(port: server.port)
    try client.send("x")
    #expect(try client.isEnded())
    #expect(server.waitForEnd() == .aborted)
    loops.stop()
    #expect(server.happenings.all.filter { $0 == .closed(.aborted) }.count == 1)
  }

  @Test func `A reset by the peer ends the connection with the system's words`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    let client = try RawSocket(port: server.port)
    try client.send("x")
    _ = try client.receive(exactly: 1)
    client.reset()
    #expect(server.waitForEnd() == .failed("Connection reset by peer"))
  }

  @Test func `A reset after the peer's end is noticed without a write`() throws {
    let loops = try TestLoops()
    let server = try TestServer(loops) { _, delegate in delegate.onPeerFinished = { _ in } }
    let client = try RawSocket(port: server.port)
    client.finishSending()
    #expect(server.happenings.wait(count: 2).last == .peerFinished)
    client.reset()
    // So Linux calls a reset of a stream whose peer has ended.
    #expect(server.waitForEnd() == .failed("Broken pipe"))
  }

  @Test func `A refused write is followed by becameWritable, and write keeps no bytes`() throws {
    let loops = try TestLoops()
    let counts = Recorder<Int>()
    let server = try TestServer(loops) { connection, delegate in
      let block = [UInt8](repeating: 9, count: 100_000)
      let pump = { (connection: Connection) in
        var total = 0
        while true {
          let count = block.withUnsafeBytes { connection.write($0) }
          total += count
          if count < block.count { break }
        }
        counts.record(connection.pendingBytes == 0 && !connection.isWritable ? total : -1)
      }
      delegate.onReceived = { connection, _ in pump(connection) }
      delegate.onWritable = { connection in
        if counts.all.count < 3 { pump(connection) } else { connection.finish() }
      }
    }
    let client = try RawSocket(port: server.port, receiveBuffer: 8192)
    try client.send("go")
    #expect(!counts.wait().isEmpty)
    let received = try client.receiveAll()
    let total = counts.all.reduce(0, +)
    #expect(!counts.all.contains(-1))
    #expect(received.count == total)
  }

  @Test func `A paused connection delivers nothing until it is resumed`() throws {
    let loops = try TestLoops()
    let ids = Recorder<ConnectionID>()
    let server = try TestServer(loops) { connection, delegate in
      connection.pauseReading()
      ids.record(connection.id)
      delegate.onReceived = { $0.send($1) }
    }
    let client = try RawSocket(port: server.port)
    try client.send("early")
    let id = try #require(ids.wait().first)
    client.patience = .milliseconds(50)
    #expect(throws: RawSocketError.self) { try client.receive(exactly: 1) }
    client.patience = .seconds(10)
    loops.first.submit { $0.connection(id)?.resumeReading() }
    #expect(try client.receive(exactly: 5) == Array("early".utf8))
  }

  @Test func `An id finds its connection only while it lives`() throws {
    let loops = try TestLoops()
    let ids = Recorder<ConnectionID>()
    let server = try TestServer(loops) { connection, _ in ids.record(connection.id) }
    let client = try RawSocket(port: server.port)
    let id = try #require(ids.wait().first)
    #expect(loops.inside { $0.connection(id) != nil } == true)
    client.close()
    #expect(server.waitForEnd() == .finished)
    #expect(loops.inside { $0.connection(id) == nil } == true)
    let second = try RawSocket(port: server.port)
    #expect(ids.wait(count: 2).last != id)
    #expect(loops.inside { $0.connection(id) == nil } == true)
    second.close()
  }

  @Test func `Connections spread over the loops that have the fewest`() throws {
    let loops = try TestLoops(2)
    let server = try TestServer.echo(loops)
    let clients = try (0..<10).map { _ in try RawSocket(port: server.port) }
    _ = server.happenings.wait(count: 10)
    #expect(loops.loops.map(\.connectionCount) == [5, 5])
    for client in clients {
      try client.send("x")
      #expect(try client.receive(exactly: 1) == Array("x".utf8))
    }
  }

  @Test func `S003-25 A thousand connections leave no descriptor behind`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    for _ in 0..<1000 {
      let client = try RawSocket(port: server.port)
      try client.send("x")
      _ = try client.receive(exactly: 1)
      client.close()
    }
    let closed = { (all: [Happening]) in all.filter { if case .closed = $0 { true } else { false } }.count }
    _ = server.happenings.wait(count: 4000)
    #expect(closed(server.happenings.all) == 1000)
    #expect(loops.first.connectionCount == 0)
  }

  @Test func `Stopping the loop ends its connections`() throws {
    let loops = try TestLoops()
    let server = try TestServer.echo(loops)
    let client = try RawSocket(port: server.port)
    _ = server.happenings.wait(count: 1)
    loops.stop()
    #expect(server.happenings.all.last == .closed(.loopStopped))
    #expect(try client.isEnded())
  }

  @Test func `Accepted sockets send at once and keep little unsent in the kernel`() throws {
    let loops = try TestLoops()
    let options = Recorder<[Int32]>()
    let server = try TestServer(loops) { connection, _ in
      // The only server socket of this loop: its descriptor is in the id's text, `loop-descriptor-generation`.
      let descriptor = Int32(connection.id.description.split(separator: "-")[1]) ?? -1
      options.record(
        [TCP_NODELAY, TCP_NOTSENT_LOWAT].map { option in
          var value: Int32 = 0
          var size = socklen_t(4)
          getsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, &size)
          return value
        })
    }
    let client = try RawSocket(port: server.port)
    #expect(options.wait() == [[1, 32768]])
    client.close()
  }
}
