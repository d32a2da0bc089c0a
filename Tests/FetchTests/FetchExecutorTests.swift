import Basics
import Fetch
import Glibc
import TestKit
import Testing

/// Tasks that read their transfer on the thread that brings it.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct FetchExecutorTests {
  private static func thread() -> UInt { UInt(pthread_self()) }

  @Test func `who reads a transfer there stays on one thread, and goes back`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.chunkedHead(fields: [])]
        + (0..<20).flatMap { [.chunk("piece \($0) "), .wait(milliseconds: 1)] } + [.lastChunk]
    }
    defer { upstream.stop() }
    let kit = try FetchKit()
    // The thread begins with the first request.
    _ = try await FetchKit.body(kit.start(upstream))
    let threads = try await withThrowingTaskGroup(of: Set<UInt>.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try await withTaskExecutorPreference(kit.fetcher.executor) {
            var threads = [Self.thread()]
            let transfer = try kit.start(upstream)
            var body: [UInt8] = []
            reading: while true {
              switch try await transfer.next() {
              case .bytes(let bytes): body += bytes
              case .end: break reading
              case .deadline: break
              }
              threads.append(Self.thread())
            }
            #expect(String(decoding: body, as: UTF8.self).hasSuffix("piece 19 "))
            return Set(threads)
          }
        }
      }
      return try await group.reduce(into: Set<UInt>()) { $0.formUnion($1) }
    }
    #expect(threads.count == 1)
    #expect(!threads.contains(Self.thread()))
    kit.fetcher.close()
  }

  @Test func `what wants to run there before the thread begins or behind its end runs elsewhere`()
    async throws
  {
    let kit = try FetchKit()
    let before = await withTaskExecutorPreference(kit.fetcher.executor) { () async -> Int in
      await Task.yield()
      return 1
    }
    let upstream = try ScriptedUpstream(.chunkedHead(fields: []), .chunk("x"), .stall)
    defer { upstream.stop() }
    // It is reading when the thread ends, and learns of it.
    let reading = Task {
      await withTaskExecutorPreference(kit.fetcher.executor) { () async -> FetchError.Code? in
        guard let transfer = try? kit.start(upstream) else { return nil }
        return await FetchKit.failure(transfer)
      }
    }
    #expect(await upstream.wait { $0.requests.count == 1 })
    kit.fetcher.close()
    #expect(await reading.value == .cancelled)
    let after = await withTaskExecutorPreference(kit.fetcher.executor) { () async -> Int in
      await Task.yield()
      return 2
    }
    #expect((before, after) == (1, 2))
  }

  /// The thread sanitizer tells of a thread that was neither joined nor let go.
  @Test func `who ends it on its own thread leaves nothing that must be waited for`() async throws {
    let upstream = try ScriptedUpstream(.chunkedHead(fields: []), .chunk("x"), .lastChunk)
    defer { upstream.stop() }
    let kit = try FetchKit()
    _ = try await FetchKit.body(kit.start(upstream))
    await withTaskExecutorPreference(kit.fetcher.executor) { () async in
      await Task.yield()
      kit.fetcher.close()
    }
    #expect(await FetchKit.failure(try kit.start(upstream)) == .cancelled)
  }
}
