import Basics
import TestKit
import Testing

/// Many runs at once, and viewers that come and go.
extension HeavyTests {
  struct ManyRunsTests {
    private static let runs = 50
    private static let pieces = 40

    private static func upstream() throws -> ScriptedUpstream {
      try ScriptedUpstream { request in
        let number = UInt64(CompletionScript.question(of: request).split(separator: " ").last ?? "") ?? 0
        return CompletionScript.babble(seed: number, pieces: pieces, slowest: 10 + Int(number % 5) * 20)
      }
    }

    @Test func `Fifty runs reach eight restless viewers and two Nexus pages exactly as they are stored`()
      async throws
    {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      let hub = try await onThread { try HubBinary() }
      let agents = try await onThread {
        try (1...3).map { try hub.createAgent(upstream, name: "Babbler \($0)") }
      }
      let ready = Recorder<Int>()
      let ledgers = try await withThrowingTaskGroup(of: Ledger.self) { group in
        for number in 0..<8 { group.addTask { try await onThread { try Self.watch(hub, number) } } }
        let pages = (0..<2).map { number in
          Task {
            try await onThread { try NexusPage.watch(hub.port, answers: Self.runs) { ready.record(number) } }
          }
        }
        let runs = try await onThread {
          ready.wait(count: 2)
          return try (0..<Self.runs).map { try hub.begin(agents[$0 % 3], "say \($0)") }
        }
        var ledgers: [Ledger] = []
        for try await ledger in group { ledgers.append(ledger) }
        try await onThread { [ledgers] in try Self.check(ledgers, against: hub, runs) }
        for page in pages {
          let answers = try await page.value
          for run in runs { #expect(answers[run.conversation] == Self.expected(run)) }
        }
        return ledgers
      }
      #expect(ledgers.count == 8)
    }

    private static func expected(_ run: BegunRun) -> [UInt8] {
      let number = UInt64(run.message.split(separator: " ").last ?? "") ?? 0
      return CompletionScript.words(seed: number, count: pieces).flatMap { Array($0.utf8) }
    }

    /// Watches until every run is over; leaves and comes back at random.
    private static func watch(_ hub: HubBinary, _ number: Int) throws -> Ledger {
      var random = SeededGenerator(seed: UInt64(number))
      let client = HubClient()
      let deadline = ContinuousClock.now + .seconds(60)
      while client.ledger.ends.count < runs {
        guard ContinuousClock.now < deadline else {
          throw ChildProcess.Failure(description: "viewer \(number) saw \(client.ledger.ends.count) runs end")
        }
        try client.connect(to: hub.port)
        let goal = client.ledger.offset + Int64.random(in: 0...400, using: &random)
        try client.follow { $0.offset >= goal || $0.ends.count == runs }
        client.leave(HubClient.Leaving.allCases.randomElement(using: &random) ?? .closing)
      }
      #expect(client.visits > 3, "a restless viewer stayed")
      return client.ledger
    }

    private static func check(_ ledgers: [Ledger], against hub: HubBinary, _ runs: [BegunRun]) throws {
      guard let first = ledgers.first else { return }
      for ledger in ledgers {
        let shared = min(ledger.durable.count, first.durable.count)
        #expect(
          ledger.durable.prefix(shared).elementsEqual(first.durable.prefix(shared)),
          "viewers saw different logs")
      }
      for run in runs {
        #expect(first.ends[run.id] == "run.completed")
        let stored = try hub.messages(of: run.conversation).last
        #expect(stored?["id"]?.string == run.output)
        let text = Array((stored?["text"]?.string ?? "").utf8)
        #expect(text == expected(run))
        #expect(first.texts[run.output] == text)
        #expect(first.completed[run.output] == text)
        let events = try hub.events(of: run.conversation)
        #expect(events.count == first.seq(of: run.conversation))
        for ledger in ledgers { #expect(ledger.disagreement(with: events, of: run.conversation) == nil) }
      }
    }
  }
}
