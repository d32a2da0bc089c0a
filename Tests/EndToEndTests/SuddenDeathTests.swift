import Basics
import Glibc
import TestKit
import Testing

/// A hub that is killed at any moment and started again on the same database.
extension HeavyTests {
  struct SuddenDeathTests {
    /// Pieces of an answer that is cut; at up to 30 ms each it takes about a second.
    private static let pieces = 60

    private static func upstream() throws -> ScriptedUpstream {
      try ScriptedUpstream { request in
        let words = CompletionScript.question(of: request).split(separator: " ")
        let seed = words.last.flatMap { UInt64($0) } ?? 0
        return words.first == "quick"
          ? CompletionScript.whole("quick ", "answer ✓")
          : CompletionScript.babble(seed: seed, pieces: pieces, slowest: 30)
      }
    }

    @Test func `S003-26 A hub that is killed keeps all that was seen and counts on`() async throws {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      let seed = UInt64.random(in: 0...UInt64.max)
      try await onThread {
        do {
          try Self.live(through: Rounds.count(3), upstream, SeededGenerator(seed: seed))
        } catch {
          throw ChildProcess.Failure(description: "seed \(seed): \(error)")
        }
      }
    }

    private static func live(
      through rounds: Int, _ upstream: ScriptedUpstream, _ generator: SeededGenerator
    ) throws {
      var random = generator
      let folder = ScratchFolder()
      let client = HubClient()
      var hub = try HubBinary(in: folder)
      let agent = try hub.createAgent(upstream)
      var runs: [BegunRun] = []
      for round in 0..<rounds {
        try client.connect(to: hub.port)
        let begun = try begin(round, with: agent, on: hub)
        runs += begun.cut + begun.queued
        let delay = UInt32.random(in: 0...700, using: &random) * 1000
        let pid = hub.pid
        // The client goes on reading, so the signal must come from elsewhere.
        startThread {
          usleep(delay)
          kill(pid, SIGKILL)
        }
        try readToTheEnd(client)
        #expect(hub.ending() == .killed(signal: SIGKILL))
        hub = try HubBinary(in: folder)
        try check(client.ledger, against: hub)
        // The positions of before the crash still count.
        try client.connect(to: hub.port)
        try client.follow { ledger in runs.allSatisfy { ledger.ends[$0.id] != nil } }
        for run in begun.queued { #expect(client.ledger.ends[run.id] == "run.completed") }
        client.leave(.disappearing)
        try check(client.ledger, against: hub)
        try check(runs, client.ledger, against: hub)
      }
      let interrupted = client.ledger.ends.values.count { $0 == "run.interrupted" }
      #expect(interrupted > 0, "no kill hit a run")
    }

    /// Starts runs that will be cut, and behind one of them runs that will wait.
    private static func begin(
      _ round: Int, with agent: String, on hub: HubBinary
    ) throws -> (cut: [BegunRun], queued: [BegunRun]) {
      let cut = try (0..<6).map { try hub.begin(agent, "slow \(round * 10 + $0)") }
      let queued = try (0..<2).map { try hub.begin(agent, "quick \($0)", in: cut[0].conversation) }
      return (cut, queued)
    }

    private static func readToTheEnd(_ client: HubClient) throws {
      while true {
        if case .closed(let code) = try client.next() {
          #expect(code == 1006)
          return client.leave(.disappearing)
        }
      }
    }

    /// Every event that was seen is served again, the same.
    private static func check(_ ledger: Ledger, against hub: HubBinary) throws {
      for conversation in ledger.conversations {
        #expect(ledger.disagreement(with: try hub.events(of: conversation), of: conversation) == nil)
      }
    }

    /// A run that was cut keeps exactly the text of its stored deltas; one that was not is whole.
    private static func check(_ runs: [BegunRun], _ ledger: Ledger, against hub: HubBinary) throws {
      for run in runs {
        let status = try hub.get("/api/runs/\(run.id)")["status"]?.string ?? ""
        #expect(ledger.ends[run.id] == "run.\(status)")
        #expect(["interrupted", "completed"].contains(status))
        let message = try hub.messages(of: run.conversation).first { $0["id"]?.string == run.output }
        #expect((message?["text"]?.string).map { Array($0.utf8) } == ledger.texts[run.output])
      }
    }
  }
}
