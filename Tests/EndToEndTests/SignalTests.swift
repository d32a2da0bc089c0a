import Basics
import Glibc
import TestKit
import Testing

/// Signals other than the first SIGTERM of a hub that serves.
struct SignalTests {
  @Test func `A signal at any moment of the start ends the hub in order`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      for delay in [0, 2, 4, 6, 8, 10, 12, 15, 20, 30, 40] as [UInt32] {
        let process = try HubBinary.launch(["serve", "--port", "0"], in: folder, environment: [:])
        usleep(delay * 1000)
        process.signal(SIGTERM)
        let ending = process.ending()
        // Before the hub has taken the signals, they do what they always do.
        #expect([.exited(0), .killed(signal: SIGTERM)].contains(ending), "after \(delay) ms: \(ending)")
      }
      let hub = try HubBinary(in: folder)
      for word in ["MISUSE", "Fatal", "crashed", " error "] { #expect(!hub.errors.contains(word)) }
      #expect(try hub.get("/ready").status == 200)
    }
  }

  @Test func `A hang-up without TLS changes nothing and says so`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let client = HubClient()
      try client.connect(to: hub.port)
      hub.hangUp()
      try hub.waitForWords("Nothing to reload")
      let run = try hub.begin("demo", "Hello")
      try client.follow { $0.ends[run.id] == "run.completed" }
      client.leave(.closing)
      hub.terminate()
      #expect(hub.ending() == .exited(0))
    }
  }

  @Test func `A hang-up takes the certificate that is there now, and keeps the old one when it is bad`()
    async throws
  {
    try await onThread {
      let folder = ScratchFolder()
      let (certificate, key) = ("\(folder.path)/tls.pem", "\(folder.path)/tls.key")
      try Self.makeCertificate(certificate, key, in: folder)
      let hub = try HubBinary(
        in: folder, environment: ["AGENTHUB_TLS_CERTIFICATE": certificate, "AGENTHUB_TLS_KEY": key])
      let first = try Self.certificate(shownBy: hub)
      #expect(first == Self.body(of: HubBinary.contents(of: certificate)))

      try Self.makeCertificate(certificate, key, in: folder)
      #expect(try Self.certificate(shownBy: hub) == first, "nobody has asked for the new one yet")
      hub.hangUp()
      try hub.waitForWords("Reloaded the certificate")
      let second = try Self.certificate(shownBy: hub)
      #expect(second != first)
      #expect(second == Self.body(of: HubBinary.contents(of: certificate)))

      #expect(truncate(key, 10) == 0)
      hub.hangUp()
      try hub.waitForWords("Kept the certificate")
      #expect(hub.errors.contains(key))
      #expect(try Self.certificate(shownBy: hub) == second)
      hub.terminate()
      #expect(hub.ending() == .exited(0))
    }
  }

  private static func openssl(_ words: [String], in folder: ScratchFolder) throws -> String {
    let process = try ChildProcess(
      "/usr/bin/openssl", words, environment: ["PATH": "/usr/bin:/bin"], errors: "\(folder.path)/openssl.log")
    let output = try process.output(through: "\u{0}never")
    _ = process.ending()
    return output
  }

  private static func makeCertificate(_ certificate: String, _ key: String, in folder: ScratchFolder) throws {
    _ = try openssl(
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate,
      ], in: folder)
  }

  /// What a handshake shows, as the lines of its PEM.
  private static func certificate(shownBy hub: HubBinary) throws -> String {
    let text = try openssl(["s_client", "-connect", "127.0.0.1:\(hub.port)"], in: ScratchFolder())
    return body(of: Array(text.utf8))
  }

  /// The lines between the first BEGIN and END.
  private static func body(of bytes: [UInt8]) -> String {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let body = lines.drop { !$0.hasPrefix("-----BEGIN CERTIFICATE") }.dropFirst()
    return body.prefix { !$0.hasPrefix("-----END") }.joined(separator: "\n")
  }
}
