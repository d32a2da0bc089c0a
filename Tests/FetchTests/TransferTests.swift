import Basics
import Fetch
import TestKit
import Testing

/// A fetcher and what tests need around it.
struct FetchKit {
  let fetcher: Fetcher

  init(_ configuration: FetchConfiguration = FetchConfiguration(userAgent: "FetchTests")) throws {
    fetcher = try Fetcher(configuration: configuration, log: .silent)
  }

  func request(_ upstream: ScriptedUpstream, timeouts: FetchTimeouts = FetchTimeouts()) throws -> FetchRequest
  {
    FetchRequest(
      method: .get, url: try FetchURL(upstream.url + "/path?q=1"), timeouts: timeouts, allowsPlainHTTP: true)
  }

  func start(_ upstream: ScriptedUpstream, timeouts: FetchTimeouts = FetchTimeouts()) throws -> Transfer {
    fetcher.start(try request(upstream, timeouts: timeouts))
  }

  /// All bytes until the end.
  static func body(_ transfer: Transfer) async throws(FetchError) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      switch try await transfer.next() {
      case .bytes(let bytes): body += bytes
      case .end: return body
      case .deadline: break
      }
    }
  }

  /// How a transfer fails.
  static func failure(_ transfer: Transfer) async -> FetchError.Code? {
    do throws(FetchError) {
      _ = try await transfer.head()
      _ = try await body(transfer)
      return nil
    } catch {
      return error.kind
    }
  }
}

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct TransferTests {
  @Test func `an answer arrives with status, fields and body`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("hello", status: 201, fields: ["X-Request-Id: r1"]))
    let transfer = try kit.start(upstream)
    let head = try await transfer.head()
    #expect(head.status == 201)
    #expect(head["x-request-id"] == "r1")
    #expect(try await FetchKit.body(transfer) == Array("hello".utf8))
    #expect(try await transfer.next() == .end)
    upstream.stop()
  }

  @Test func `a request arrives with method, path, fields and body`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("{}"))
    // Above 1 MiB curl would wait for `100 Continue`.
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000)
    let request = FetchRequest(
      url: try FetchURL(upstream.url + "/v1/chat"), fields: [("Authorization", "Bearer k"), ("X-Empty", "")],
      body: body,
      allowsPlainHTTP: true)
    _ = try await FetchKit.body(kit.fetcher.start(request))
    let seen = try #require(upstream.requests.first)
    #expect(seen.method == "POST")
    #expect(seen.path == "/v1/chat")
    #expect(seen["authorization"] == "Bearer k")
    #expect(seen["x-empty"] == "")
    #expect(seen["user-agent"] == "FetchTests")
    #expect(seen["expect"] == nil)
    #expect(seen.body == body)
    upstream.stop()
  }

  @Test func `a POST without a body sends an empty one`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("{}"))
    let request = FetchRequest(url: try FetchURL(upstream.url), allowsPlainHTTP: true)
    _ = try await FetchKit.body(kit.fetcher.start(request))
    #expect(upstream.requests.first?["content-length"] == "0")
    upstream.stop()
  }

  @Test func `pieces arrive as they are sent`() async throws {
    let kit = try FetchKit()
    let second = Gate()
    let upstream = try ScriptedUpstream(
      .chunkedHead(), .chunk("one"), .waitFor(second), .chunk("two"), .lastChunk)
    let transfer = try kit.start(upstream)
    #expect(try await transfer.next() == .bytes(Array("one".utf8)))
    #expect(try await transfer.next(until: Fetcher.now + 20_000_000) == .deadline)
    #expect(try await transfer.next(until: Fetcher.now) == .deadline)
    second.open()
    #expect(try await transfer.next() == .bytes(Array("two".utf8)))
    #expect(try await transfer.next() == .end)
    upstream.stop()
  }

  @Test func `a deadline passes on time`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .stall)
    let transfer = try kit.start(upstream)
    _ = try await transfer.head()
    for milliseconds: UInt64 in [5, 30, 1] {
      let started = Fetcher.now
      #expect(try await transfer.next(until: started + milliseconds * 1_000_000) == .deadline)
      let passed = Duration.nanoseconds(Fetcher.now - started)
      #expect(passed >= .milliseconds(milliseconds))
      #expect(passed < TimeLimit.of(.seconds(5)))
    }
    transfer.cancel()
    upstream.stop()
  }

  @Test func `S003-48 a connection is used again`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("{}"))
    for _ in 0..<3 { _ = try await FetchKit.body(kit.start(upstream)) }
    #expect(upstream.accepted == 1)
    upstream.stop()
  }

  @Test func `a lingering transfer leaves its connection for the next`() async throws {
    let kit = try FetchKit()
    let end = Gate()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk("x"), .waitFor(end), .lastChunk)
    do {
      let transfer = try kit.start(upstream)
      _ = try await transfer.next()
      transfer.linger()
      end.open()
    }
    // The rest is read without a reader; give it the moment it needs.
    try await Task.sleep(for: .milliseconds(200))
    _ = try await FetchKit.body(kit.start(upstream))
    #expect(upstream.accepted == 1)
    upstream.stop()
  }

  @Test func `redirects are not followed`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("", status: 302, fields: ["Location: http://127.0.0.1:1/"]))
    let transfer = try kit.start(upstream)
    #expect(try await transfer.head().status == 302)
    #expect(try await FetchKit.body(transfer) == [])
    upstream.stop()
  }

  @Test func `fifty transfers run side by side`() async throws {
    let kit = try FetchKit()
    let all = Gate()
    let upstream = try ScriptedUpstream { request in
      let text = String(decoding: request.body, as: UTF8.self)
      return [.chunkedHead(), .chunk("<\(text)"), .waitFor(all), .chunk(">"), .lastChunk]
    }
    let url = try FetchURL(upstream.url)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        let transfer = kit.fetcher.start(
          FetchRequest(url: url, body: Array("\(number)".utf8), allowsPlainHTTP: true))
        group.addTask {
          let body = try await FetchKit.body(transfer)
          #expect(body == Array("<\(number)>".utf8))
        }
      }
      #expect(await upstream.wait { $0.requests.count == 50 })
      all.open()
      try await group.waitForAll()
    }
    upstream.stop()
  }
}
