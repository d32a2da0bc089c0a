import Fetch
import TestKit
import Testing

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct TransferFaultTests {
  static let cuts: [(name: String, actions: [ScriptedUpstream.Action], code: FetchError.Code?)] = [
    ("in a chunk", [.chunkedHead(), .text("ff\r\nabc"), .close], .truncated),
    ("between chunks", [.chunkedHead(), .chunk("abc"), .close], .truncated),
    ("before the length", [.text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close], .truncated),
    ("without a length", [.text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"), .close], nil),
    ("by a reset", [.chunkedHead(), .chunk("abc"), .wait(milliseconds: 20), .reset], .connectionLost),
    ("before any byte", [.close], .connectionLost),
    ("with no HTTP", [.text("SSH-2.0-x\r\n\r\n"), .close], .invalidResponse),
  ]

  @Test(arguments: cuts.indices)
  func `a connection that breaks is told apart from an end`(index: Int) async throws {
    let cut = Self.cuts[index]
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream { _ in cut.actions }
    #expect(await FetchKit.failure(try kit.start(upstream)) == cut.code, "\(cut.name)")
    upstream.stop()
  }

  @Test func `bytes before a fault are given out first`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk("abc"), .close)
    let transfer = try kit.start(upstream)
    #expect(await upstream.wait { $0.bytesWritten > 0 })
    try await Task.sleep(for: .milliseconds(30))
    #expect(try await transfer.next() == .bytes(Array("abc".utf8)))
    await #expect(throws: FetchError.self) { try await transfer.next() }
    await #expect(throws: FetchError.self) { try await transfer.next() }
    upstream.stop()
  }

  @Test func `a refused connection names the host and not the path`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.close)
    let url = try FetchURL(upstream.url + "/secret-path")
    upstream.stop()
    #expect(await upstream.wait { _ in true })
    let transfer = kit.fetcher.start(FetchRequest(url: url, allowsPlainHTTP: true))
    do {
      _ = try await transfer.head()
      Issue.record("the connection was not refused")
    } catch {
      #expect([.connectFailed, .connectionLost].contains(error.kind))
      #expect(error.message.contains("127.0.0.1"))
      #expect(!error.message.contains("secret"))
    }
  }

  @Test func `an unknown host is named`() async throws {
    let kit = try FetchKit()
    let transfer = kit.fetcher.start(FetchRequest(url: try FetchURL("https://nowhere.invalid/x")))
    #expect(await FetchKit.failure(transfer) == .hostNotFound)
  }

  static let timeouts: [(FetchTimeouts, [ScriptedUpstream.Action], FetchError.Code)] = [
    (FetchTimeouts(firstByte: .milliseconds(60)), [.stall], .timeoutFirstByte),
    (FetchTimeouts(idle: .milliseconds(60)), [.chunkedHead(), .chunk("a"), .stall], .timeoutIdle),
    (
      FetchTimeouts(total: .milliseconds(100)),
      [.chunkedHead()] + Array(repeating: [.chunk("a"), .wait(milliseconds: 20)], count: 50).flatMap(\.self),
      .timeoutTotal
    ),
  ]

  @Test(arguments: timeouts.indices)
  func `each timeout ends the transfer and closes its connection`(index: Int) async throws {
    let (timeouts, actions, code) = Self.timeouts[index]
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream { _ in actions }
    #expect(await FetchKit.failure(try kit.start(upstream, timeouts: timeouts)) == code)
    #expect(await upstream.wait { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `a trickle does not trip the idle timeout`() async throws {
    let kit = try FetchKit()
    let trickle = Array(repeating: [ScriptedUpstream.Action.chunk(":"), .wait(milliseconds: 20)], count: 40)
    let upstream = try ScriptedUpstream { _ in [.chunkedHead()] + trickle.flatMap(\.self) + [.lastChunk] }
    let transfer = try kit.start(upstream, timeouts: FetchTimeouts(idle: .milliseconds(500)))
    #expect(try await FetchKit.body(transfer).count == 40)
    upstream.stop()
  }

  @Test(arguments: [
    ("X-Key", "a\r\nX-Evil: 1"), ("X-Key", "a\u{0}"), ("X Key", "a"), ("X-Key:", "a"), ("", "a"),
    ("X\r\nY", "a"),
  ])
  func `a field that would change the request is refused`(name: String, value: String) async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("{}"))
    var request = try kit.request(upstream)
    request.fields = [(name, value)]
    #expect(await FetchKit.failure(kit.fetcher.start(request)) == .badField)
    #expect(upstream.requests.isEmpty)
    upstream.stop()
  }

  @Test func `plain HTTP is refused unless allowed`() async throws {
    let kit = try FetchKit()
    let transfer = kit.fetcher.start(FetchRequest(url: try FetchURL("http://127.0.0.1:1/")))
    #expect(await FetchKit.failure(transfer) == .badURL)
  }
}
