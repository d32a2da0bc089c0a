import COpenSSL
import Glibc
import TestKit
import Testing

@testable import EventEngine

@Suite struct TLSTests {
  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func `Bytes travel encrypted both ways`(version: Int32) throws {
    let (certificate, loops, server) = try echo()
    let client = try TLSClient(port: server.port, version: version, protocols: ["h2", "http/1.1"])
    #expect(client.chosenProtocol == "http/1.1")
    try client.send(Array("hello".utf8))
    #expect(try client.receive(exactly: 5) == Array("hello".utf8))
    #expect(server.happenings.all.first == .began(loop: 0, secure: true, address: "127.0.0.1"))
    #expect(server.happenings.all.contains(.received(Array("hello".utf8))))
    _ = (certificate, loops)
  }

  @Test func `Megabytes arrive whole at a slow reader, then the end in order`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 9) }
    let server = try TestServer(loops, tls: certificate.context()) { _, delegate in
      delegate.onReceived = { connection, _ in
        connection.send(sent)
        connection.send([1, 2, 3])
        connection.finish()
      }
    }
    let client = try TLSClient(port: server.port, receiveBuffer: 8192)
    try client.send([1])
    #expect(try client.receive(exactly: sent.count) == sent)
    #expect(try client.receive(exactly: 3) == [1, 2, 3])
    #expect(client.isClosedInOrder())
    client.socket.close()
    #expect(server.waitForEnd() == .finished)
  }

  @Test func `A storm of handshakes takes its turns, a few a tick`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let server = try TestServer(loops, tls: certificate.context()) { _, _ in }
    defer { withExtendedLifetime((certificate, server)) {} }
    let clients = try (0..<30).map { _ in try RawSocket(port: server.port) }
    let left = Recorder<Int>()
    while loops.inside(\.connectionCount) != clients.count {}
    // All of them have spoken before the loop looks again.
    let spoken = Gate()
    loops.first.submit { loop in
      loop.atTickEnd { left.record($0.connectionCount) }
      spoken.wait()
    }
    // The beginning of a record of TLS that is no greeting: a step, and the end.
    for client in clients { try client.send([22, 3, 1, 0, 4, 9, 0, 0, 0]) }
    spoken.open()
    for client in clients { _ = try? client.receiveAll() }
    while left.all.last != 0 { _ = loops.inside(\.connectionCount) }
    var before = clients.count
    for count in left.all {
      #expect(before - count <= Loop.handshakesPerTick)
      before = count
    }
    #expect(before == 0)
  }

  @Test func `A connection waits for its turn once, however often it has something to say`() throws {
    let loops = try TestLoops()
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let near = ends[0]
    let waiting = loops.inside { loop in
      let connection = loop.adopt(descriptor: near)
      for _ in 0..<100 { loop.readAgain(connection) }
      return loop.unread.count
    }
    #expect(waiting == 1)
    close(ends[1])
  }

  @Test func `A paused connection keeps encrypted bytes until it is resumed`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let paused = Recorder<ConnectionID>()
    let server = try TestServer(loops, tls: certificate.context()) { _, delegate in
      delegate.onReceived = { connection, bytes in
        connection.send(bytes)
        connection.pauseReading()
        paused.record(connection.id)
      }
    }
    let client = try TLSClient(port: server.port)
    // Three records in one write of the kernel's: the first pauses.
    for byte in [1, 2, 3] as [UInt8] { try client.send([byte]) }
    for number in 1...3 {
      let ids = paused.wait(count: number)
      #expect(ids.count == number)
      #expect(try client.receive(exactly: 1) == [UInt8(number)])
      let id = try #require(ids.last)
      loops.first.submit { $0.connection(id)?.resumeReading() }
    }
  }

  @Test func `A refused write keeps one record at most and goes on later`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let total = Recorder<Int>()
    let pending = Recorder<Int>()
    let server = try TestServer(loops, tls: certificate.context()) { _, delegate in
      let block = [UInt8](repeating: 5, count: 100_000)
      var rounds = 0
      let pump = { (connection: Connection) in
        rounds += 1
        var accepted = 0
        while true {
          let count = block.withUnsafeBytes { connection.write($0) }
          accepted += count
          if count < block.count { break }
        }
        pending.record(connection.pendingBytes)
        total.record(accepted)
        if rounds == 3 { connection.finish() }
      }
      delegate.onReceived = { connection, _ in pump(connection) }
      delegate.onWritable = { pump($0) }
    }
    let client = try TLSClient(port: server.port, receiveBuffer: 8192)
    try client.send([1])
    #expect(total.wait(count: 1).count >= 1)
    var received = 0
    while total.all.count < 3 || received < total.all.reduce(0, +) {
      #expect(try client.receive(exactly: 1) == [5])
      received += 1
    }
    #expect(client.isClosedInOrder())
    #expect(pending.all.max() ?? 0 < 17_000)
  }

  @Test func `Old versions and plain HTTP do not get through the handshake`() throws {
    let (certificate, loops, server) = try echo()
    #expect(throws: RawSocketError.self) { try TLSClient(port: server.port, version: TLS1_1_VERSION) }
    let plain = try RawSocket(port: server.port)
    try plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try? plain.receiveAll()
    let all = server.happenings.wait(count: 4)
    let ends = all.compactMap { if case .closed(.handshakeFailed(let reason)) = $0 { reason } else { nil } }
    #expect(ends.count == 1)
    #expect(!all.contains { if case .received = $0 { true } else { false } })
    _ = (certificate, loops)
  }

  @Test func `Certificates that cannot be used are refused in words`() throws {
    let (one, other) = (try TestCertificate(), try TestCertificate())
    let missing = #expect(throws: EngineError.self) {
      try TLSContext(certificateFile: "/nowhere/certificate.pem", keyFile: one.keyFile)
    }
    #expect(missing?.code == "bad_certificate")
    #expect(
      missing?.message
        == "Reading /nowhere/certificate.pem for TLS: the file cannot be read (No such file or directory).")
    let folder = #expect(throws: EngineError.self) {
      try TLSContext(certificateFile: one.certificateFile, keyFile: "/tmp")
    }
    #expect(folder?.message == "Reading /tmp for TLS: the file cannot be read (Is a directory).")
    #expect(throws: EngineError.keyMismatch(certificate: one.certificateFile, key: other.keyFile)) {
      try TLSContext(certificateFile: one.certificateFile, keyFile: other.keyFile)
    }
    let noKey = #expect(throws: EngineError.self) {
      try TLSContext(certificateFile: one.certificateFile, keyFile: one.certificateFile)
    }
    #expect(noKey?.message.contains(one.certificateFile) == true)
  }

  @Test func `A certificate that is read anew serves new handshakes, and nobody loses a connection`() throws {
    let (certificate, other) = (try TestCertificate(), try TestCertificate())
    let loops = try TestLoops(2)
    let context = try certificate.context()
    let server = try TestServer.echo(loops, tls: context)
    let early = try (0..<3).map { _ in try TLSClient(port: server.port) }
    let first = early[0].certificate
    #expect(!first.isEmpty && early.allSatisfy { $0.certificate == first })
    #expect(context.validUntil?.hasPrefix("20") == true)

    try certificate.take(the: other)
    try context.reload()
    let late = try TLSClient(port: server.port)
    #expect(late.certificate != first)

    // What cannot be used changes nothing, half of it neither.
    try certificate.breakKey()
    #expect(throws: EngineError.self) { try context.reload() }
    #expect(try TLSClient(port: server.port).certificate == late.certificate)
    for client in early + [late] {
      try client.send(Array("still here".utf8))
      #expect(try client.receive(exactly: 10) == Array("still here".utf8))
    }
  }

  @Test func `Handshakes and reloads do not get in each other's way`() throws {
    let (certificate, loops, server) = try echo()
    let context = try certificate.context()
    let reloading = try TestServer.echo(loops, tls: context)
    let done = Recorder<Bool>()
    startThread {
      for _ in 0..<200 { try? context.reload() }
      done.record(true)
    }
    for _ in 0..<50 {
      let client = try TLSClient(port: reloading.port)
      try client.send([1])
      #expect(try client.receive(exactly: 1) == [1])
    }
    #expect(done.wait() == [true])
    _ = server
  }

  private func echo() throws -> (TestCertificate, TestLoops, TestServer) {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    return (certificate, loops, try TestServer.echo(loops, tls: certificate.context()))
  }
}

extension TestCertificate {
  /// Puts another one's files in the place of its own, as a renewal does.
  func take(the other: TestCertificate) throws {
    guard rename(other.certificateFile, certificateFile) == 0, rename(other.keyFile, keyFile) == 0 else {
      throw RawSocketError(doing: "renaming")
    }
  }

  /// Leaves a key file that holds no key.
  func breakKey() throws {
    guard let file = fopen(keyFile, "w") else { throw RawSocketError(doing: "opening the key") }
    fputs("no key\n", file)
    fclose(file)
  }

  func context() throws -> TLSContext { try TLSContext(certificateFile: certificateFile, keyFile: keyFile) }
}
