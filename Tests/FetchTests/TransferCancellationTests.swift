import Fetch
import TestKit
import Testing

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct TransferCancellationTests {
  @Test func `cancelling closes the connection and ends the wait`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk("a"), .stall)
    let transfer = try kit.start(upstream)
    #expect(try await transfer.next() == .bytes(Array("a".utf8)))
    let waiting = Task { await FetchKit.failure(transfer) }
    transfer.cancel()
    #expect(await waiting.value == .cancelled)
    #expect(await upstream.wait(seconds: 1) { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `cancelling the reader's task closes the connection`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.stall)
    let transfer = try kit.start(upstream)
    let waiting = Task { await FetchKit.failure(transfer) }
    #expect(await upstream.wait { $0.requests.count == 1 })
    waiting.cancel()
    #expect(await waiting.value == .cancelled)
    #expect(await upstream.wait(seconds: 1) { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `letting go of a transfer closes the connection`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk("a"), .stall)
    do {
      let transfer = try kit.start(upstream)
      _ = try await transfer.head()
    }
    #expect(await upstream.wait(seconds: 1) { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `a cancelled transfer never looks complete`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.response("all of it"))
    let transfer = try kit.start(upstream)
    _ = try await transfer.head()
    #expect(await upstream.wait { $0.bytesWritten > 0 })
    try await Task.sleep(for: .milliseconds(20))
    transfer.cancel()
    let error = await #expect(throws: FetchError.self) { try await transfer.next() }
    #expect(error?.kind == .cancelled)
    upstream.stop()
  }

  @Test func `closing the fetcher cancels everything`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(.stall)
    let transfer = try kit.start(upstream)
    #expect(await upstream.wait { $0.requests.count == 1 })
    let waiting = Task { await FetchKit.failure(transfer) }
    kit.fetcher.close()
    kit.fetcher.close()
    #expect(await waiting.value == .cancelled)
    #expect(await FetchKit.failure(try kit.start(upstream)) == .cancelled)
    upstream.stop()
  }

  @Test func `a slow reader stops the server and loses nothing`() async throws {
    let kit = try FetchKit()
    let size = 32 << 20
    let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    var body: [UInt8] = []
    while body.count < size { body += block }
    let upstream = try ScriptedUpstream(.response(body, type: "text/plain"))
    let transfer = try kit.start(upstream)
    _ = try await transfer.head()
    try await Task.sleep(for: .milliseconds(300))
    let before = upstream.bytesWritten
    try await Task.sleep(for: .milliseconds(200))
    // What is under way sits in the two sockets' buffers and in ours.
    #expect(upstream.bytesWritten == before)
    #expect(before < size / 2)
    var received: [UInt8] = []
    var largest = 0
    while case .bytes(let bytes) = try await transfer.next() {
      largest = max(largest, bytes.count)
      received += bytes
    }
    // `#expect(received == body)` would look for the difference of 32 MiB.
    let isSame = received == body
    #expect(isSame)
    #expect(largest <= 256 * 1024 + 16 * 1024)
    upstream.stop()
  }

  @Test func `many cancellations at odd moments leave nothing behind`() async throws {
    let kit = try FetchKit()
    let upstream = try ScriptedUpstream(
      .chunkedHead(), .chunk("a"), .wait(milliseconds: 3), .chunk("b"), .wait(milliseconds: 3), .lastChunk)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        let transfer = try kit.start(upstream)
        group.addTask {
          let reading = Task { await FetchKit.failure(transfer) }
          try await Task.sleep(for: .microseconds(number * 120))
          reading.cancel()
          let end = await reading.value
          #expect(end == nil || end == .cancelled)
        }
      }
      try await group.waitForAll()
    }
    #expect(try await FetchKit.body(kit.start(upstream)) == Array("ab".utf8))
    upstream.stop()
  }
}
