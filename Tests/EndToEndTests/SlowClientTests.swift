import Basics
import Glibc
import TestKit
import Testing

/// Clients that take nothing, or little, while much is said.
extension HeavyTests {
  struct SlowClientTests {
    private static let runs = 8
    /// Together some 5 MB of answers within a few seconds, as deltas and again as whole messages.
    private static let pieces = 150
    private static let stalled = 32

    private static func upstream() throws -> ScriptedUpstream {
      let piece = CompletionScript.piece(String(repeating: "0123456789abcdef", count: 256))
      let body = Array(repeating: [piece, .wait(milliseconds: 12)], count: pieces).flatMap { $0 }
      return try ScriptedUpstream { _ in [CompletionScript.head] + body + CompletionScript.finish }
    }

    @Test func `Clients that never read cost the hub little, the others nothing, and miss nothing`()
      async throws
    {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      try await onThread {
        let hub = try HubBinary()
        let agent = try hub.createAgent(upstream)
        let stalled = try (0..<Self.stalled).map { _ in
          let client = HubClient()
          try client.connect(to: hub.port, receiveBuffer: 4096)
          return client
        }
        let prompt = HubClient()
        try prompt.connect(to: hub.port)
        let before = MemoryUse(of: hub.pid)
        for number in 0..<Self.runs { _ = try hub.begin(agent, "speak \(number)") }
        let lag = try Self.follow(prompt)
        let after = MemoryUse(of: hub.pid)
        // The rings and SQLite's caches take some 40 MB; what was said, kept for each of them, would be 300 MB.
        if !before.isSanitized {
          #expect(lag < 4000, "a frame came \(lag) ms after its event")
          #expect(
            after.heap - before.heap < 128 << 20, "the heap grew by \((after.heap - before.heap) >> 20) MB")
        }
        for client in stalled.prefix(2) {
          try client.follow { $0.ends.count == Self.runs }
          #expect(client.ledger.durable == prompt.ledger.durable)
          #expect(client.ledger.texts == prompt.ledger.texts)
          #expect(client.ledger.merged > 0)
        }
      }
    }

    @Test func `A slow reader gets everything, late but exact`() async throws {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      try await onThread {
        let hub = try HubBinary()
        let agent = try hub.createAgent(upstream)
        let slow = HubClient()
        try slow.connect(to: hub.port, receiveBuffer: 4096, bite: 1024)
        slow.pause(for: .milliseconds(50))
        let isOver = Gate()
        let done = Recorder<Bool>()
        for number in 0..<2 { _ = try hub.begin(agent, "speak \(number)") }
        startThread {
          let prompt = HubClient()
          try? prompt.connect(to: hub.port)
          try? prompt.follow { $0.ends.count == 2 }
          isOver.open()
          done.record(true)
        }
        try slow.follow { $0.ends.count == 2 || isOver.isOpened }
        slow.pause(for: nil)
        try slow.follow { $0.ends.count == 2 }
        done.wait()
        #expect(slow.ledger.completed.count == 2)
      }
    }

    @Test func `A reader of 2 KB a second is not taken for stalled`() async throws {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      try await onThread {
        // The kernel tells of room more seldom than every five seconds.
        let hub = try HubBinary(environment: ["AGENTHUB_STALL_TIMEOUT": "5"])
        let agent = try hub.createAgent(upstream)
        let slow = HubClient()
        try slow.connect(to: hub.port, receiveBuffer: 4096, bite: 512)
        for number in 0..<2 { _ = try hub.begin(agent, "speak \(number)") }
        slow.pause(for: .milliseconds(250))
        let end = ContinuousClock.now + .seconds(13)
        try slow.follow { _ in ContinuousClock.now > end }
        slow.pause(for: nil)
        try slow.follow { $0.ends.count == 2 }
      }
    }

    /// Follows to the end and returns how many milliseconds the latest frame came after its event.
    private static func follow(_ client: HubClient) throws -> Int64 {
      var worst: Int64 = 0
      try client.follow { ledger in
        if let at = ledger.newest?["at"]?.string {
          worst = max(worst, TimeOfDay.milliseconds(since: at))
        }
        return ledger.ends.count == runs
      }
      return worst
    }
  }
}

/// The clock that events are dated by, without the date.
private enum TimeOfDay {
  private static let day: Int64 = 86_400_000

  /// - Parameter time: `2026-11-21T09:30:00.123Z`, less than a day ago.
  static func milliseconds(since time: String) -> Int64 {
    let numbers = time.split { !$0.isNumber }.compactMap { Int64($0) }
    guard numbers.count == 7 else { return day }
    let then = ((numbers[3] * 60 + numbers[4]) * 60 + numbers[5]) * 1000 + numbers[6]
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000 - then + day) % day
  }
}
