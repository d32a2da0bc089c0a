import TestKit
import Testing
import WebServer
import Wire

/// Routes that take bodies while they come work on the pool, which blocking tests must leave free.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1)))) struct StreamedBodyTests {
  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  }

  private static func answer(to bytes: [UInt8]) -> String {
    var sum = 0
    for byte in bytes { sum = (sum &* 31 &+ Int(byte)) & 0xFFFF_FFFF }
    return "\(bytes.count) \(sum)"
  }

  @Test(arguments: [1, 65_536, 1_000_001, 8 << 20])
  func `a body reaches its route whole, beyond the limit of bodies that are kept`(count: Int) async throws {
    try await onThread {
      var configuration = ServerConfiguration()
      configuration.limits.body = 1000
      let site = try TestSite(configuration: configuration)
      let client = try site.client(patience: .seconds(30))
      let bytes = Self.bytes(count)
      try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
      try client.send(bytes)
      #expect(try client.receiveResponse().text == Self.answer(to: bytes))
      // In chunks, and the connection goes on.
      try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      for start in stride(from: 0, to: count, by: 50_000) {
        let piece = bytes[start..<min(start + 50_000, count)]
        try client.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8))
      }
      try client.send("0\r\n\r\n")
      #expect(try client.receiveResponse().text == Self.answer(to: bytes))
      #expect(try client.exchange("GET /hello").text == "hello")
    }
  }

  @Test func `a slow route slows its client down and keeps little in memory`() async throws {
    try await onThread {
      let site = try TestSite()
      let client = try site.client(patience: .seconds(30))
      try client.send("POST /upload?wait=1 HTTP/1.1\r\nHost: a\r\nContent-Length: \(8 << 20)\r\n\r\n")
      site.notes.wait(count: 1)
      let bytes = Self.bytes(8 << 20)
      // Another client of the loop is served while this one is not read; only then the route goes on.
      startThread {
        if (try? site.client().exchange("GET /hello").text) == "hello" { site.gate.open() }
      }
      try client.send(bytes)
      #expect(try client.receiveResponse().text == Self.answer(to: bytes))
      let most = site.notes.all.last.flatMap { Int($0.split(separator: " ").last ?? "") } ?? .max
      #expect(most <= 512 << 10, "\(most)")
    }
  }

  @Test func `an empty body ends at once`() async throws {
    try await onThread {
      let site = try TestSite()
      #expect(try site.client().exchange("POST /upload").text == "0 0")
    }
  }

  @Test func `a client that waits for leave to send gets it`() async throws {
    try await onThread {
      let site = try TestSite()
      let client = try site.client()
      try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
      #expect(try client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
      try client.send("abc")
      #expect(try client.receiveResponse().text == Self.answer(to: Array("abc".utf8)))
    }
  }

  enum Leaving: CaseIterable { case closing, resetting, halfClosing, badChunk }

  @Test(arguments: Leaving.allCases)
  func `a client that leaves in the middle cuts the body`(way: Leaving) async throws {
    try await onThread {
      let site = try TestSite()
      do {
        let client = try site.client()
        let length = way == .badChunk ? "Transfer-Encoding: chunked" : "Content-Length: 1000"
        try client.send("POST /upload HTTP/1.1\r\nHost: a\r\n\(length)\r\n\r\n")
        if way != .badChunk { try client.send("some of it") }
        site.notes.wait(count: 1)
        switch way {
        case .closing: client.close()
        case .resetting: client.reset()
        case .halfClosing: client.finishSending()
        case .badChunk:
          try client.send("zzz\r\n")
          #expect(try client.receiveResponse().status == 400)
        }
        #expect(site.notes.wait(count: 2).last?.hasPrefix("upload cut after") == true)
      }
      #expect(site.isEmptySoon())
    }
  }

  @Test func `more than the route's limit is refused before it comes, and in chunks when it has come`()
    async throws
  {
    try await onThread {
      let site = try TestSite()
      let client = try site.client()
      try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: \((8 << 20) + 1)\r\n\r\n")
      #expect(try client.receiveResponse().status == 413)
      #expect(site.notes.all == [])
      let other = try site.client()
      try other.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
      #expect(try other.receiveResponse().status == 413)
      let third = try site.client()
      try third.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800001\r\n")
      #expect(try third.receiveResponse().status == 413)
      #expect(site.notes.wait(count: 2).last == "upload cut after 0")
    }
  }

  @Test func `an answer may come before the body does`() async throws {
    try await onThread {
      let site = try TestSite()
      let client = try site.client()
      try client.send("POST /upload?answer=early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
      let answer = try client.receiveResponse()
      #expect(answer.text == "enough")
      #expect(answer.fields["connection"] == "close")
      #expect(try client.isEnded())
    }
  }

  @Test func `a server that stops does not wait for the rest of a body`() async throws {
    try await onThread {
      let site = try TestSite()
      let client = try site.client()
      try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
      site.notes.wait(count: 1)
      let stopped = Recorder<Void>()
      site.server.stop(within: .seconds(20)) { stopped.record(()) }
      #expect(try client.receiveResponse().status == 503)
      client.close()
      #expect(stopped.wait().count == 1)
      #expect(site.notes.wait(count: 2).last?.hasPrefix("upload cut") == true)
    }
  }
}
