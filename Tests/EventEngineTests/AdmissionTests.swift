import EventEngine
import Glibc
import TestKit
import Testing

/// An acceptor's limits on real sockets.
struct AdmissionTests {
  private static let words: @Sendable (Loop, AdmissionRefusal) -> [UInt8] = { _, refusal in
    Array("no: \(refusal)".utf8)
  }

  private func server(
    _ loops: TestLoops, tls: TLSContext? = nil, _ change: (inout AdmissionLimits) -> Void
  ) throws -> TestServer {
    var limits = AdmissionLimits()
    change(&limits)
    return try TestServer(loops, tls: tls, limits: limits, words: Self.words) { _, delegate in
      delegate.onReceived = { $0.send($1) }
    }
  }

  @Test func `One too many is told so in order, and taken when another has left`() throws {
    let loops = try TestLoops(2)
    let server = try server(loops) { $0.connections = 2 }
    let one = try RawSocket(port: server.port)
    let two = try RawSocket(port: server.port)
    for client in [one, two] {
      try client.send([7])
      #expect(try client.receive(exactly: 1) == [7])
    }
    let three = try RawSocket(port: server.port)
    try three.send(String(repeating: "unheard ", count: 1000))
    #expect(String(decoding: try three.receiveAll(), as: UTF8.self) == "no: full")
    one.close()
    #expect(server.waitForEnd() != nil)
    let four = try RawSocket(port: server.port)
    try four.send([9])
    #expect(try four.receive(exactly: 1) == [9])
  }

  @Test func `A crowd of refused peers leaves nothing behind`() throws {
    let loops = try TestLoops()
    let server = try server(loops) { $0.connections = 0 }
    let crowd = try (0..<200).map { _ in try RawSocket(port: server.port) }
    for peer in crowd {
      let said = String(decoding: (try? peer.receiveAll()) ?? [], as: UTF8.self)
      #expect(said.isEmpty || said == "no: full")
      peer.close()
    }
    #expect(server.happenings.all.isEmpty)
    for _ in 0..<500 where loops.first.connectionCount > 0 {
      _ = loops.inside { _ in usleep(10_000) }
    }
    #expect(loops.first.connectionCount == 0)
  }

  @Test func `Plain text on a TLS port is answered in plain text`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let server = try server(loops, tls: try certificate.context()) { _ in }
    for method in ["GET", "OPTIONS", "delete"] {
      let client = try RawSocket(port: server.port)
      try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(String(decoding: try client.receiveAll(), as: UTF8.self) == "no: notTLS")
    }
    #expect(!server.happenings.all.contains { if case .received = $0 { true } else { false } })
    let client = try TLSClient(port: server.port)
    try client.send([1])
    #expect(try client.receive(exactly: 1) == [1])
  }

  @Test func `Half a handshake ends at its deadline, and others wait for their turn meanwhile`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let server = try server(loops, tls: try certificate.context()) {
      $0.handshake = .milliseconds(300)
      $0.handshakes = 2
    }
    let started = ContinuousClock.now
    let silent = try RawSocket(port: server.port)
    let half = try RawSocket(port: server.port)
    try half.send([0x16, 0x03, 0x01, 0x02])
    // Both places are taken by peers that do nothing; the kernel keeps the third until they are gone.
    let client = try TLSClient(port: server.port)
    #expect(ContinuousClock.now - started >= .milliseconds(290))
    try client.send([1])
    #expect(try client.receive(exactly: 1) == [1])
    #expect(try silent.isEnded())
    #expect(try half.isEnded())
    let reasons = server.happenings.all.compactMap { happening in
      if case .closed(let reason) = happening { reason } else { nil }
    }
    #expect(reasons == [.handshakeFailed("not done in time"), .handshakeFailed("not done in time")])
  }

  @Test func `A handshake of one byte now and then ends at its deadline all the same`() throws {
    let (certificate, loops) = (try TestCertificate(), try TestLoops())
    let server = try server(loops, tls: try certificate.context()) { $0.handshake = .milliseconds(200) }
    let client = try RawSocket(port: server.port)
    // A record of 512 bytes is announced.
    for byte in [0x16, 0x03, 0x01, 0x02, 0x00] + [UInt8](repeating: 1, count: 400) {
      guard (try? client.send([byte])) != nil, server.happenings.all.count < 2 else { break }
      usleep(2000)
    }
    #expect(server.waitForEnd() == .handshakeFailed("not done in time"))
  }
}
