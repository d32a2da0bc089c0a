import Basics
import Glibc
import TestKit
import Testing

/// Viewers who leave, lag and filter as they like, while many runs speak.
extension HeavyTests {
  struct RestlessViewersTests {
    private static let runs = 12
    private static let pieces = 150
    private static let agents = 3
    private static let spoken = ["message.created", "message.completed", "run.started", "run.completed"]

    private struct Scene: Sendable {
      let hub: HubBinary
      let epoch: String
      let agents: [String]
      let runs: [BegunRun]
      let seed: UInt64
    }

    /// What one viewer had in the end.
    private struct Outcome: Sendable {
      let subscription: FilteredViewer.Subscription
      let ledger: Ledger
      let visits: Int
    }

    @Test(arguments: 1...Rounds.count(2))
    func `whoever leaves, lags and filters ends with exactly what is stored`(round: Int) async throws {
      let gate = Gate()
      let upstream = try Self.upstream(behind: gate)
      defer {
        gate.open()
        upstream.stop()
      }
      let scene = try await onThread { try Self.prepare(upstream, seed: UInt64(round)) }
      let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
        for (number, subscription) in Self.subscriptions(scene).enumerated() {
          group.addTask { try await onThread { try Self.watch(scene, subscription, number) } }
        }
        gate.open()
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try await onThread { try Self.check(outcomes, scene) }
      #expect(outcomes.contains { $0.ledger.merged > 0 }, "nobody lagged so far that deltas were merged")
      #expect(outcomes.contains { $0.visits > 2 }, "nobody came back")
    }

    private static func upstream(behind gate: Gate) throws -> ScriptedUpstream {
      try ScriptedUpstream { request in
        let number = UInt64(CompletionScript.question(of: request).split(separator: " ").last ?? "") ?? 0
        return [.waitFor(gate)] + CompletionScript.babble(seed: number, pieces: pieces, slowest: 12)
      }
    }

    private static func prepare(_ upstream: ScriptedUpstream, seed: UInt64) throws -> Scene {
      // Every chunk is an event, so that much is said and those who lag fall far behind. In every other round all viewers
      // live on one loop, which then sends to them in batches.
      let hub = try HubBinary(
        environment: ["AGENTHUB_ROLLUP_MS": "0", "AGENTHUB_LOOPS": seed.isMultiple(of: 2) ? "2" : "1"])
      let agents = try (1...Self.agents).map { try hub.createAgent(upstream, name: "Babbler \($0)") }
      let runs = try (0..<Self.runs).map { try hub.begin(agents[$0 % agents.count], "say \($0)") }
      return Scene(
        hub: hub, epoch: try HubClient.epoch(of: hub.port), agents: agents, runs: runs, seed: seed)
    }

    private static func subscriptions(_ scene: Scene) -> [FilteredViewer.Subscription] {
      let some = scene.runs.prefix(3)
      return Array(repeating: .everything, count: 16) + some.map { .conversation(of: $0) }
        + some.map { .run($0) } + scene.agents.map { .agent($0) }
        + Array(repeating: .types(spoken), count: 2)
    }

    // MARK: watching

    /// Watches until the last run it can see is over.
    private static func watch(_ scene: Scene, _ subscription: FilteredViewer.Subscription, _ number: Int)
      throws
      -> Outcome
    {
      var random = SeededGenerator(seed: scene.seed << 8 | UInt64(number))
      let viewer = FilteredViewer(subscription, epoch: scene.epoch)
      let deadline = ContinuousClock.now + TimeLimit.of(.seconds(60))
      let ends = try awaitedEnds(scene, subscription)
      while viewer.ledger.ends.count < ends {
        // A small buffer feels every pause; the kernel's own would hide it.
        try viewer.connect(to: scene.hub.port, receiveBuffer: Bool.random(using: &random) ? 4096 : nil)
        for _ in 0..<Int.random(in: 1...3, using: &random) where viewer.ledger.ends.count < ends {
          let goal = Int.random(in: 1...300, using: &random)
          var taken = 0
          while taken < goal, viewer.ledger.ends.count < ends {
            guard ContinuousClock.now < deadline else {
              throw ChildProcess.Failure(description: "viewer \(number) saw \(viewer.ledger.ends.count) ends")
            }
            if try viewer.next() { taken += 1 }
          }
          lag(Int.random(in: 0...300, using: &random))
        }
        viewer.leave(HubClient.Leaving.allCases.randomElement(using: &random) ?? .closing)
      }
      return Outcome(subscription: subscription, ledger: viewer.ledger, visits: viewer.visits)
    }

    /// How many runs a viewer can see the end of.
    private static func awaitedEnds(_ scene: Scene, _ subscription: FilteredViewer.Subscription) throws -> Int
    {
      var count = 0
      for (index, run) in scene.runs.enumerated() {
        let end: JSON = [
          "type": "run.completed", "run": .string(run.id), "conversation": .string(run.conversation),
          "agent": ["id": .string(scene.agents[index % scene.agents.count])],
        ]
        if subscription.includes(end) { count += 1 }
      }
      return count
    }

    /// Takes nothing for a while.
    private static func lag(_ milliseconds: Int) { usleep(UInt32(milliseconds * 1000 * TimeLimit.slowdown)) }

    // MARK: the end

    private static func check(_ outcomes: [Outcome], _ scene: Scene) throws {
      var stored: [JSON] = []
      for run in scene.runs {
        let text = try scene.hub.messages(of: run.conversation).last?["text"]?.string ?? ""
        #expect(Array(text.utf8) == expected(run))
        let events = try scene.hub.events(of: run.conversation)
        #expect(self.text(of: events) == [run.output: Array(text.utf8)])
        for outcome in outcomes where outcome.subscription.isGapless {
          #expect(outcome.ledger.disagreement(with: events, of: run.conversation) == nil)
        }
        stored += events
      }
      stored.sort { ($0["offset"]?.integer ?? 0) < ($1["offset"]?.integer ?? 0) }
      for outcome in outcomes {
        let due = stored.filter(outcome.subscription.includes)
        let seen = outcome.ledger.durable.filter { $0["conversation"] != nil }
        #expect(seen == due.filter { $0["type"] != "message.delta" }, "\(outcome.subscription.fields)")
        #expect(outcome.ledger.texts == text(of: due), "\(outcome.subscription.fields)")
      }
    }

    /// What deltas add up to, by message.
    private static func text(of events: [JSON]) -> [String: [UInt8]] {
      var texts: [String: [UInt8]] = [:]
      for event in events where event["type"] == "message.delta" {
        texts[event["message"]?.string ?? "", default: []] += Array((event["text"]?.string ?? "").utf8)
      }
      return texts
    }

    private static func expected(_ run: BegunRun) -> [UInt8] {
      let number = UInt64(run.message.split(separator: " ").last ?? "") ?? 0
      return CompletionScript.words(seed: number, count: pieces).flatMap { Array($0.utf8) }
    }
  }
}
